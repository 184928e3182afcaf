// What entry probe shows of an attention is the entropy of the softmax's rows, as the definition sums it.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "test/oracle/Interpreter.h"
#include "test/oracle/Random.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace samba;

/// -sum_k p_k log p_k of query `t` of head `h`, grouped heads, from the map's row itself.
static double entropy(const oracle::Tensor &q, const oracle::Tensor &k, int64_t t, int64_t h, int64_t heads,
                      int64_t kvHeads, int64_t window) {
  int64_t dim = q.size(2) / heads, kv = h * kvHeads / heads;
  std::vector<double> weights;
  double sum = 0;
  for (int64_t j = std::max<int64_t>(0, t - window + 1); j <= t; ++j) {
    double product = 0;
    for (int64_t c = 0; c < dim; ++c)
      product += q(0, t, h * dim + c) * k(0, j, kv * dim + c);
    weights.push_back(std::exp(product / std::sqrt(double(dim))));
    sum += weights.back();
  }
  double entropy = 0;
  for (double weight : weights)
    entropy -= weight / sum * std::log(weight / sum);
  return entropy;
}

TEST(Probe, ShowsTheEntropyOfAttention) {
  MLIRContext context;
  context.loadDialect<SambaDialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      "func.func @f(%q: tensor<1x9x32xf32>, %k: tensor<1x9x16xf32>, %v: tensor<1x9x16xf32>) -> "
      "tensor<1x4x9xf32> {\n"
      "  %o, %lse = samba.windowed_attention %q, %k, %v {n_heads = 4, n_kv_heads = 2, window = 5}\n"
      "    : (tensor<1x9x32xf32>, tensor<1x9x16xf32>, tensor<1x9x16xf32>) -> (tensor<1x9x32xf32>, "
      "tensor<1x4x9xf32>)\n"
      "  return %lse : tensor<1x4x9xf32>\n"
      "}\n",
      &context);
  ASSERT_TRUE(module);
  auto func = *module->getOps<func::FuncOp>().begin();
  Operation *ret = func.front().getTerminator();
  OpBuilder builder(ret);
  ret->setOperand(0, (*func.getOps<WindowedAttentionOp>().begin()).probe(builder));

  oracle::Random random(3);
  std::vector<oracle::Tensor> inputs;
  for (int64_t channels : {32, 16, 16}) {
    inputs.emplace_back(ArrayRef<int64_t>{1, 9, channels});
    for (double &x : inputs.back().data)
      x = 2 * random.normal();
  }
  FailureOr<std::vector<oracle::Tensor>> shown = oracle::evaluate(func.front(), inputs);
  ASSERT_TRUE(succeeded(shown));
  for (int64_t h = 0; h < 4; ++h)
    for (int64_t t = 0; t < 9; ++t)
      EXPECT_NEAR((*shown)[0](0, h, t), entropy(inputs[0], inputs[1], t, h, 4, 2, 5), 1e-12);
}
