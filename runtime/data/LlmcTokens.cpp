// Token files of llm.c: 256 int32 of header {magic, version, count, 0 …}, then the ids to the end of the
// file.
#include "runtime/data/TokenFile.h"

#include <cstring>

using namespace samba;

namespace {

constexpr int64_t headerBytes = 256 * 4;

struct Kind {
  int32_t magic, version;
  TokenType type;
  const char *format;
};
constexpr Kind kinds[] = {{20240520, 1, TokenType::u16, "llm.c uint16"},
                          {20240801, 7, TokenType::u32, "llm.c uint32"}};

int32_t headerWord(const MappedFile &file, size_t index) {
  int32_t word;
  std::memcpy(&word, file.bytes().data() + 4 * index, 4);
  return word;
}

} // namespace

std::optional<TokenLayout> samba::llmcLayout(const MappedFile &file) {
  int64_t length = static_cast<int64_t>(file.bytes().size());
  if (length < 4)
    return std::nullopt;
  for (const Kind &kind : kinds) {
    if (headerWord(file, 0) != kind.magic)
      continue;
    if (length < headerBytes)
      malformed(file.path(), "byte " + std::to_string(length), "a header of 1024 bytes (llm.c)",
                "the end of the file");
    if (headerWord(file, 1) != kind.version)
      malformed(file.path(), "byte 4",
                "version " + std::to_string(kind.version) + " (" + kind.format + ", magic " +
                    std::to_string(kind.magic) + ")",
                "version " + std::to_string(headerWord(file, 1)));
    int64_t count = headerWord(file, 2), stored = length - headerBytes, width = tokenBytes(kind.type);
    if (count < 1)
      malformed(file.path(), "byte 8", "a count of at least 1 token", std::to_string(count));
    if (count * width != stored)
      malformed(file.path(), "byte 1024",
                std::to_string(count * width) + " bytes of ids (" + std::to_string(count) + " of " +
                    std::to_string(width) + " bytes)",
                std::to_string(stored) + " bytes");
    return TokenLayout{kind.format, kind.type, headerBytes, count};
  }
  return std::nullopt;
}
