//===- KernelCheck.cpp - Compiled kernels against the oracle --------------------------------------------===//
#include "test/oracle/KernelCheck.h"
#include "test/oracle/Sample.h"
#include "test/oracle/Semantics.h"
#include "test/oracle/Storage.h"
#include <set>

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {

/// For each output the input whose memory it shares, or -1.
using Sharing = SmallVector<int64_t>;

/// What one run left behind.
struct Outcome {
  std::string failure;
  std::vector<Tensor> outputs;
  bool guardsIntact = true, inputsIntact = true;
};

/// One kernel with its inputs and what they should give.
class KernelRun {
public:
  KernelRun(KernelRunner &runner, KernelOp kernel, Sample sample, Random &random)
      : runner(runner), kernel(kernel), sample(std::move(sample)), random(random),
        types(kernel.argumentTypes()) {}

  const Sample &reference() const { return sample; }

  Outcome run(StringRef way, ArrayRef<int64_t> sharing) {
    size_t inputs = sample.inputs.size();
    std::vector<GuardedBuffer> buffers;
    for (auto [index, type] : llvm::enumerate(types))
      buffers.emplace_back(cast<RankedTensorType>(type), kernel.getRowStrides()[index],
                           runner.alignment(kernel, index));
    for (size_t i = 0; i < inputs; ++i)
      buffers[i].fill(sample.inputs[i]);
    SmallVector<size_t> home; // of each argument
    for (size_t i = 0; i < buffers.size(); ++i)
      home.push_back(i >= inputs && sharing[i - inputs] >= 0 ? sharing[i - inputs] : i);

    Outcome outcome;
    outcome.failure = runner.run(kernel, way, buffers, home, random);
    for (size_t i = 0; i < buffers.size(); ++i) {
      outcome.guardsIntact &= buffers[i].guardsIntact();
      if (i < inputs && !llvm::is_contained(ArrayRef(home).drop_front(inputs), i))
        outcome.inputsIntact &= buffers[i].read().data == sample.inputs[i].data;
    }
    for (size_t i : ArrayRef(home).drop_front(inputs))
      outcome.outputs.push_back(buffers[i].read());
    return outcome;
  }

private:
  KernelRunner &runner;
  KernelOp kernel;
  Sample sample;
  Random &random;
  SmallVector<Type> types;
};

/// How the module's launches of each kernel share memory; always also the way without.
llvm::StringMap<std::set<Sharing>> sharingsOf(ModuleOp module) {
  llvm::StringMap<std::set<Sharing>> result;
  module.walk([&](LaunchOp launch) {
    Sharing sharing;
    for (Value output : launch.getOutputs()) {
      auto same = llvm::find(launch.getInputs(), output);
      sharing.push_back(same == launch.getInputs().end() ? -1 : same - launch.getInputs().begin());
    }
    result[launch.getKernel()].insert(sharing);
  });
  for (KernelOp kernel : module.getOps<KernelOp>())
    result[kernel.getSymName()].insert(Sharing(kernel.outputs().size(), -1));
  return result;
}

/// "linear + 2": the op that gives the kernel its name, and how many are fused with it.
std::string titleOf(KernelOp kernel, Operation *&root) {
  root = nullptr;
  int64_t ops = 0;
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    if (!root || (isa<ElementwiseOpInterface>(root) && !isa<ElementwiseOpInterface>(op)))
      root = &op;
    ++ops;
  }
  std::string title = root->getName().stripDialect().str();
  return ops > 1 ? title + " + " + std::to_string(ops - 1) : title;
}

std::string shapesOf(TypeRange types) {
  std::string text;
  for (Type type : types)
    text += (text.empty() ? "" : ", ") + shapeText(cast<RankedTensorType>(type).getShape()) +
            (isBf16(type) ? " bf16" : "");
  return text;
}

/// Whether a bf16 number stands anywhere between the kernel's inputs and its outputs, themselves included.
bool touchesBf16(KernelOp kernel) {
  if (llvm::any_of(kernel.argumentTypes(), isBf16))
    return true;
  WalkResult walk = kernel.walk([](Operation *op) {
    return llvm::any_of(op->getResultTypes(), isBf16) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walk.wasInterrupted();
}

/// The greatest of what the rules of a kernel's ops say.
double greatest(KernelOp kernel, double Rule::*what) {
  double value = 0;
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (const Rule *rule = semantics().find(op.getName().getStringRef()))
      value = std::max(value, rule->*what);
  return value;
}

/// The relative error that each output is allowed.
FailureOr<SmallVector<double>> limitsOf(KernelOp kernel, const Sample &sample) {
  bool bf16 = touchesBf16(kernel);
  SmallVector<double> limits(sample.outputs.size(), greatest(kernel, bf16 ? &Rule::bf16Limit : &Rule::limit));
  if (!bf16)
    return limits;
  FailureOr<std::vector<Tensor>> rounded = evaluate(kernel.getBody().front(), sample.inputs, Rounding::bf16);
  if (failed(rounded))
    return failure();
  for (auto [index, reference] : llvm::enumerate(sample.outputs)) {
    store(kernel.outputs()[index].getType(), (*rounded)[index]);
    double naive = distance(reference, (*rounded)[index].data).relative;
    if (naive > limit::elementwise) // more than what f32 costs: bf16 stands between here and the inputs
      limits[index] = std::max({limits[index], limit::bf16Rounding, 2 * naive});
  }
  return limits;
}

void require(Row &row, bool holds, const llvm::Twine &note) {
  if (!holds && row.ok)
    row.note = note.str();
  row.ok &= holds;
}

/// The first run is compared with the reference, the others with the first.
void checkWay(KernelRun &kernel, StringRef way, ArrayRef<double> limits, double floor,
              const std::set<Sharing> &sharings, int64_t runs, Row &row) {
  Sharing apart(kernel.reference().outputs.size(), -1);
  SmallVector<Sharing> others(std::max<int64_t>(runs - 2, 0), apart); // `sharings` has `apart`, too
  others.append(sharings.begin(), sharings.end());
  Outcome first = kernel.run(way, apart);
  require(row, first.failure.empty(), way + ": " + first.failure);
  if (!first.failure.empty())
    return;
  for (auto [index, reference] : llvm::enumerate(kernel.reference().outputs)) {
    const Tensor &got = first.outputs[index];
    Distance error = distance(reference, got.data);
    error.floor = floor;
    row.show(error, limits[index]);
    require(row, error.within(limits[index]),
            way + ", output " + llvm::Twine(index) + ": " +
                differenceText(reference, got.data[error.at], error.at));
  }
  require(row, first.guardsIntact, way + " writes outside of its arguments");
  require(row, first.inputsIntact, way + " writes to an input");
  for (const Sharing &sharing : others) {
    Outcome again = kernel.run(way, sharing);
    StringRef how = sharing == apart ? ", run again," : ", run in place,";
    require(row, again.failure.empty(), way + how + " " + again.failure);
    if (!again.failure.empty())
      return;
    for (auto [index, output] : llvm::enumerate(again.outputs))
      require(row, output.data == first.outputs[index].data || !row.ok,
              way + how + " gives other bits in output " + llvm::Twine(index));
    require(row, again.guardsIntact && again.inputsIntact, way + how + " writes where it should not");
  }
}

} // namespace

LogicalResult samba::oracle::checkKernels(ModuleOp module, KernelRunner &runner, uint64_t seed,
                                          Report &report, int64_t runs) {
  llvm::StringMap<std::set<Sharing>> sharings = sharingsOf(module);
  for (auto [index, kernel] : llvm::enumerate(module.getOps<KernelOp>())) {
    Random random(seed + index);
    FailureOr<Sample> sample = drawSample(kernel.getBody().front(), random);
    if (failed(sample))
      return failure();
    FailureOr<SmallVector<double>> limits = limitsOf(kernel, *sample);
    FailureOr<SmallVector<std::string>> ways = runner.ways(kernel);
    if (failed(limits) || failed(ways))
      return failure();
    Operation *root;
    Row row{titleOf(kernel, root), "", {}, {}, 0, true, ""};
    row.shape = root->getNumOperands() ? shapesOf(root->getOperandTypes()) : shapesOf(root->getResultTypes());
    KernelRun run(runner, kernel, std::move(*sample), random);
    for (StringRef way : *ways)
      checkWay(run, way, *limits, greatest(kernel, &Rule::floor), sharings[kernel.getSymName()], runs, row);
    report.rows.push_back(std::move(row));
  }
  return success();
}
