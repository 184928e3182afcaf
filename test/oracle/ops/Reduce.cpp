//===- Reduce.cpp - Sums over rows and over partials ---------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// y[c] = sum over all leading dimensions of x[.., c]
static void sumRows(SumRowsOp, Operands in, Results out) {
  for (int64_t r = 0; r < in[0].rows(); ++r)
    for (int64_t c = 0; c < in[0].channels(); ++c)
      out[0](c) += in[0].row(r)[c];
}

// y[..] = sum over the first dimension of x[p, ..]
static void sumLeading(SumLeadingOp, Operands in, Results out) {
  int64_t elements = out[0].elements();
  for (int64_t i = 0; i < in[0].elements(); ++i)
    out[0].data[i % elements] += in[0].data[i];
}

void samba::oracle::registerReduce(Semantics &semantics) {
  semantics.add(limit::product, sumRows);
  semantics.add(limit::product, sumLeading).keepExact({0});
}
