//===- KernelCheck.cpp - Compiled host kernels against the oracle --------------------------------------===//
#include "test/oracle/KernelCheck.h"
#include "test/oracle/GuardedBuffer.h"
#include "test/oracle/Sample.h"
#include "test/oracle/Semantics.h"
#include "llvm/Support/Alignment.h"
#include <dlfcn.h>
#include <set>

using namespace mlir;
using namespace samba;
using namespace samba::oracle;

namespace {

/// For each output the input whose memory it shares, or -1.
using Sharing = SmallVector<int64_t>;

using Function = void (*)(void *const *args, int64_t cell, void *scratch);

/// The library, closed at the end.
class Library {
public:
  explicit Library(StringRef path) : handle(dlopen(path.str().c_str(), RTLD_NOW | RTLD_LOCAL)) {}
  ~Library() {
    if (handle)
      dlclose(handle);
  }
  Library(const Library &) = delete;

  explicit operator bool() const { return handle; }
  Function find(const std::string &symbol) {
    return reinterpret_cast<Function>(dlsym(handle, symbol.c_str()));
  }

private:
  void *handle;
};

/// What one run left behind.
struct Outcome {
  std::vector<Tensor> outputs;
  bool guardsIntact = true, inputsIntact = true;
};

/// One kernel with its inputs and what they should give.
class KernelRun {
public:
  KernelRun(KernelOp kernel, Sample sample, Random &random)
      : kernel(kernel), sample(std::move(sample)), random(random), types(kernel.argumentTypes()) {}

  const Sample &reference() const { return sample; }

  Outcome run(Function function, ArrayRef<int64_t> sharing) {
    size_t inputs = sample.inputs.size();
    std::vector<GuardedBuffer> buffers;
    for (auto [type, stride] : llvm::zip(types, kernel.getRowStrides()))
      buffers.emplace_back(cast<RankedTensorType>(type), stride);
    for (size_t i = 0; i < inputs; ++i)
      buffers[i].fill(sample.inputs[i]);

    SmallVector<size_t> home; // of each argument
    for (size_t i = 0; i < buffers.size(); ++i)
      home.push_back(i >= inputs && sharing[i - inputs] >= 0 ? sharing[i - inputs] : i);
    SmallVector<void *> args;
    for (size_t i : home)
      args.push_back(buffers[i].data());
    runCells(function, args);

    Outcome outcome;
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
  /// All cells in a random order, each with poisoned scratch memory.
  void runCells(Function function, ArrayRef<void *> args) {
    std::vector<int64_t> cells(kernel.getGrid().value_or(1));
    std::iota(cells.begin(), cells.end(), 0);
    for (size_t i = cells.size(); i > 1; --i)
      std::swap(cells[i - 1], cells[random.integer(0, int64_t(i))]);
    int64_t scratchBytes = kernel.getScratchBytes().value_or(0);
    std::vector<char> scratch(scratchBytes + 64);
    void *aligned = reinterpret_cast<void *>(llvm::alignAddr(scratch.data(), llvm::Align(64)));
    for (int64_t cell : cells) {
      std::fill(scratch.begin(), scratch.end(), char(0xff));
      function(args.data(), cell, aligned);
    }
  }

  KernelOp kernel;
  Sample sample;
  Random &random;
  SmallVector<Type> types;
};

/// The suffixes of the functions that this processor can run.
SmallVector<StringRef> instructionSets() {
  SmallVector<StringRef> sets;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    sets.push_back("avx2");
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    sets.push_back("avx512");
  return sets;
}

/// How the module's launches of each kernel share memory; always also the way without.
llvm::StringMap<std::set<Sharing>> sharings(ModuleOp module) {
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
    text += (text.empty() ? "" : ", ") + shapeText(cast<RankedTensorType>(type).getShape());
  return text;
}

double limitOf(KernelOp kernel) {
  double limit = 0;
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (const Rule *rule = semantics().find(op.getName().getStringRef()))
      limit = std::max(limit, rule->limit);
  return limit;
}

void require(Row &row, bool holds, const llvm::Twine &note) {
  if (!holds && row.ok)
    row.note = note.str();
  row.ok &= holds;
}

/// The first run is compared with the reference, the others with the first.
void checkFunction(KernelRun &kernel, Function function, const std::set<Sharing> &ways,
                   const llvm::Twine &name, Row &row) {
  Sharing apart(kernel.reference().outputs.size(), -1);
  Outcome first = kernel.run(function, apart);
  for (auto [index, reference] : llvm::enumerate(kernel.reference().outputs)) {
    const Tensor &got = first.outputs[index];
    Distance error = distance(reference, got.data);
    row.forward = worse(*row.forward, error.shown(row.limit));
    require(row, error.within(row.limit),
            name + ", output " + llvm::Twine(index) + ": " +
                differenceText(reference, got.data[error.at], error.at));
  }
  require(row, first.guardsIntact, name + " writes outside of its arguments");
  require(row, first.inputsIntact, name + " writes to an input");
  for (const Sharing &way : ways) {
    Outcome again = kernel.run(function, way);
    StringRef how = way == apart ? ", run again," : ", run in place,";
    for (auto [index, output] : llvm::enumerate(again.outputs))
      require(row, output.data == first.outputs[index].data || !row.ok,
              name + how + " gives other bits in output " + llvm::Twine(index));
    require(row, again.guardsIntact && again.inputsIntact, name + how + " writes where it should not");
  }
}

} // namespace

LogicalResult samba::oracle::checkKernels(ModuleOp module, StringRef path, uint64_t seed, Report &report) {
  Library library(path);
  if (!library)
    return module.emitError("cannot load '") << path << "': " << dlerror();
  SmallVector<StringRef> sets = instructionSets();
  if (sets.empty())
    return module.emitError("the host kernels need a processor with AVX2 and FMA");
  llvm::StringMap<std::set<Sharing>> ways = sharings(module);
  for (auto [index, kernel] : llvm::enumerate(module.getOps<KernelOp>())) {
    Random random(seed + index);
    FailureOr<Sample> sample = drawSample(kernel.getBody().front(), random);
    if (failed(sample))
      return failure();
    Operation *root;
    Row row{titleOf(kernel, root), "", 0.0, {}, limitOf(kernel), true, ""};
    row.shape = root->getNumOperands() ? shapesOf(root->getOperandTypes()) : shapesOf(root->getResultTypes());
    KernelRun run(kernel, std::move(*sample), random);
    for (StringRef set : sets) {
      std::string symbol = (kernel.getSymName() + "_" + set).str();
      Function function = library.find(symbol);
      if (!function)
        return kernel.emitError("'") << path << "' has no function '" << symbol << "'";
      checkFunction(run, function, ways[kernel.getSymName()], symbol, row);
    }
    report.rows.push_back(std::move(row));
  }
  return success();
}
