// One file of tokens, whatever its format: where they lie, how wide they are, how many there are.
//
//   format        recognised by                            token ids
//   llm.c         int32 magic 20240520 or 20240801         256 int32 of header, then uint16 or uint32
//   lit_gpt       the bytes LITPKDS                        24 bytes of header, then the integer type it names
//   raw           a name ending in .bin                    uint16 from the first byte to the last (nanoGPT)
//   text          anything else that is not binary         its bytes
//
// All integers are little-endian. A file is checked when it is opened: its length has to be the one its
// header promises, so a truncated download is found before the first step.
#pragma once

#include "runtime/data/MappedFile.h"
#include "runtime/tokenizer/Tokenizer.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace samba {

enum class TokenType { u8, i8, i16, u16, i32, u32, i64 };

/// Bytes of one token id.
int64_t tokenBytes(TokenType type);

/// Where the token ids of a file lie.
struct TokenLayout {
  std::string format; // for messages: "llm.c uint16"
  TokenType type;
  int64_t offset; // byte of the first id
  int64_t count;  // ids
};

/// The layout of an llm.c token file, or nothing if the file has neither of its magics. Throws if the version
/// or the count does not agree with the magic and the length.
std::optional<TokenLayout> llmcLayout(const MappedFile &file);
/// The layout of a lit_gpt packed file, or nothing without its magic. Throws as llmcLayout does.
std::optional<TokenLayout> litgptLayout(const MappedFile &file);
/// The layout of a headerless uint16 file. Throws if the file is empty or its length is odd.
TokenLayout rawLayout(const MappedFile &file);

/// Whether the bytes look like something else than text: in the first 64 KiB more than one byte in 32 is a
/// control character other than tab, newline, vertical tab, form feed, carriage return and escape.
bool looksBinary(const MappedFile &file);

/// The one form of a message about a malformed token file.
[[noreturn]] void malformed(const std::filesystem::path &file, const std::string &place,
                            const std::string &expected, const std::string &got);

class TokenFile {
public:
  /// Opens and recognises a file. Throws samba::Error naming file, place, expected and found.
  explicit TokenFile(const std::filesystem::path &path);

  const std::filesystem::path &path() const { return file.path(); }
  const std::string &format() const { return layout.format; }
  bool isText() const { return layout.format == "text"; }
  int64_t size() const { return layout.count; }

  /// Makes the ids of a text those of a tokenizer, in memory, instead of its bytes.
  void tokenize(const Tokenizer &tokenizer);

  /// Ids [first, first + count) as int32; an id that int32 cannot hold, or a negative one, is given as -1.
  void read(int64_t first, int64_t count, int32_t *out) const;
  /// One id, exactly as stored.
  int64_t at(int64_t index) const;

private:
  const unsigned char *data() const;

  MappedFile file;
  TokenLayout layout;
  std::vector<int32_t> ids; // of a text that a tokenizer has read
  bool tokenized = false;
};

} // namespace samba
