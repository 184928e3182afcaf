//===- Semantics.h - What every core op means, in double precision --------------------------------------===//
//
// Each family of ops has a file in ops/, which registers for every op
//
//     evaluate   naive loops that read like the op's equation, written from its specification alone;
//     draw       how test inputs for an operand are drawn, where standard normal numbers would not be
//                sensible (a step size is positive, a token lies within the vocabulary);
//     derive     how an operand follows from the others, where a backward op needs what its forward op has
//                computed (the lse of an attention);
//     limit      the relative error that is allowed to its kernels, and to those that read or write bf16;
//     floor      the absolute error below which none counts;
//     exact      which operands of three dimensions and more no target stores as bf16.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "dialect/Samba.h"
#include "test/oracle/Compare.h"
#include "test/oracle/Random.h"
#include "test/oracle/Tensor.h"
#include "llvm/ADT/StringMap.h"
#include <functional>
#include <map>

namespace samba::oracle {

/// The values of an op's operands, in order.
class Operands {
public:
  explicit Operands(llvm::ArrayRef<const Tensor *> tensors) : tensors(tensors) {}
  const Tensor &operator[](size_t operand) const { return *tensors[operand]; }

private:
  llvm::ArrayRef<const Tensor *> tensors;
};

/// The documents that share a row. They are the last operand of an op that has any.
class Documents {
public:
  template <typename Op>
  Documents(Op op, Operands in) : begins(op.getDocuments() ? &in[op->getNumOperands() - 1] : nullptr) {}

  /// Where the document of token t begins: -1 is the token before the row. Without documents, long before.
  int64_t begin(int64_t b, int64_t t) const { return begins ? int64_t((*begins)(b, t)) : INT64_MIN / 2; }

private:
  const Tensor *begins;
};

/// The values of an op's results: zeros of the result's shape until the op is evaluated.
using Results = llvm::MutableArrayRef<Tensor>;

/// Relative errors allowed to float32 kernels: rms(x - ref) / rms(ref). What the authors of the reference
/// implementations allow, 5e-3 for attention and 6e-4 for a scan, would let a window pass that is off by one.
namespace limit {
constexpr double elementwise = 1e-5;
constexpr double product = 1e-5;
constexpr double norm = 1e-5;
constexpr double rotary = 1e-5;
constexpr double conv = 1e-5;
constexpr double scan = 5e-5;
constexpr double attention = 5e-5;
constexpr double loss = 1e-5;

/// The same for kernels that touch bf16, besides what rounding their results costs: products accumulate in
/// the matrix units, which truncate; attention's probabilities, the cross entropy's, and a scan's states with
/// their gradients, are multiplied as bf16.
constexpr double bf16Product = 1e-4;
constexpr double bf16Attention = 5e-3;
constexpr double bf16LossGradient = 5e-3;
constexpr double bf16ScanGradient = 1e-2;
/// What rounding to bf16 may change a number by, 2^-8 of it.
constexpr double bf16Rounding = 4e-3;
} // namespace limit

/// What is registered for one op.
struct Rule {
  using Evaluate = std::function<void(mlir::Operation *, Operands, Results)>;
  using Draw = std::function<Tensor(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &)>;
  using Derive = std::function<Tensor(mlir::Operation *, Operands)>;

  Evaluate evaluate;
  double limit = 0;
  double bf16Limit = 0;               ///< besides what rounding the results to bf16 costs
  double floor = Distance().floor;    ///< absolute errors below it do not count
  llvm::SmallVector<unsigned> exact;  ///< operands that are f32 on every target
  std::map<unsigned, Draw> draws;     ///< by operand
  std::map<unsigned, Derive> derives; ///< by operand; a derived operand may depend on any that is not

  Rule &bf16(double limit) {
    bf16Limit = limit;
    return *this;
  }
  /// The results may be sums whose terms cancel: what f32 rounds off the terms does not count.
  Rule &cancels(double rounded) {
    floor = rounded;
    return *this;
  }
  Rule &keepExact(std::initializer_list<unsigned> operands) {
    exact = operands;
    return *this;
  }
  Rule &draw(unsigned operand, Draw draw) {
    draws[operand] = std::move(draw);
    return *this;
  }
  Rule &derive(unsigned operand, Derive derive) {
    derives[operand] = std::move(derive);
    return *this;
  }
};

/// The rules by op name.
class Semantics {
public:
  Semantics();

  template <typename Op> Rule &add(double limit, void (*evaluate)(Op, Operands, Results)) {
    Rule &rule = rules[Op::getOperationName()];
    rule.limit = rule.bf16Limit = limit;
    rule.evaluate = [evaluate](mlir::Operation *op, Operands in, Results out) {
      evaluate(llvm::cast<Op>(op), in, out);
    };
    return rule;
  }

  /// Null for an op that has none.
  const Rule *find(llvm::StringRef name) const {
    auto found = rules.find(name);
    return found == rules.end() ? nullptr : &found->second;
  }

private:
  llvm::StringMap<Rule> rules;
};

/// All rules, built once.
const Semantics &semantics();

/// Draws of operands. A matrix [N, K] that is multiplied with has entries of 1 / sqrt(K).
Tensor drawNormal(llvm::ArrayRef<int64_t> shape, Random &random, double scale = 1);
Tensor drawUniform(llvm::ArrayRef<int64_t> shape, Random &random, double low, double high);
Tensor drawIntegers(llvm::ArrayRef<int64_t> shape, Random &random, int64_t low, int64_t high);
Tensor drawWeight(mlir::Operation *, llvm::ArrayRef<int64_t> shape, Random &random);
/// Documents [B, T], valid ones: in a row documents of many tokens that meet at multiples of 16 and beside
/// them, and one token at the end; then a row of short ones; then a row of one document. With `continued` the
/// first of a row may have begun before it.
Tensor drawDocuments(llvm::ArrayRef<int64_t> shape, Random &random, bool continued = false);

// One per file of ops/.
void registerAttention(Semantics &);
void registerCausalConv(Semantics &);
void registerCrossEntropy(Semantics &);
void registerDecayAttention(Semantics &);
void registerElementwise(Semantics &);
void registerEmbedding(Semantics &);
void registerFill(Semantics &);
void registerLinear(Semantics &);
void registerOptimizer(Semantics &);
void registerReduce(Semantics &);
void registerRmsNorm(Semantics &);
void registerRotary(Semantics &);
void registerSample(Semantics &);
void registerSelectiveScan(Semantics &);
void registerView(Semantics &);

} // namespace samba::oracle
