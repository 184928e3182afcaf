//===- Semantics.cpp - The rules of all op families, and how their inputs are drawn --------------------===//
#include "test/oracle/Semantics.h"

using namespace samba::oracle;

Semantics::Semantics() {
  registerAttention(*this);
  registerCausalConv(*this);
  registerCrossEntropy(*this);
  registerDecayAttention(*this);
  registerElementwise(*this);
  registerEmbedding(*this);
  registerFill(*this);
  registerLinear(*this);
  registerOptimizer(*this);
  registerReduce(*this);
  registerRmsNorm(*this);
  registerRotary(*this);
  registerSample(*this);
  registerSelectiveScan(*this);
  registerView(*this);
}

const Semantics &samba::oracle::semantics() {
  static const Semantics instance;
  return instance;
}

Tensor samba::oracle::drawNormal(llvm::ArrayRef<int64_t> shape, Random &random, double scale) {
  Tensor x(shape);
  for (double &value : x.data)
    value = scale * random.normal();
  return x;
}

Tensor samba::oracle::drawUniform(llvm::ArrayRef<int64_t> shape, Random &random, double low, double high) {
  Tensor x(shape);
  for (double &value : x.data)
    value = random.uniform(low, high);
  return x;
}

Tensor samba::oracle::drawIntegers(llvm::ArrayRef<int64_t> shape, Random &random, int64_t low, int64_t high) {
  Tensor x(shape);
  for (double &value : x.data)
    value = double(random.integer(low, high));
  return x;
}

Tensor samba::oracle::drawDocuments(llvm::ArrayRef<int64_t> shape, Random &random, bool continued) {
  Tensor begins(shape);
  int64_t tokens = shape[1];
  for (int64_t b = 0; b < shape[0]; ++b) {
    int64_t begin = continued ? -random.integer(0, 4) : 0;
    for (int64_t t = 0; t < tokens; ++t) {
      bool atEdge = (t % 16 < 2 || t % 16 == 15) && random.integer(0, 3) == 0;
      bool isNew[] = {atEdge || t == tokens - 1, random.integer(0, 4) == 0, false};
      if (isNew[b % 3])
        begin = t;
      begins(b, t) = double(begin);
    }
  }
  return begins;
}

Tensor samba::oracle::drawWeight(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random) {
  return drawNormal(shape, random, 1 / std::sqrt(double(shape.back())));
}
