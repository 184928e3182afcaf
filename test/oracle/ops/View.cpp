//===- View.cpp - Channel slices -----------------------------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

static void split(SplitOp, Operands in, Results out) {
  const Tensor &x = in[0];
  int64_t first = 0;
  for (Tensor &part : out) {
    for (int64_t r = 0; r < x.rows(); ++r)
      for (int64_t c = 0; c < part.channels(); ++c)
        part.row(r)[c] = x.row(r)[first + c];
    first += part.channels();
  }
}

static void concat(ConcatOp op, Operands in, Results out) {
  int64_t first = 0;
  for (unsigned i = 0; i < op.getParts().size(); ++i) {
    for (int64_t r = 0; r < in[i].rows(); ++r)
      for (int64_t c = 0; c < in[i].channels(); ++c)
        out[0].row(r)[first + c] = in[i].row(r)[c];
    first += in[i].channels();
  }
}

void samba::oracle::registerView(Semantics &semantics) {
  semantics.add(0, split);
  semantics.add(0, concat);
}
