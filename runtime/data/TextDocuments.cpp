// One pass over the text finds where its documents begin.
#include "runtime/data/TextDocuments.h"

#include "runtime/Error.h"

#include <algorithm>

using namespace samba;

TextDocuments::TextDocuments(const TokenStream &text, int64_t length, int64_t limit)
    : text(text), longest(length) {
  constexpr int64_t atOnce = 65536;
  int64_t last = text.size() - 1; // which begins no sequence: nothing follows it
  if (last < 1)
    throw Error("the held-out text has ", text.size(), " tokens: expected at least 2, one and its target");
  std::vector<int32_t> documents(atOnce + 1);
  for (int64_t first = 0; first < last; first += atOnce) {
    // One token more in front, so that a document that begins at `first` is told from one that goes on.
    int64_t before = first > 0, count = std::min(atOnce, last - first);
    text.readDocuments(first - before, count + before, documents.data());
    for (int64_t i = before; i < count + before; ++i) {
      bool begins = first + i == 0 || (i > 0 && documents[static_cast<size_t>(i)] == i);
      if (begins || pieces.back().targets == length)
        pieces.push_back({first - before + i, 0});
      ++pieces.back().targets;
    }
  }
  int64_t whole = static_cast<int64_t>(pieces.size());
  used = limit > 0 && limit < last ? std::max<int64_t>(1, whole * limit / last) : whole;
}

const TextDocuments::Piece &TextDocuments::piece(int64_t index) const {
  return pieces[static_cast<size_t>(index * static_cast<int64_t>(pieces.size()) / used)];
}

int64_t TextDocuments::targets() const {
  int64_t sum = 0;
  for (int64_t i = 0; i < used; ++i)
    sum += piece(i).targets;
  return sum;
}

void TextDocuments::fill(int64_t index, std::span<int32_t> tokens) {
  std::fill(tokens.begin(), tokens.end(), -1);
  text.read(piece(index).first, piece(index).targets + 1, tokens.data());
}
