//===- Fill.cpp - Constants and counters ---------------------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

static void fill(FillOp op, Operands, Results out) {
  for (double &y : out[0].data)
    y = op.getValue().convertToDouble();
}

static void advance(AdvanceOp op, Operands in, Results out) {
  for (int64_t b = 0; b < in[0].elements(); ++b)
    out[0](b) = in[0](b) + double(op.getCount());
}

// t less the tokens since its chunk began.
static void chunkStarts(ChunkStartsOp op, Operands in, Results out) {
  for (int64_t b = 0; b < out[0].size(0); ++b)
    for (int64_t t = 0; t < out[0].size(1); ++t) {
      int64_t age =
          t + (op.getPosition() ? int64_t(in[0](b)) : 0) - (op.getDocuments() ? int64_t(in[0](b, t)) : 0);
      out[0](b, t) = double(t - age % int64_t(op.getChunk()));
    }
}

/// A position or documents.
static Tensor drawOrigin(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  return llvm::cast<ChunkStartsOp>(op).getPosition() ? drawIntegers(shape, random, 0, int64_t(1) << 40)
                                                     : drawDocuments(shape, random, /*continued=*/true);
}

/// Past 2^32, where a 32-bit counter would have wrapped.
static Tensor drawPosition(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawIntegers(shape, random, 0, int64_t(1) << 40);
}

void samba::oracle::registerFill(Semantics &semantics) {
  semantics.add(limit::elementwise, fill);
  semantics.add(0, advance).draw(0, drawPosition);
  semantics.add(0, chunkStarts).draw(0, drawOrigin);
}
