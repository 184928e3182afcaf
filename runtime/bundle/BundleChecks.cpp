// The checks between the parts of a bundle.
#include "runtime/bundle/BundleChecks.h"
#include "runtime/Error.h"

#include <algorithm>
#include <set>

namespace samba {

namespace {

constexpr int64_t kMapAlignment = 16; // of the address in a tensor map

/// Builds the messages of one file.
class Checker {
public:
  Checker(const Bundle &bundle, const std::string &file) : bundle(bundle), file(file) {}

  void run() {
    checkParameters();
    std::vector<const Tensor *> state;
    for (const Tensor &tensor : bundle.state)
      state.push_back(&tensor);
    checkTensors(state, "state", Segment::State);
    if (bundle.maxContext && std::none_of(bundle.state.begin(), bundle.state.end(), isPosition))
      fail("state", "a model with a 'max_context' needs an i64 state called 'position'");
    for (const auto &[name, entry] : bundle.entries)
      checkEntry(entry);
    if (bundle.isForGpu())
      checkGpu();
  }

private:
  static bool isPosition(const Tensor &tensor) {
    return tensor.name == "position" && tensor.dtype == DType::I64;
  }

  template <typename... Parts> [[noreturn]] void fail(const std::string &place, const Parts &...parts) const {
    throw Error("'", file, "': ", place, ": ", parts...);
  }

  int64_t segmentBytes(Segment segment) const { return bundle.segmentBytes[size_t(segment)]; }

  void checkParameters() const {
    std::set<std::string> names;
    int64_t end = 0;
    for (size_t i = 0; i < bundle.parameters.size(); ++i) {
      const Parameter &parameter = bundle.parameters[i];
      std::string place = "parameters[" + std::to_string(i) + "]";
      if (!names.insert(parameter.name).second)
        fail(place + ".name", "'", parameter.name, "' comes twice");
      if (parameter.offset != alignUp(end))
        fail(place + ".offset", "expected ", alignUp(end), ", where the parameter before it ends, got ",
             parameter.offset);
      end = parameter.offset + parameter.extentBytes();
      if (end > segmentBytes(Segment::Params))
        fail(place, "'", parameter.name, "' ends at byte ", end, " of segment 'params', which has ",
             segmentBytes(Segment::Params));
    }
    if (segmentBytes(Segment::Params) > alignUp(end))
      fail("segments.params", "expected at most ", alignUp(end), ", where the last parameter ends, got ",
           segmentBytes(Segment::Params));
  }

  /// Inside the segment, one name each, no two overlapping. `place` is the path of the list.
  void checkTensors(std::vector<const Tensor *> tensors, const std::string &place, Segment segment) const {
    std::set<std::string> names;
    for (const Tensor *tensor : tensors) {
      if (!names.insert(tensor->name).second)
        fail(place, "'", tensor->name, "' comes twice");
      if (tensor->bytes() > segmentBytes(segment) - tensor->offset)
        fail(place, "'", tensor->name, "' at offset ", tensor->offset, " with ", tensor->bytes(),
             " bytes does not fit segment '", name(segment), "' of ", segmentBytes(segment), " bytes");
    }
    std::sort(tensors.begin(), tensors.end(),
              [](const Tensor *a, const Tensor *b) { return a->offset < b->offset; });
    for (size_t i = 1; i < tensors.size(); ++i)
      if (tensors[i - 1]->offset + tensors[i - 1]->bytes() > tensors[i]->offset)
        fail(place, "'", tensors[i - 1]->name, "' and '", tensors[i]->name, "' overlap at offset ",
             tensors[i]->offset);
  }

  void expectTensor(const std::string &place, const std::vector<Tensor> &tensors, const char *wanted,
                    DType dtype, const std::vector<int64_t> &shape) const {
    for (const Tensor &tensor : tensors) {
      if (tensor.name != wanted)
        continue;
      if (tensor.dtype != dtype || tensor.shape != shape)
        fail(place, "'", wanted, "': expected ", name(dtype), " ", shapeText(shape), ", got ",
             name(tensor.dtype), " ", shapeText(tensor.shape));
      return;
    }
    fail(place, "expected '", wanted, "', ", name(dtype), " ", shapeText(shape), ", found none");
  }

  /// The inputs and outputs of the entries the player's verbs use.
  void checkEntry(const Entry &entry) const {
    std::string place = "entries." + entry.name, inputs = place + ".inputs", outputs = place + ".outputs";
    checkTensors(portsOf(entry), place, Segment::Io);

    if (entry.name == "update") {
      expectTensor(inputs, entry.inputs, "hyper", DType::F32, {9});
      expectTensor(outputs, entry.outputs, "grad_norm", DType::F32, {});
      return;
    }
    bool loss = entry.name == "train" || entry.name == "eval";
    bool logits = entry.name == "prefill" || entry.name == "decode";
    if (!loss && !logits)
      return;
    if (entry.batch < 1 || entry.seq < 1)
      fail(place, "expected 'batch' and 'seq' of at least 1, got ", entry.batch, " and ", entry.seq);
    if (entry.name == "decode" && entry.seq != 1)
      fail(place + ".seq", "expected 1, got ", entry.seq);
    expectTensor(inputs, entry.inputs, "tokens", DType::I32, {entry.batch, entry.seq});
    if (loss) {
      expectTensor(inputs, entry.inputs, "targets", DType::I32, {entry.batch, entry.seq});
      if (entry.isPacked())
        expectTensor(inputs, entry.inputs, "documents", DType::I32, {entry.batch, entry.seq});
      expectTensor(outputs, entry.outputs, "loss", DType::F32, {});
    } else {
      expectTensor(outputs, entry.outputs, "logits", DType::F32, {entry.batch, entry.seq, bundle.vocabSize});
    }
    if (entry.name == "decode" && entry.hasOutput("drawn")) { // it samples
      expectTensor(inputs, entry.inputs, "sampling", DType::F32, {4});
      expectTensor(inputs, entry.inputs, "seed", DType::I32, {2});
      expectTensor(outputs, entry.outputs, "tokens", DType::I32, {entry.batch, 1});
      expectTensor(outputs, entry.outputs, "drawn", DType::I32, {entry.batch, 1});
    }
  }

  /// Inputs and outputs; what is both counts once.
  static std::vector<const Tensor *> portsOf(const Entry &entry) {
    auto isInput = [&](const Tensor &output) {
      return std::any_of(entry.inputs.begin(), entry.inputs.end(), [&](const Tensor &input) {
        return input.name == output.name && input.offset == output.offset && input.dtype == output.dtype &&
               input.shape == output.shape;
      });
    };
    std::vector<const Tensor *> ports;
    for (const Tensor &input : entry.inputs)
      ports.push_back(&input);
    for (const Tensor &output : entry.outputs)
      if (!isInput(output))
        ports.push_back(&output);
    return ports;
  }

  void checkGpu() const {
    checkImages();
    for (const auto &[name, entry] : bundle.entries)
      for (size_t i = 0; i < entry.launches.size(); ++i)
        checkParams(entry.launches[i], "entries." + name + ".launches[" + std::to_string(i) + "]");
    if (segmentBytes(Segment::Weights) == 0)
      return;
    auto sync = bundle.entries.find("sync_weights");
    if (sync == bundle.entries.end())
      fail("entries", "expected 'sync_weights', which makes segment 'weights', found none");
    if (!sync->second.inputs.empty() || !sync->second.outputs.empty())
      fail("entries.sync_weights", "expected no inputs and no outputs");
  }

  void checkImages() const {
    std::error_code error;
    auto size = std::filesystem::file_size(bundle.kernelsFile, error);
    if (error)
      throw Error("cannot read '", bundle.kernelsFile.string(), "': ", error.message(),
                  "; compile the spec again");
    for (size_t k = 0; k < bundle.kernels.size(); ++k)
      if (int64_t end = bundle.kernels[k].imageOffset + bundle.kernels[k].imageBytes; uint64_t(end) > size)
        fail("kernels[" + std::to_string(k) + "].image", "ends at byte ", end, " of '",
             bundle.kernelsFile.filename().string(), "', which has ", size);
  }

  /// What the functions of a kernel are given lies in the arguments of this launch of it, and in scratch.
  void checkParams(const Launch &launch, const std::string &place) const {
    const Kernel &kernel = bundle.kernels[launch.kernel];
    for (size_t i = 0; i < kernel.launches.size(); ++i)
      for (size_t p = 0; p < kernel.launches[i].params.size(); ++p) {
        std::string what = "parameter " + std::to_string(p) + " of '" + kernel.launches[i].function + "'";
        checkParam(kernel.launches[i].params[p], launch, kernel, place, what);
      }
  }

  void checkParam(const GpuParam &param, const Launch &launch, const Kernel &kernel, const std::string &place,
                  const std::string &what) const {
    if (param.arg && *param.arg >= launch.args.size())
      fail(place, what, ": expected the index of one of ", launch.args.size(), " args, got ", *param.arg);
    const Arg *arg = param.arg ? &launch.args[*param.arg] : nullptr;
    int64_t end = param.offset, limit = arg ? arg->bytes : kernel.scratchBytes;
    if (param.map && (param.offset + (arg ? arg->offset : 0)) % kMapAlignment != 0)
      fail(place, what, ": expected a tensor that begins at a multiple of ", kMapAlignment, " bytes, got ",
           param.offset + (arg ? arg->offset : 0));
    if (param.map)
      end += param.map->extentBytes();
    if (end > limit)
      fail(place, what, ": ends at byte ", end, " of ",
           arg ? "args[" + std::to_string(*param.arg) + "]" : "scratch", ", which has ", limit);
  }

  const Bundle &bundle;
  const std::string &file;
};

} // namespace

void checkBundle(const Bundle &bundle, const std::string &file) { Checker(bundle, file).run(); }

} // namespace samba
