// Between text and token ids.
#pragma once

#include <cstdint>
#include <filesystem>
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
  /// Whether a document is over where this id comes.
  virtual bool endsDocument(int32_t id) const { return id == documentStart(); }
  /// Ids are from 0 to this.
  virtual int64_t size() const = 0;
};

/// A token is a byte, its id the byte's value, and 0 stands between documents. An id above 255, which no text
/// has, is shown as U+FFFD. Throws samba::Error if the vocabulary has less than 256 ids.
std::unique_ptr<Tokenizer> makeByteTokenizer(int64_t vocabSize);

/// The pieces of a SentencePiece model, tokenizer.model; its <s>, or else its </s>, stands between documents;
/// either ends one. SentencePiece's own library reads it: it is opened here and not needed otherwise. Throws
/// samba::Error if it is not there, if the file is no model, or if it has more pieces than the vocabulary.
std::unique_ptr<Tokenizer> openSentencePiece(const std::filesystem::path &model, int64_t vocabSize);

/// openSentencePiece, or without a path makeByteTokenizer.
std::unique_ptr<Tokenizer> makeTokenizer(const std::filesystem::path &model, int64_t vocabSize);

/// The ids of a file of text, which may hold documents set apart by 0 bytes: each is encoded by itself, in
/// pieces of whole lines if it is longer than a MiB, and documentStart() stands between them.
std::vector<int32_t> encodeFile(const Tokenizer &tokenizer, std::string_view text);

} // namespace samba
