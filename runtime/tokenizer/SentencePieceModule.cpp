// SentencePiece's library behind the Tokenizer interface, as a module of its own: samba-run starts without
// it.
#include "runtime/tokenizer/Tokenizer.h"

#include <sentencepiece_processor.h>

using namespace samba;

namespace {

class SentencePieceTokenizer : public Tokenizer {
public:
  /// False if the file is no model, with the reason.
  bool load(const char *model, std::string &error) {
    sentencepiece::util::Status status = processor.Load(model);
    if (!status.ok())
      error = status.ToString();
    else if (documentStart() < 0)
      error = "it has neither <s> nor </s>, one of which stands between documents";
    return error.empty();
  }

  std::vector<int32_t> encode(std::string_view text) const override { return processor.EncodeAsIds(text); }

  std::string decode(std::span<const int32_t> ids) const override {
    std::string text;
    for (int32_t id : ids)
      text += textOf(id);
    return text;
  }

  int32_t documentStart() const override {
    return processor.bos_id() >= 0 ? processor.bos_id() : processor.eos_id();
  }
  bool endsDocument(int32_t id) const override {
    return id == processor.bos_id() || id == processor.eos_id();
  }
  int64_t size() const override { return processor.GetPieceSize(); }

private:
  std::string textOf(int32_t id) const {
    if (id < 0 || id >= size() || processor.IsUnknown(id))
      return "\xEF\xBF\xBD";
    if (processor.IsControl(id))
      return "";
    std::string piece = processor.IdToPiece(id);
    if (processor.IsByte(id)) // "<0x0A>"
      return std::string(1, static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16)));
    constexpr std::string_view space = "\xE2\x96\x81"; // U+2581
    for (size_t at = 0; (at = piece.find(space, at)) != std::string::npos; ++at)
      piece.replace(at, space.size(), " ");
    return piece;
  }

  sentencepiece::SentencePieceProcessor processor;
};

} // namespace

/// The tokenizer of a file, or null and the reason.
extern "C" Tokenizer *sambaOpenSentencePiece(const char *model, std::string *error) {
  auto tokenizer = std::make_unique<SentencePieceTokenizer>();
  return tokenizer->load(model, *error) ? tokenizer.release() : nullptr;
}
