// Reads manifest.json into a Bundle, checking type and range of every value on the way. Unknown fields are
// ignored; a change that an old player must not overlook raises the version.
#include "runtime/JsonPlace.h"
#include "runtime/bundle/BundleChecks.h"
#include "runtime/bundle/GpuKernelReader.h"

#include <set>

namespace samba {

namespace {

constexpr int64_t kVersion = 2;
constexpr int64_t kMaxDim = int64_t(1) << 40;
constexpr size_t kMaxRank = 8;

DType readDType(const JsonPlace &place) {
  std::string text = place.text();
  for (DType dtype : {DType::F32, DType::I32, DType::I64, DType::BF16})
    if (text == name(dtype))
      return dtype;
  place.fail("expected 'f32', 'i32', 'i64' or 'bf16', got '", text, "'");
}

Segment readSegment(const JsonPlace &place) {
  std::string text = place.text();
  for (size_t i = 0; i < kSegments; ++i)
    if (text == name(Segment(i)))
      return Segment(i);
  place.fail("unknown segment '", text,
             "'; expected params, grads, moment1, moment2, weights, state, io or arena");
}

int64_t readOffset(const JsonPlace &place, int64_t alignment = kAlignment) {
  int64_t offset = place.integer(0, kMaxBytes);
  if (offset % alignment != 0)
    place.fail("expected a multiple of ", alignment, ", got ", offset);
  return offset;
}

std::string readName(const JsonPlace &place) {
  std::string text = place.text();
  if (text.empty())
    place.fail("expected a name, got an empty string");
  return text;
}

void readTensor(const JsonPlace &place, Tensor &tensor) {
  tensor.name = readName(place["name"]);
  tensor.dtype = readDType(place["dtype"]);
  JsonPlace shape = place["shape"];
  if (shape.size() > kMaxRank)
    shape.fail("expected at most ", kMaxRank, " dimensions, got ", shape.size());
  int64_t bytes = byteSize(tensor.dtype);
  for (size_t i = 0; i < shape.size(); ++i) {
    tensor.shape.push_back(shape.at(i).integer(1, kMaxDim));
    if (__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes) || bytes > kMaxBytes)
      shape.fail("more than ", kMaxBytes, " bytes");
  }
  tensor.offset = readOffset(place["offset"]);
}

Init readInit(const JsonPlace &place) {
  Init init;
  std::string kind = place["kind"].text();
  auto notNegative = [&](const char *field) {
    double value = place[field].number();
    if (value < 0)
      place[field].fail("expected a number of at least 0, got ", value);
    return value;
  };
  if (kind == "constant") {
    init.kind = Init::Kind::Constant;
    init.value = place["value"].number();
  } else if (kind == "normal") {
    init.kind = Init::Kind::Normal;
    init.std = notNegative("std");
  } else if (kind == "uniform") {
    init.kind = Init::Kind::Uniform;
    init.bound = notNegative("bound");
  } else if (kind == "log_range") {
    init.kind = Init::Kind::LogRange;
  } else if (kind == "inverse_softplus_log_uniform") {
    init.kind = Init::Kind::InverseSoftplusLogUniform;
    init.low = notNegative("low");
    init.high = notNegative("high");
    init.floorAt = notNegative("floor");
    if (init.low <= 0 || init.high < init.low)
      place.fail("expected 0 < low <= high, got ", init.low, " and ", init.high);
  } else {
    place["kind"].fail("unknown initializer '", kind,
                       "'; expected constant, normal, uniform, log_range or inverse_softplus_log_uniform");
  }
  return init;
}

std::vector<Parameter> readParameters(const JsonPlace &list) {
  std::vector<Parameter> parameters(list.size());
  for (size_t i = 0; i < parameters.size(); ++i) {
    JsonPlace place = list.at(i);
    Parameter &parameter = parameters[i];
    readTensor(place, parameter);
    if (parameter.dtype != DType::F32)
      place["dtype"].fail("expected 'f32', got '", name(parameter.dtype), "'");
    parameter.rowStride = parameter.channels();
    if (auto stride = place.find("row_stride")) {
      int64_t most = kMaxBytes / byteSize(DType::F32) / (parameter.elements() / parameter.channels());
      parameter.rowStride = stride->integer(parameter.channels(), most);
    }
    parameter.weightDecay = place["weight_decay"].boolean();
    parameter.trainable = place["trainable"].boolean();
    parameter.init = readInit(place["init"]);
    if (parameter.init.kind == Init::Kind::LogRange && parameter.shape.empty())
      place["init"].fail("'log_range' needs a shape with at least one dimension");
  }
  return parameters;
}

std::vector<Tensor> readPorts(const JsonPlace &list) {
  std::vector<Tensor> ports(list.size());
  for (size_t i = 0; i < ports.size(); ++i) {
    readTensor(list.at(i), ports[i]);
    JsonPlace segment = list.at(i)["segment"];
    if (readSegment(segment) != Segment::Io)
      segment.fail("expected 'io', got '", segment.text(), "'");
  }
  return ports;
}

Arg readArg(const JsonPlace &place, const Bundle &bundle, const Entry &entry) {
  if (place.size() != 4)
    place.fail("expected [segment, offset, bytes, dtype], got ", place.size(), " elements");
  Arg arg;
  arg.segment = readSegment(place.at(0));
  arg.dtype = readDType(place.at(3));
  // Some channels of a buffer start between its multiples of 64.
  arg.offset = readOffset(place.at(1), byteSize(arg.dtype));
  arg.bytes = place.at(2).integer(0, kMaxBytes);
  int64_t limit = arg.segment == Segment::Arena ? entry.arenaBytes : bundle.segmentBytes[size_t(arg.segment)];
  if (arg.offset + arg.bytes > limit)
    place.fail("ends at byte ", arg.offset + arg.bytes, " of segment '", name(arg.segment), "', which has ",
               limit);
  return arg;
}

Launch readLaunch(const JsonPlace &place, const Bundle &bundle, const Entry &entry) {
  Launch launch;
  JsonPlace kernel = place["kernel"], args = place["args"], outputs = place["outputs"];
  launch.kernel = size_t(kernel.integer(0, INT64_MAX));
  if (launch.kernel >= bundle.kernels.size())
    kernel.fail("expected the index of one of ", bundle.kernels.size(), " kernels, got ", launch.kernel);
  launch.grid = place["grid"].integer(1, bundle.isForGpu() ? 1 : kMaxDim);
  for (size_t i = 0, count = args.size(); i < count; ++i)
    launch.args.push_back(readArg(args.at(i), bundle, entry));
  for (size_t i = 0, count = outputs.size(); i < count; ++i) {
    launch.outputs.push_back(size_t(outputs.at(i).integer(0, INT64_MAX)));
    if (launch.outputs.back() >= launch.args.size())
      outputs.at(i).fail("expected the index of one of ", launch.args.size(), " args, got ",
                         launch.outputs.back());
  }
  launch.label = place["label"].text();
  launch.flops = place["flops"].integer(0, kMaxBytes);
  launch.bytes = place["bytes"].integer(0, kMaxBytes);
  return launch;
}

Entry readEntry(const std::string &name, const JsonPlace &place, const Bundle &bundle) {
  Entry entry;
  entry.name = name;
  if (auto batch = place.find("batch"))
    entry.batch = batch->integer(0, kMaxDim);
  if (auto seq = place.find("seq"))
    entry.seq = seq->integer(0, kMaxDim);
  entry.arenaBytes = place["arena_bytes"].integer(0, kMaxBytes);
  entry.inputs = readPorts(place["inputs"]);
  entry.outputs = readPorts(place["outputs"]);
  JsonPlace launches = place["launches"];
  for (size_t i = 0, count = launches.size(); i < count; ++i)
    entry.launches.push_back(readLaunch(launches.at(i), bundle, entry));
  return entry;
}

/// Gradients and moments are laid out as the parameters, or not there; so are the weights at half the size,
/// which the host has none of.
void readSegments(const JsonPlace &place, Bundle &bundle) {
  int64_t params = place[name(Segment::Params)].integer(0, kMaxBytes);
  for (size_t i = 0; i < size_t(Segment::Arena); ++i) {
    JsonPlace segment = place[name(Segment(i))];
    int64_t bytes = bundle.segmentBytes[i] = segment.integer(0, kMaxBytes);
    if (Segment(i) < Segment::Weights && bytes != 0 && bytes != params)
      segment.fail("expected 0 or ", params, ", the bytes of 'params', got ", bytes);
    if (Segment(i) == Segment::Weights && bytes != 0 && (!bundle.isForGpu() || bytes != params / 2))
      segment.fail("expected 0", bundle.isForGpu() ? " or half the bytes of 'params'" : " on the host",
                   ", got ", bytes);
  }
}

void readKernels(const JsonPlace &list, Bundle &bundle) {
  std::set<std::string> names;
  for (size_t i = 0, count = list.size(); i < count; ++i) {
    JsonPlace place = list.at(i);
    Kernel kernel;
    kernel.name = readName(place["name"]);
    kernel.scratchBytes = place["scratch_bytes"].integer(0, kMaxBytes);
    if (!names.insert(kernel.name).second)
      place["name"].fail("'", kernel.name, "' comes twice");
    if (bundle.isForGpu())
      readGpuKernel(place, kernel);
    bundle.kernels.push_back(std::move(kernel));
  }
}

/// The file that holds the kernels, and of the GPU what is in it.
void readKernelsFile(const JsonPlace &root, Bundle &bundle) {
  std::string kernels = readName(root["kernels_file"]);
  if (kernels.find('/') != std::string::npos || kernels == "." || kernels == "..")
    root["kernels_file"].fail("expected a file name without folders, got '", kernels, "'");
  bundle.kernelsFile = bundle.folder / kernels;
  if (!bundle.isForGpu())
    return;
  std::string extension = bundle.kernelsFile.extension().string();
  if (extension != ".cubin" && extension != ".ptx")
    root["kernels_file"].fail("expected a name that ends in '.cubin' or '.ptx', got '", kernels, "'");
  bundle.imageFormat = extension == ".ptx" ? ImageFormat::Ptx : ImageFormat::Cubin;
}

/// What kind of file it is and who can play it.
void readHeader(const JsonPlace &root, Bundle &bundle) {
  if (root["format"].text() != "samba-bundle")
    root["format"].fail("expected 'samba-bundle', got '", root["format"].text(), "'");
  if (int64_t version = root["version"].integer(0, INT64_MAX); version != kVersion)
    root["version"].fail("expected ", kVersion, ", got ", version,
                         "; compile the spec again with this version's ", "'samba-run compile'");
  bundle.target = root["target"].text();
  if (bundle.target != "host" && bundle.target != "sm_90a")
    root["target"].fail("expected 'host' or 'sm_90a', got '", bundle.target,
                        "'; compile the spec with --target host or --target sm_90a");
  bundle.compiler = root["compiler"].text();
  bundle.digest = root["digest"].text();
  bundle.spec = root["spec"].text();
  bundle.info = root["info"].object().dump();
  JsonPlace model = root["model"];
  bundle.modelName = readName(model["name"]);
  bundle.vocabSize = model["vocab_size"].integer(1, INT32_MAX);
  if (!model["max_context"].isNull())
    bundle.maxContext = model["max_context"].integer(1, kMaxDim);
}

} // namespace

Bundle Bundle::load(const std::filesystem::path &folder) {
  std::filesystem::path path = folder / "manifest.json";
  if (!std::filesystem::exists(path))
    throw Error("'", folder.string(),
                "' is not a bundle: it has no manifest.json; 'samba-run compile' makes one");
  std::string file = path.string();
  nlohmann::json json = readJson(path);
  JsonPlace root(json, file);

  Bundle bundle;
  bundle.folder = folder;
  readHeader(root, bundle);
  readKernelsFile(root, bundle);
  readSegments(root["segments"], bundle);
  readKernels(root["kernels"], bundle);
  bundle.parameters = readParameters(root["parameters"]);
  JsonPlace state = root["state"], entries = root["entries"];
  bundle.state.resize(state.size());
  for (size_t i = 0; i < bundle.state.size(); ++i)
    readTensor(state.at(i), bundle.state[i]);
  for (const auto &[name, value] : entries.object().items())
    bundle.entries.emplace(name, readEntry(name, entries[name], bundle));
  checkBundle(bundle, file);
  return bundle;
}

} // namespace samba
