// The checks between the parts of a bundle.
#include "runtime/bundle/BundleChecks.h"
#include "runtime/Error.h"

#include <algorithm>
#include <set>

namespace samba {

namespace {

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
      end = parameter.offset + parameter.bytes();
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
    std::vector<const Tensor *> ports;
    for (const auto *list : {&entry.inputs, &entry.outputs})
      for (const Tensor &tensor : *list)
        ports.push_back(&tensor);
    checkTensors(ports, place, Segment::Io);

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
      expectTensor(outputs, entry.outputs, "loss", DType::F32, {});
    } else {
      expectTensor(outputs, entry.outputs, "logits", DType::F32, {entry.batch, entry.seq, bundle.vocabSize});
    }
  }

  const Bundle &bundle;
  const std::string &file;
};

} // namespace

void checkBundle(const Bundle &bundle, const std::string &file) { Checker(bundle, file).run(); }

} // namespace samba
