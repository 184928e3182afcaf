// A text document by document, each in windows that do not overlap.
#pragma once

#include "runtime/data/TokenStream.h"
#include "runtime/train/BatchSource.h"

#include <vector>

namespace samba {

/// The held-out text as a model trained on packed rows saw it: a sequence is a document, or, of one that has
/// more than `length` targets, the next `length` of them. The last target of a document is the first token of
/// the next, so every token of the text but the first is a target once.
class TextDocuments : public SequenceSource {
public:
  /// `text` must outlive this. At most about `limit` targets, in sequences spread evenly over the text; 0:
  /// all. Throws samba::Error if the text has less than 2 tokens.
  TextDocuments(const TokenStream &text, int64_t length, int64_t limit = 0);

  int64_t count() const override { return used; }
  int64_t length() const override { return longest; }
  int64_t targets() const override;
  void fill(int64_t index, std::span<int32_t> tokens) override;

private:
  struct Piece {
    int64_t first, targets;
  };
  const Piece &piece(int64_t index) const;

  const TokenStream &text;
  int64_t longest, used;
  std::vector<Piece> pieces;
};

} // namespace samba
