//===- Embedding.cpp - Token embedding and its gradient ------------------------------------------------===//
#include "test/oracle/Semantics.h"

using namespace samba;
using namespace samba::oracle;

// x[r] = table[tokens[r]]
static void embedding(EmbeddingOp, Operands in, Results out) {
  const Tensor &tokens = in[0], &table = in[1];
  for (int64_t r = 0; r < tokens.elements(); ++r)
    for (int64_t c = 0; c < table.size(1); ++c)
      out[0].row(r)[c] = table(int64_t(tokens.data[r]), c);
}

// dtable[v] = sum of dx[r] over tokens[r] = v
static void embeddingGrad(EmbeddingGradOp, Operands in, Results out) {
  const Tensor &tokens = in[0], &dx = in[1];
  for (int64_t r = 0; r < tokens.elements(); ++r)
    for (int64_t c = 0; c < dx.channels(); ++c)
      out[0](int64_t(tokens.data[r]), c) += dx.row(r)[c];
}

static Tensor drawTokens(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, Random &random) {
  auto grad = llvm::dyn_cast<EmbeddingGradOp>(op);
  int64_t vocab = grad ? grad.getVocabSize() : llvm::cast<EmbeddingOp>(op).getTable().getType().getDimSize(0);
  return drawIntegers(shape, random, 0, vocab);
}

void samba::oracle::registerEmbedding(Semantics &semantics) {
  semantics.add(limit::elementwise, embedding).draw(0, drawTokens);
  semantics.add(limit::elementwise, embeddingGrad).draw(0, drawTokens);
}
