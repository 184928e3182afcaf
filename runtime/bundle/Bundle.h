// A compiled model as plain structs: what manifest.json of a bundle says, checked once when it is loaded.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace samba {

/// Element types of buffers.
enum class DType { F32, I32, I64, BF16 };

/// "f32", "i32", "i64" or "bf16".
const char *name(DType dtype);
/// Bytes of one element.
int64_t byteSize(DType dtype);

/// The memories a launch may point into. All but Arena are shared by the entries of a bundle; the first four
/// have one layout: a parameter, its gradient and its moments lie at the same offset. Weights holds the
/// parameters rounded to bf16, at half their offsets.
enum class Segment { Params, Grads, Moment1, Moment2, Weights, State, Io, Arena };
inline constexpr size_t kSegments = 8;

/// "params", "grads", "moment1", "moment2", "weights", "state", "io" or "arena".
const char *name(Segment segment);

/// "[8, 256]"; a scalar is "[]".
std::string shapeText(const std::vector<int64_t> &shape);

/// How a parameter starts; `samba::initialize` gives the equations.
struct Init {
  enum class Kind { Constant, Normal, Uniform, LogRange, InverseSoftplusLogUniform };
  Kind kind = Kind::Constant;
  double value = 0;                      ///< Constant
  double std = 0;                        ///< Normal
  double bound = 0;                      ///< Uniform
  double low = 0, high = 0, floorAt = 0; ///< InverseSoftplusLogUniform
};

/// One tensor of a segment: a parameter (with the three fields of training), or a part of the state.
struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
  DType dtype = DType::F32;
  int64_t offset = 0; ///< in its segment, bytes, a multiple of 64

  int64_t elements() const;
  int64_t bytes() const { return elements() * byteSize(dtype); }
};

/// A parameter is always f32. Rows of its last dimension may lie apart, with zeros between them.
struct Parameter : Tensor {
  int64_t rowStride = 1; ///< elements from row to row

  int64_t channels() const { return shape.empty() ? 1 : shape.back(); }
  /// Elements of the segment from the parameter's first to this one.
  int64_t placeOf(int64_t element) const { return element / channels() * rowStride + element % channels(); }
  int64_t extentBytes() const { return elements() / channels() * rowStride * byteSize(dtype); }

  bool weightDecay = true;
  bool trainable = true;
  Init init;
};

/// An argument of a launch: `bytes` bytes at `offset` of a segment, a buffer or a slice of one.
struct Arg {
  Segment segment = Segment::Arena;
  int64_t offset = 0;
  int64_t bytes = 0;
  DType dtype = DType::F32; ///< of its elements
};

/// One kernel over a grid of independent cells. A kernel for the GPU knows its grid itself.
struct Launch {
  size_t kernel = 0; ///< index into Bundle::kernels
  int64_t grid = 1;  ///< cells; 1 on the GPU
  std::vector<Arg> args;
  std::vector<size_t> outputs; ///< which args it writes
  std::string label;           ///< layer, op and line of the spec, for messages
  int64_t flops = 0, bytes = 0;
};

/// A function of the model: inputs are written, launches run in order, outputs are read. Inputs and outputs
/// lie in the io segment; an output with the name of an input takes its place.
struct Entry {
  std::string name;
  int64_t batch = 0, seq = 0; ///< 0 where they mean nothing (update)
  int64_t arenaBytes = 0;
  std::vector<Tensor> inputs, outputs;
  std::vector<Launch> launches;

  /// The input (output) called `name`; throws Error listing the ones there are.
  const Tensor &input(const std::string &name) const;
  const Tensor &output(const std::string &name) const;
  bool hasOutput(const std::string &name) const;
  /// Whether several documents share a row: it then has the input `documents`, [batch, seq] i32, for each
  /// token the place of its document's first token in the row (0 or less for a document that began before).
  bool isPacked() const;
  /// Sum over the launches.
  int64_t flops() const;
};

/// What the GPU's copy engine is told of a tensor: becomes a CUtensorMap. Sizes innermost first.
struct TensorMap {
  DType dtype = DType::BF16;    ///< BF16 or F32
  std::vector<int64_t> sizes;   ///< elements, of 1 to 5 dimensions
  std::vector<int64_t> strides; ///< bytes, of all dimensions but the innermost
  std::vector<int64_t> box;     ///< elements of one copy
  int64_t swizzle = 0;          ///< bytes: 0, 32, 64 or 128

  /// From the first byte to the end of the last element.
  int64_t extentBytes() const;
};

/// A parameter of a GPU function: a device address, or a tensor map of what begins there.
struct GpuParam {
  std::optional<size_t> arg; ///< an argument of the kernel's launch; none: scratch memory
  int64_t offset = 0;        ///< bytes
  std::optional<TensorMap> map;
};

/// One grid of blocks.
struct GpuLaunch {
  std::string function;
  std::array<int64_t, 3> grid = {1, 1, 1}; ///< blocks
  int64_t threads = 32;                    ///< per block
  int64_t sharedBytes = 0;                 ///< dynamic, per block
  std::optional<int64_t> carveout;         ///< percent of a multiprocessor's cache to be shared memory
  int64_t cluster = 1;                     ///< blocks of a cluster, along the first axis
  std::vector<GpuParam> params;
};

struct Kernel {
  std::string name;         ///< on the host: symbol without the suffix of its instruction set
  int64_t scratchBytes = 0; ///< on the host of each thread, on the GPU of a launch of the kernel
  // On the GPU only:
  int64_t imageOffset = 0, imageBytes = 0; ///< of the module with its functions, in Bundle::kernelsFile
  std::vector<GpuLaunch> launches;         ///< what one launch of the kernel launches, in order
};

/// What the images of GPU kernels are: machine code, or text that the driver compiles.
enum class ImageFormat { Cubin, Ptx };

struct Bundle {
  std::filesystem::path folder;
  std::string target, compiler, digest, spec;
  std::string info; ///< JSON text of the compiler's free-form report
  std::string modelName;
  int64_t vocabSize = 0;
  std::optional<int64_t> maxContext; ///< the most tokens a state can hold; none: no limit
  std::filesystem::path kernelsFile;
  ImageFormat imageFormat = ImageFormat::Cubin;
  std::array<int64_t, kSegments> segmentBytes{}; ///< Arena stays 0: it belongs to the entries
  std::vector<Kernel> kernels;
  std::vector<Parameter> parameters;
  std::vector<Tensor> state;
  std::map<std::string, Entry> entries;

  /// Reads and checks `folder`/manifest.json. Throws Error naming the place in the file, the value and the
  /// limit.
  static Bundle load(const std::filesystem::path &folder);

  bool isForGpu() const { return target != "host"; }
  bool has(const std::string &entry) const { return entries.count(entry) != 0; }
  /// The entry called `name`; throws Error saying how to compile a bundle that has it.
  const Entry &entry(const std::string &name) const;
  /// Number of elements of all parameters.
  int64_t parameterCount() const;
};

} // namespace samba
