// Packed chunks of lit_gpt: "LITPKDS", version u64 at byte 7, type code u8 at 15, chunk size u64 at 16, ids
// at 24.
#include "runtime/data/TokenFile.h"

#include <cstring>

using namespace samba;

namespace {

constexpr char magic[] = "LITPKDS";
constexpr int64_t magicBytes = sizeof magic - 1, headerBytes = 24;

/// The type behind lit_gpt's code (a NumPy type), or nothing for its floating-point ones and unknown codes.
std::optional<std::pair<TokenType, const char *>> typeOfCode(unsigned code) {
  switch (code) {
  case 1:
    return {{TokenType::u8, "lit_gpt uint8"}};
  case 2:
    return {{TokenType::i8, "lit_gpt int8"}};
  case 3:
    return {{TokenType::i16, "lit_gpt int16"}};
  case 4:
    return {{TokenType::i32, "lit_gpt int32"}};
  case 5:
    return {{TokenType::i64, "lit_gpt int64"}};
  case 8:
    return {{TokenType::u16, "lit_gpt uint16"}};
  default:
    return std::nullopt;
  }
}

} // namespace

std::optional<TokenLayout> samba::litgptLayout(const MappedFile &file) {
  const unsigned char *bytes = file.bytes().data();
  int64_t length = static_cast<int64_t>(file.bytes().size());
  if (length < magicBytes || std::memcmp(bytes, magic, magicBytes) != 0)
    return std::nullopt;
  if (length < headerBytes)
    malformed(file.path(), "byte " + std::to_string(length), "a header of 24 bytes (lit_gpt)",
              "the end of the file");
  uint64_t version, chunk;
  std::memcpy(&version, bytes + magicBytes, 8);
  std::memcpy(&chunk, bytes + 16, 8);
  if (version != 1)
    malformed(file.path(), "byte 7", "version 1 (lit_gpt)", "version " + std::to_string(version));
  auto type = typeOfCode(bytes[15]);
  if (!type)
    malformed(file.path(), "byte 15", "the type code of integers (1 to 5, or 8)",
              "code " + std::to_string(bytes[15]) +
                  (bytes[15] == 6 || bytes[15] == 7 ? " (floating point)" : ""));
  int64_t width = tokenBytes(type->first), stored = length - headerBytes;
  if (chunk < 1)
    malformed(file.path(), "byte 16", "a chunk of at least 1 token", "0");
  if (stored % width != 0 || chunk != static_cast<uint64_t>(stored / width))
    malformed(file.path(), "byte 24",
              "ids for a chunk of " + std::to_string(chunk) + " (" + std::to_string(width) + " bytes each)",
              std::to_string(stored) + " bytes");
  return TokenLayout{type->second, type->first, headerBytes, static_cast<int64_t>(chunk)};
}
