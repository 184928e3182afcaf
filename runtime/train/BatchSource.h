// Where training and validation take their tokens from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace samba {

/// Training batches as a pure function of their index, so that the position in the data is one number.
class BatchSource {
public:
  virtual ~BatchSource() = default;
  /// Fills one micro-batch, [batch, seq] row by row; `index` counts micro-batches from 0 at the start of
  /// training. A target is the token that follows its token in the text; -1 is ignored.
  virtual void fill(int64_t index, std::span<int32_t> tokens, std::span<int32_t> targets) = 0;
  /// For each token of the same micro-batch the place in its row of its document's first token, or 0 if that
  /// lies before the row. A source that knows no documents says 0.
  virtual void fillDocuments([[maybe_unused]] int64_t index, std::span<int32_t> documents) {
    std::fill(documents.begin(), documents.end(), 0);
  }
  /// Says which text this is (a digest of its content and split): a run is resumed on the same text only.
  virtual std::string identity() const = 0;
};

/// Held-out sequences of one length, in a fixed order.
class SequenceSource {
public:
  virtual ~SequenceSource() = default;
  /// Number of sequences.
  virtual int64_t count() const = 0;
  /// Targets per sequence, at most.
  virtual int64_t length() const = 0;
  /// Targets of all sequences.
  virtual int64_t targets() const { return count() * length(); }
  /// Fills length() + 1 tokens of sequence `index`: each but the last is an input, each but the first a
  /// target. A shorter sequence ends in -1.
  virtual void fill(int64_t index, std::span<int32_t> tokens) = 0;
};

} // namespace samba
