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

/// Past 2^32, where a 32-bit counter would have wrapped.
static Tensor drawPosition(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawIntegers(shape, random, 0, int64_t(1) << 40);
}

void samba::oracle::registerFill(Semantics &semantics) {
  semantics.add(limit::elementwise, fill);
  semantics.add(0, advance).draw(0, drawPosition);
}
