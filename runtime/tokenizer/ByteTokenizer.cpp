// Text as bytes.
#include "runtime/Error.h"
#include "runtime/tokenizer/Tokenizer.h"

using namespace samba;

namespace {

class ByteTokenizer : public Tokenizer {
public:
  std::vector<int32_t> encode(std::string_view text) const override {
    std::vector<int32_t> ids;
    for (char byte : text)
      ids.push_back(static_cast<unsigned char>(byte));
    return ids;
  }
  std::string decode(std::span<const int32_t> ids) const override {
    std::string text;
    for (int32_t id : ids)
      text += id >= 0 && id < 256 ? std::string(1, static_cast<char>(id)) : "\xEF\xBF\xBD";
    return text;
  }
  int32_t documentStart() const override { return 0; }
  int64_t size() const override { return 256; }
};

} // namespace

std::unique_ptr<Tokenizer> samba::makeByteTokenizer(int64_t vocabSize) {
  if (vocabSize < 256)
    throw Error("text is read as bytes: expected a model with a vocab_size of at least 256, got ", vocabSize);
  return std::make_unique<ByteTokenizer>();
}
