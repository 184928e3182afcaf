// Names, sizes and look-ups of a bundle.
#include "runtime/bundle/Bundle.h"
#include "runtime/Error.h"

#include <algorithm>
#include <numeric>

namespace samba {

const char *name(DType dtype) {
  switch (dtype) {
  case DType::F32:
    return "f32";
  case DType::I32:
    return "i32";
  case DType::I64:
    return "i64";
  case DType::BF16:
    return "bf16";
  }
  return "?";
}

int64_t byteSize(DType dtype) { return dtype == DType::I64 ? 8 : dtype == DType::BF16 ? 2 : 4; }

const char *name(Segment segment) {
  static constexpr const char *names[kSegments] = {"params",  "grads", "moment1", "moment2",
                                                   "weights", "state", "io",      "arena"};
  return names[size_t(segment)];
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

int64_t Tensor::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

int64_t TensorMap::extentBytes() const {
  int64_t bytes = sizes[0] * byteSize(dtype);
  for (size_t i = 0; i < strides.size(); ++i)
    bytes += (sizes[i + 1] - 1) * strides[i];
  return bytes;
}

static const Tensor &find(const std::vector<Tensor> &tensors, const std::string &name, const char *kind,
                          const std::string &entry) {
  std::string known;
  for (const Tensor &tensor : tensors) {
    if (tensor.name == name)
      return tensor;
    known += (known.empty() ? "'" : ", '") + tensor.name + "'";
  }
  throw Error("entry '", entry, "' has no ", kind, " '", name, "'; it has ", known.empty() ? "none" : known);
}

const Tensor &Entry::input(const std::string &which) const { return find(inputs, which, "input", name); }
const Tensor &Entry::output(const std::string &which) const { return find(outputs, which, "output", name); }

bool Entry::hasOutput(const std::string &which) const {
  return std::any_of(outputs.begin(), outputs.end(),
                     [&](const Tensor &tensor) { return tensor.name == which; });
}

bool Entry::isPacked() const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const Tensor &tensor) { return tensor.name == "documents"; });
}

int64_t Entry::flops() const {
  return std::accumulate(launches.begin(), launches.end(), int64_t(0),
                         [](int64_t sum, const Launch &launch) { return sum + launch.flops; });
}

const Entry &Bundle::entry(const std::string &which) const {
  auto found = entries.find(which);
  if (found != entries.end())
    return found->second;
  std::string known;
  for (const auto &[name, entry] : entries)
    known += (known.empty() ? "'" : ", '") + name + "'";
  throw Error("bundle '", folder.string(), "' has no entry '", which, "', only ",
              known.empty() ? "none" : known,
              "; compile the spec again with 'samba-run compile', which makes all of them");
}

int64_t Bundle::parameterCount() const {
  return std::accumulate(parameters.begin(), parameters.end(), int64_t(0),
                         [](int64_t sum, const Parameter &parameter) { return sum + parameter.elements(); });
}

} // namespace samba
