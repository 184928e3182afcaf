// A sequence cut in two at any token, with the state carried across and its gradient carried back, is the
// whole: the scan and the convolution with what they keep, documents that lie across the cut included. The
// kernels are held against the same rules by test/numerics.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "test/oracle/Interpreter.h"
#include "test/oracle/Semantics.h"
#include "llvm/Support/FormatVariadic.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {

using Named = std::map<std::string, Tensor>;

constexpr int64_t batch = 3, tokens = 13, channels = 5, states = 3, width = 4;

/// One function of core ops with what goes in and what comes out. A tensor that has tokens has them as its
/// last dimension but one; documents as their last.
struct Function {
  const char *text; ///< {0}: tokens, {1}: kept states
  std::vector<std::string> inputs, outputs;
  std::vector<std::string> perToken; ///< of inputs and outputs
  std::string state, dnext;          ///< inputs: what is carried in, and the cotangent of what is carried out
  std::string next, dstate;          ///< outputs: what is carried out, and the cotangent of what came in
};

const Function scan = {R"(
  func.func @f(%u: tensor<3x{0}x5xf32>, %dt: tensor<3x{0}x5xf32>, %A: tensor<5x3xf32>, %B: tensor<3x{0}x3xf32>,
               %C: tensor<3x{0}x3xf32>, %D: tensor<5xf32>, %h: tensor<3x5x3xf32>, %dy: tensor<3x{0}x5xf32>,
               %dnext: tensor<3x5x3xf32>, %documents: tensor<3x{0}xi32>)
      -> (tensor<3x{0}x5xf32>, tensor<3x5x3xf32>, tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<3x5x3xf32>,
          tensor<2x3x{0}x3xf32>, tensor<2x3x{0}x3xf32>, tensor<3x5xf32>, tensor<3x5x3xf32>) {
    %y:3 = samba.selective_scan %u, %dt, %A, %B, %C, %D, %h in %documents {checkpoint = 4}
      : (tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<5x3xf32>, tensor<3x{0}x3xf32>, tensor<3x{0}x3xf32>,
         tensor<5xf32>, tensor<3x5x3xf32>, tensor<3x{0}xi32>)
      -> (tensor<3x{0}x5xf32>, tensor<3x{1}x5x3xf32>, tensor<3x5x3xf32>)
    %g:7 = samba.selective_scan_grad %u, %dt, %A, %B, %C, %D, %y#1, %dy, %dnext in %documents
        {checkpoint = 4, channel_block = 4}
      : (tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<5x3xf32>, tensor<3x{0}x3xf32>, tensor<3x{0}x3xf32>,
         tensor<5xf32>, tensor<3x{1}x5x3xf32>, tensor<3x{0}x5xf32>, tensor<3x5x3xf32>, tensor<3x{0}xi32>)
      -> (tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<3x5x3xf32>, tensor<2x3x{0}x3xf32>, tensor<2x3x{0}x3xf32>,
          tensor<3x5xf32>, tensor<3x5x3xf32>)
    return %y#0, %y#2, %g#0, %g#1, %g#2, %g#3, %g#4, %g#5, %g#6
      : tensor<3x{0}x5xf32>, tensor<3x5x3xf32>, tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<3x5x3xf32>,
        tensor<2x3x{0}x3xf32>, tensor<2x3x{0}x3xf32>, tensor<3x5xf32>, tensor<3x5x3xf32>
  })",
                       {"u", "dt", "A", "B", "C", "D", "h", "dy", "dnext", "documents"},
                       {"y", "next", "du", "ddt", "dA", "dB", "dC", "dD", "dh"},
                       {"u", "dt", "B", "C", "dy", "documents", "y", "du", "ddt", "dB", "dC"},
                       "h",
                       "dnext",
                       "next",
                       "dh"};

const Function conv = {R"(
  func.func @f(%x: tensor<3x{0}x5xf32>, %w: tensor<5x4xf32>, %state: tensor<3x3x5xf32>, %dy: tensor<3x{0}x5xf32>,
               %dnext: tensor<3x3x5xf32>, %documents: tensor<3x{0}xi32>)
      -> (tensor<3x{0}x5xf32>, tensor<3x3x5xf32>, tensor<3x{0}x5xf32>, tensor<5x4xf32>, tensor<3x3x5xf32>) {
    %y = samba.causal_conv %x, %w, %state in %documents
      : (tensor<3x{0}x5xf32>, tensor<5x4xf32>, tensor<3x3x5xf32>, tensor<3x{0}xi32>) -> tensor<3x{0}x5xf32>
    %next = samba.conv_state %x, %state : (tensor<3x{0}x5xf32>, tensor<3x3x5xf32>) -> tensor<3x3x5xf32>
    %dx = samba.causal_conv_dx %dy, %w in %documents
      : (tensor<3x{0}x5xf32>, tensor<5x4xf32>, tensor<3x{0}xi32>) -> tensor<3x{0}x5xf32>
    %dw = samba.causal_conv_dw %x, %dy, %state in %documents {d_conv = 4}
      : (tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>, tensor<3x3x5xf32>, tensor<3x{0}xi32>) -> tensor<5x4xf32>
    %ds = samba.causal_conv_dstate %dy, %w in %documents
      : (tensor<3x{0}x5xf32>, tensor<5x4xf32>, tensor<3x{0}xi32>) -> tensor<3x3x5xf32>
    %carried:2 = samba.conv_state_grad %dnext {tokens = {0}}
      : (tensor<3x3x5xf32>) -> (tensor<3x{0}x5xf32>, tensor<3x3x5xf32>)
    %dxs = samba.add %dx, %carried#0 : (tensor<3x{0}x5xf32>, tensor<3x{0}x5xf32>) -> tensor<3x{0}x5xf32>
    %dss = samba.add %ds, %carried#1 : (tensor<3x3x5xf32>, tensor<3x3x5xf32>) -> tensor<3x3x5xf32>
    return %y, %next, %dxs, %dw, %dss
      : tensor<3x{0}x5xf32>, tensor<3x3x5xf32>, tensor<3x{0}x5xf32>, tensor<5x4xf32>, tensor<3x3x5xf32>
  })",
                       {"x", "w", "state", "dy", "dnext", "documents"},
                       {"y", "next", "dx", "dw", "dstate"},
                       {"x", "dy", "documents", "y", "dx"},
                       "state",
                       "dnext",
                       "next",
                       "dstate"};

/// Tokens [first, first + count) of a tensor, or all of one that has none.
Tensor slice(const Function &function, const std::string &name, const Tensor &whole, int64_t first,
             int64_t count) {
  if (!llvm::is_contained(function.perToken, name))
    return whole;
  size_t dimension = name == "documents" ? 1 : whole.shape.size() - 2;
  llvm::SmallVector<int64_t> shape = whole.shape;
  shape[dimension] = count;
  int64_t inner = name == "documents" ? 1 : whole.shape.back(), had = whole.shape[dimension];
  Tensor part(shape);
  for (int64_t i = 0; i < part.elements(); ++i) {
    int64_t row = i / inner / count, t = i / inner % count;
    part.data[i] = whole.data[(row * had + first + t) * inner + i % inner];
    if (name == "documents")
      part.data[i] -= double(first); // counted from the piece's beginning
  }
  return part;
}

Named run(const Function &function, const Named &inputs, int64_t count) {
  MLIRContext context;
  context.loadDialect<SambaDialect, func::FuncDialect>();
  std::string text = function.text;
  for (auto [mark, value] : {std::pair("{0}", count), std::pair("{1}", (count + 3) / 4)})
    for (size_t at; (at = text.find(mark)) != std::string::npos;)
      text.replace(at, 3, std::to_string(value));
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  std::vector<Tensor> values;
  for (const std::string &name : function.inputs)
    values.push_back(inputs.at(name));
  auto outputs = evaluate(module->lookupSymbol<func::FuncOp>("f").front(), values);
  Named named;
  for (auto [name, output] : llvm::zip(function.outputs, *outputs))
    named[name] = output;
  return named;
}

void expectNear(const Tensor &a, const Tensor &b, const llvm::Twine &what) {
  for (int64_t i = 0; i < a.elements(); ++i)
    ASSERT_NEAR(a.data[i], b.data[i], 1e-9 * (1 + std::abs(a.data[i]))) << what.str() << ", element " << i;
}

void check(const Function &function, Named inputs) {
  Named whole = run(function, inputs, tokens);
  for (int64_t cut = 1; cut < tokens; ++cut) {
    Named first, second;
    for (const auto &[name, value] : inputs) {
      first[name] = slice(function, name, value, 0, cut);
      second[name] = slice(function, name, value, cut, tokens - cut);
    }
    second[function.state] = run(function, first, cut).at(function.next);
    Named after = run(function, second, tokens - cut);
    first[function.dnext] = after.at(function.dstate);
    Named before = run(function, first, cut);
    for (const std::string &name : function.outputs) {
      std::string what = llvm::formatv("{0}, cut at {1}", name, cut);
      if (llvm::is_contained(function.perToken, name)) {
        expectNear(slice(function, name, whole[name], 0, cut), before[name], what);
        expectNear(slice(function, name, whole[name], cut, tokens - cut), after[name], what);
      } else if (name == function.next || name == function.dstate) {
        expectNear(whole[name], name == function.next ? after[name] : before[name], what);
      } else { // of parameters: a sum
        for (int64_t i = 0; i < before[name].elements(); ++i)
          before[name].data[i] += after[name].data[i];
        expectNear(whole[name], before[name], what);
      }
    }
  }
}

/// The whole's documents: none but the one that began before, or many.
std::vector<Tensor> documents(Random &random) {
  Tensor none({batch, tokens}, -100);
  return {none, drawDocuments(none.shape, random, /*continued=*/true)};
}

TEST(Pieces, OfAScanAddUpToIt) {
  Random random(3);
  for (const Tensor &begins : documents(random)) {
    llvm::SmallVector<int64_t> u = {batch, tokens, channels}, B = {batch, tokens, states},
                               h = {batch, channels, states};
    Named inputs = {{"u", drawNormal(u, random)},
                    {"dt", drawUniform(u, random, 0.01, 1)},
                    {"A", drawUniform({channels, states}, random, -3, -0.1)},
                    {"B", drawNormal(B, random)},
                    {"C", drawNormal(B, random)},
                    {"D", drawNormal({channels}, random)},
                    {"h", drawNormal(h, random)},
                    {"dy", drawNormal(u, random)},
                    {"dnext", drawNormal(h, random)},
                    {"documents", begins}};
    check(scan, inputs);
  }
}

TEST(Pieces, OfAConvolutionAddUpToIt) {
  Random random(4);
  for (const Tensor &begins : documents(random)) {
    llvm::SmallVector<int64_t> x = {batch, tokens, channels}, state = {batch, width - 1, channels};
    Named inputs = {{"x", drawNormal(x, random)},         {"w", drawNormal({channels, width}, random)},
                    {"state", drawNormal(state, random)}, {"dy", drawNormal(x, random)},
                    {"dnext", drawNormal(state, random)}, {"documents", begins}};
    check(conv, inputs);
  }
}

} // namespace
