//===- ShortConv.cpp - The short convolution of queries, keys and values --------------------------------===//
#include "dialect/layers/ShortConv.h"
#include "dialect/layers/SpecAttributes.h"

using namespace mlir;

namespace samba {

ShortConv::ShortConv(Attribute tokens, ArrayRef<Projected> values) : tokens(integerOr(tokens, 0)) {
  if (this->tokens)
    convolved.assign(values.begin(), values.end());
}

LogicalResult ShortConv::verify(Operation *op) { return checkInteger(op, "short_conv", 2, 16, "none"); }

SmallVector<ParameterSpec> ShortConv::parameters() const {
  return llvm::map_to_vector(convolved, [&](const Projected &x) {
    return ParameterSpec{
        "mixer." + x.name.str() + "_conv1d.weight", {x.channels, tokens}, Initializer::linear(tokens)};
  });
}

SmallVector<StateSpec> ShortConv::state(int64_t batch) const {
  return llvm::map_to_vector(convolved, [&](const Projected &x) {
    return StateSpec{x.name.str() + "_conv", {batch, tokens - 1, x.channels}};
  });
}

void ShortConv::apply(OpBuilder &b, Location loc, ArrayRef<Value *> values, ValueRange parameters,
                      ValueRange state, Value documents, SmallVectorImpl<Value> &next) const {
  for (size_t i = 0; i < convolved.size(); ++i) {
    Value x = *values[i], before = state.empty() ? Value() : state[i];
    *values[i] = SiluOp::create(b, loc, CausalConvOp::create(b, loc, x, parameters[i], before, documents));
    if (before)
      next.push_back(ConvStateOp::create(b, loc, x, before));
  }
}

} // namespace samba
