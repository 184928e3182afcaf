// Between text and token ids.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace samba {

class Tokenizer {
public:
  virtual ~Tokenizer() = default;
  virtual std::vector<int32_t> encode(std::string_view text) const = 0;
  /// The text of the ids; the text of a sequence is that of its ids one after another.
  virtual std::string decode(std::span<const int32_t> ids) const = 0;
  /// The id that stands between documents, and so before the first token of one.
  virtual int32_t documentStart() const = 0;
};

/// A token is a byte, its id the byte's value, and 0 stands between documents. An id above 255, which no text
/// has, is shown as U+FFFD. Throws samba::Error if the vocabulary has less than 256 ids.
std::unique_ptr<Tokenizer> makeByteTokenizer(int64_t vocabSize);

} // namespace samba
