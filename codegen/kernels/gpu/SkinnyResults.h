//===- SkinnyResults.h - who has which columns of a product of few rows, and what becomes of them -------===//
//
// Several products of one x are sections of the grid. Two whose results meet (SwiGLU's gate and up) are one
// section: half of a block's columns are of each, the same ones. A rotary embedding of a result turns pairs
// of columns half a head apart: half of a block's columns stand half a head after the others. A section may
// also end in the convolution of its only token, and the state that follows.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "codegen/kernels/gpu/SkinnySections.h"

namespace samba::gpu {

class SkinnyResults {
public:
  /// Sections that `findSections` found, [rows] of results, a block having `width` columns.
  SkinnyResults(KernelBuilder &k, llvm::SmallVector<Section> sections, int64_t rows, int64_t width);

  llvm::SmallVector<Section> sections;
  int64_t blocks() const { return sections.back().firstBlock + sections.back().blocks; }
  /// Neighbouring columns that a block has of a section.
  int64_t perKind(const Section &section) const { return width / (1 + section.needsTwoTiles()); }
  static int64_t halfHead(const Section &section);

  /// We stand in the kernel, in this block.
  void begin(Value block) { this->block = block; }
  Value isHere(const Section &section);
  /// body(section) in the block's.
  void whereHere(llvm::function_ref<void(const Section &)> body);
  /// Which channel of a section's y column `column` of this block is.
  Value channelOf(const Section &section, int64_t column);
  /// Waits for earlier launches now if they make a weight.
  void awaitWeights();
  /// Asks for what the convolution of this block's channels reads besides x.
  void prefetchInputs();
  /// Loads what is added to the product, if every one of `threads` threads has at most one vector of it:
  /// under way while w is. This is thread number `thread`.
  void loadEarly(Value thread, int64_t threads);
  /// Finishes and stores the block's results, `total` being the product.
  using Total = llvm::function_ref<Values(Value row, Value column, int64_t n)>;
  void store(Value thread, int64_t threads, Total total);

private:
  void storeSection(const Section &section, Value thread, int64_t threads, Total total);
  void storeTurned(const Section &section, Value row, Value to, Values low, Values high);
  void storeConvolved(const Section &section, Value row, Value column, Values x);
  int64_t vectorOf(const Section &section) { return k.vectorWidth(section.y, 2); }

  KernelBuilder &k;
  const int64_t rows, width;
  Value block;
  Known early; ///< inputs of the epilogue
};

} // namespace samba::gpu
