// A text from its beginning to its end, in windows that do not overlap.
#pragma once

#include "runtime/data/TokenStream.h"
#include "runtime/train/BatchSource.h"

namespace samba {

/// Window i holds tokens [i length, (i + 1) length], so every token but the first is a target once; the rest
/// of the text that does not fill a window is left out, so that all windows have the same context.
class TextWindows : public SequenceSource {
public:
  /// `text` must outlive this. At most `limit` windows, spread evenly over the text; 0: all. Throws
  /// samba::Error if the text is shorter than one window, length + 1 tokens.
  TextWindows(const TokenStream &text, int64_t length, int64_t limit = 0);

  int64_t count() const override { return used; }
  int64_t length() const override { return targets; }
  void fill(int64_t index, std::span<int32_t> tokens) override;

private:
  const TokenStream &text;
  int64_t targets, whole, used;
};

} // namespace samba
