// Recognising a token file and reading ids of any width.
#include "runtime/data/TokenFile.h"

#include "runtime/Error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

using namespace samba;

namespace {

/// Calls `use` with a value of the C++ type behind `type`.
template <class Use> decltype(auto) withType(TokenType type, Use use) {
  switch (type) {
  case TokenType::u8:
    return use(uint8_t{});
  case TokenType::i8:
    return use(int8_t{});
  case TokenType::i16:
    return use(int16_t{});
  case TokenType::u16:
    return use(uint16_t{});
  case TokenType::i32:
    return use(int32_t{});
  case TokenType::u32:
    return use(uint32_t{});
  case TokenType::i64:
    break;
  }
  return use(int64_t{});
}

TokenLayout recognise(const MappedFile &file) {
  if (auto layout = llmcLayout(file))
    return *layout;
  if (auto layout = litgptLayout(file))
    return *layout;
  if (file.path().extension() == ".bin")
    return rawLayout(file);
  if (looksBinary(file))
    malformed(file.path(), "byte 0", "text, a .bin of uint16 ids, or the header of llm.c or lit_gpt",
              "binary data of another kind");
  return {"text", TokenType::u8, 0, static_cast<int64_t>(file.bytes().size())};
}

} // namespace

int64_t samba::tokenBytes(TokenType type) {
  return withType(type, [](auto id) { return static_cast<int64_t>(sizeof id); });
}

void samba::malformed(const std::filesystem::path &file, const std::string &place,
                      const std::string &expected, const std::string &got) {
  throw Error("token file '" + file.string() + "', " + place + ": expected " + expected + ", got " + got);
}

bool samba::looksBinary(const MappedFile &file) {
  auto head = file.bytes().first(std::min<size_t>(file.bytes().size(), 64 << 10));
  auto control = std::count_if(head.begin(), head.end(), [](unsigned char c) {
    return (c < 0x20 && !(c >= '\t' && c <= '\r') && c != 0x1B) || c == 0x7F;
  });
  return static_cast<size_t>(control) > head.size() / 32;
}

TokenFile::TokenFile(const std::filesystem::path &path) : file(path), layout(recognise(file)) {}

void TokenFile::tokenize(const Tokenizer &tokenizer) {
  ids = encodeFile(tokenizer, {reinterpret_cast<const char *>(file.bytes().data()), file.bytes().size()});
  tokenized = true;
  layout = {layout.format, TokenType::i32, 0, static_cast<int64_t>(ids.size())};
}

const unsigned char *TokenFile::data() const {
  return tokenized ? reinterpret_cast<const unsigned char *>(ids.data())
                   : file.bytes().data() + layout.offset;
}

void TokenFile::read(int64_t first, int64_t count, int32_t *out) const {
  withType(layout.type, [&](auto kind) {
    using Id = decltype(kind);
    const unsigned char *from = data() + first * static_cast<int64_t>(sizeof(Id));
    for (int64_t i = 0; i < count; ++i) {
      Id id;
      std::memcpy(&id, from + i * static_cast<int64_t>(sizeof(Id)), sizeof(Id));
      out[i] = std::cmp_less(id, 0) || std::cmp_greater(id, std::numeric_limits<int32_t>::max())
                   ? -1
                   : static_cast<int32_t>(id);
    }
  });
}

int64_t TokenFile::at(int64_t index) const {
  return withType(layout.type, [&](auto id) {
    std::memcpy(&id, data() + index * static_cast<int64_t>(sizeof id), sizeof id);
    return static_cast<int64_t>(id);
  });
}
