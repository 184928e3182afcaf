// Window arithmetic over a token stream.
#include "runtime/data/TextWindows.h"

#include "runtime/Error.h"

#include <algorithm>

using namespace samba;

TextWindows::TextWindows(const TokenStream &text, int64_t length, int64_t limit)
    : text(text), targets(length), whole((text.size() - 1) / length),
      used(limit > 0 ? std::min(limit, whole) : whole) {
  if (whole < 1)
    throw Error("the held-out text has ", text.size(), " tokens: expected at least ", length + 1,
                ", one context of ", length, " and its last target; give more --data or a shorter context");
}

void TextWindows::fill(int64_t index, std::span<int32_t> tokens) {
  int64_t window = index * whole / used; // evenly spread
  text.read(window * targets, targets + 1, tokens.data());
}
