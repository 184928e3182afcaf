//===- BundleWriter.cpp - Writes manifest.json and the kernels ------------------------------------------===//
#include "codegen/BundleWriter.h"
#include "codegen/Codegen.h"
#include "codegen/KernelGroup.h"
#include "codegen/targets/host/HostTarget.h"
#include "codegen/targets/nvptx/NvptxTarget.h"
#include "dialect/Samba.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace samba;
namespace json = llvm::json;

namespace {

std::string dtypeOf(Type element) {
  return element.isF32() ? "f32" : element.isBF16() ? "bf16" : element.isInteger(64) ? "i64" : "i32";
}

json::Array shapeOf(ArrayRef<int64_t> shape) { return json::Array(shape); }

/// {kind = "uniform", bound = 0.1} as JSON.
json::Object initOf(DictionaryAttr init) {
  json::Object object;
  for (NamedAttribute entry : init) {
    if (auto text = dyn_cast<StringAttr>(entry.getValue()))
      object[entry.getName().strref()] = text.str();
    else
      object[entry.getName().strref()] = cast<FloatAttr>(entry.getValue()).getValueAsDouble();
  }
  return object;
}

/// The named tensors of a segment, from the module's table.
json::Array tensorsOf(ArrayAttr table, bool parameters) {
  json::Array tensors;
  for (auto entry : table.getAsRange<DictionaryAttr>()) {
    auto type = cast<RankedTensorType>(entry.getAs<TypeAttr>("type").getValue());
    json::Object tensor{{"name", entry.getAs<StringAttr>("name").str()},
                        {"shape", shapeOf(type.getShape())},
                        {"dtype", dtypeOf(type.getElementType())},
                        {"offset", entry.getAs<IntegerAttr>("offset").getInt()}};
    if (parameters) {
      tensor["weight_decay"] = entry.getAs<BoolAttr>("decay").getValue();
      tensor["trainable"] = true;
      tensor["init"] = initOf(entry.getAs<DictionaryAttr>("init"));
      if (auto stride = entry.getAs<IntegerAttr>("row_stride"))
        tensor["row_stride"] = stride.getInt();
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

/// "layers.3: linear (samba-tiny.mlir:7)".
std::string labelOf(Location loc, StringRef kernel) {
  std::string label;
  llvm::raw_string_ostream os(label);
  if (auto name = dyn_cast<NameLoc>(loc)) {
    os << name.getName().strref() << ": ";
    loc = name.getChildLoc();
  }
  os << kernel;
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    os << " (" << llvm::sys::path::filename(file.getFilename().strref()) << ':' << file.getLine() << ')';
  return label;
}

/// A launch argument as [segment, offset, bytes, dtype]; the bytes of a channel slice span all its rows.
json::Array argumentOf(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t last = 0, size = type.getElementTypeBitWidth() / 8;
  for (auto [extent, stride] : llvm::zip(type.getShape(), strides))
    last += (extent - 1) * stride;
  BufferOp whole = bufferOf(buffer);
  return json::Array{whole.getSegment().str(), int64_t(whole.getOffset()) + offset * size, (last + 1) * size,
                     dtypeOf(type.getElementType())};
}

/// Where the image of each GPU kernel lies in the bundle's file of kernels.
using ImageTable = llvm::StringMap<std::pair<int64_t, int64_t>>;

/// The parameter of a GPU function: an address, or the tensor map of what lies there.
json::Object parameterOf(DictionaryAttr parameter) {
  auto number = [](DictionaryAttr from, StringRef name) { return from.getAs<IntegerAttr>(name).getInt(); };
  auto numbers = [](DictionaryAttr from, StringRef name) {
    return json::Array(from.getAs<DenseI64ArrayAttr>(name).asArrayRef());
  };
  json::Object object;
  int64_t argument = number(parameter, "argument"), offset = number(parameter, "offset");
  if (argument < 0)
    object["scratch"] = offset;
  else
    object["arg"] = argument, object["offset"] = offset;
  if (auto map = parameter.getAs<DictionaryAttr>("map"))
    object["map"] = json::Object{{"dtype", map.getAs<StringAttr>("dtype").str()},
                                 {"sizes", numbers(map, "sizes")},
                                 {"strides", numbers(map, "strides")},
                                 {"box", numbers(map, "box")},
                                 {"swizzle", number(map, "swizzle")}};
  return object;
}

class ManifestWriter {
public:
  /// `images` is null on the host.
  ManifestWriter(ModuleOp module, const ImageTable *images) : module(module), images(images) {
    for (KernelOp kernel : module.getOps<KernelOp>()) {
      kernelIndex[kernel.getSymName()] = kernels.size();
      kernels.push_back(kernel);
    }
  }

  json::Object write(const BundleFacts &facts) {
    json::Object segments;
    for (NamedAttribute segment : module->getAttrOfType<DictionaryAttr>("samba.segments"))
      segments[segment.getName().strref()] = cast<IntegerAttr>(segment.getValue()).getInt();
    json::Object model{{"name", module->getAttrOfType<StringAttr>("samba.model_name").str()},
                       {"vocab_size", module->getAttrOfType<IntegerAttr>("samba.vocab_size").getInt()},
                       {"max_context", nullptr}};
    if (auto limit = module->getAttrOfType<IntegerAttr>("samba.max_context"))
      model["max_context"] = limit.getInt();
    json::Object entries;
    for (ProgramOp program : module.getOps<ProgramOp>())
      entries[program.getSymName()] = entryOf(program);
    return json::Object{{"format", "samba-bundle"},
                        {"version", 2},
                        {"target", facts.target},
                        {"compiler", facts.compiler},
                        {"model", std::move(model)},
                        {"digest", facts.digest},
                        {"spec", facts.spec},
                        {"info", llvm::cantFail(json::parse(facts.info))},
                        {"kernels_file", facts.kernelsFile},
                        {"image_format", StringRef(facts.kernelsFile).rsplit('.').second},
                        {"segments", std::move(segments)},
                        {"kernels", kernelTable()},
                        {"parameters", tensorsOf(module->getAttrOfType<ArrayAttr>("samba.parameters"), true)},
                        {"state", tensorsOf(module->getAttrOfType<ArrayAttr>("samba.state_table"), false)},
                        {"entries", std::move(entries)}};
  }

private:
  json::Array kernelTable() {
    json::Array table;
    for (KernelOp kernel : kernels) {
      json::Object entry{{"name", kernel.getSymName().str()},
                         {"scratch_bytes", int64_t(kernel.getScratchBytes().value_or(0))}};
      if (images) {
        auto [offset, bytes] = images->lookup(kernel.getSymName());
        entry["image"] = json::Array{offset, bytes};
        entry["launches"] = launchesOf(kernel);
      }
      table.push_back(std::move(entry));
    }
    return table;
  }

  /// The functions that a GPU kernel launches, in order.
  json::Array launchesOf(KernelOp kernel) {
    json::Array launches;
    for (auto launch : kernel->getAttrOfType<ArrayAttr>("samba.launches").getAsRange<DictionaryAttr>()) {
      auto number = [&](StringRef name) { return launch.getAs<IntegerAttr>(name).getInt(); };
      json::Array parameters;
      for (auto parameter : launch.getAs<ArrayAttr>("parameters").getAsRange<DictionaryAttr>())
        parameters.push_back(parameterOf(parameter));
      launches.push_back(
          json::Object{{"function", launch.getAs<StringAttr>("function").str()},
                       {"grid", json::Array(launch.getAs<DenseI64ArrayAttr>("grid").asArrayRef())},
                       {"threads", number("threads")},
                       {"shared_bytes", number("shared_bytes")},
                       {"cluster", number("cluster")},
                       {"params", std::move(parameters)}});
      if (launch.contains("carveout"))
        (*launches.back().getAsObject())["carveout"] = number("carveout");
    }
    return launches;
  }

  json::Object entryOf(ProgramOp program) {
    json::Array inputs, outputs, launches;
    int64_t batch = 0, seq = 0;
    for (Operation &op : program.getBody().front()) {
      if (auto launch = dyn_cast<LaunchOp>(op))
        launches.push_back(launchOf(launch));
      auto buffer = dyn_cast<BufferOp>(op);
      if (!buffer || !buffer.getRole())
        continue;
      auto type = cast<MemRefType>(buffer.getBuffer().getType());
      json::Object tensor{{"name", buffer.getName()->str()},
                          {"shape", shapeOf(type.getShape())},
                          {"dtype", dtypeOf(type.getElementType())},
                          {"segment", buffer.getSegment().str()},
                          {"offset", int64_t(buffer.getOffset())}};
      if (*buffer.getName() == "tokens")
        batch = type.getShape()[0], seq = type.getShape()[1];
      StringRef role = *buffer.getRole();
      if (role != "output")
        inputs.push_back(json::Object(tensor));
      if (role != "input")
        outputs.push_back(std::move(tensor));
    }
    return json::Object{{"batch", batch},
                        {"seq", seq},
                        {"arena_bytes", int64_t(program.getArenaBytes())},
                        {"inputs", std::move(inputs)},
                        {"outputs", std::move(outputs)},
                        {"launches", std::move(launches)}};
  }

  json::Object launchOf(LaunchOp launch) {
    unsigned index = kernelIndex.lookup(launch.getKernel());
    KernelOp kernel = kernels[index];
    json::Array args, outputs;
    int64_t flops = 0;
    for (Value buffer : launch->getOperands())
      args.push_back(argumentOf(buffer));
    for (unsigned i = launch.getInputs().size(); i < launch->getNumOperands(); ++i)
      outputs.push_back(i);
    kernel.walk([&](CostOpInterface op) { flops += op.flops(); });
    return json::Object{{"kernel", index},
                        {"grid", int64_t(kernel.getGrid().value_or(1))},
                        {"args", std::move(args)},
                        {"outputs", std::move(outputs)},
                        {"label", labelOf(launch.getLoc(), launch.getKernel())},
                        {"flops", flops},
                        {"bytes", bytesMoved(kernel)}};
  }

  /// What a launch must read and write: of an input, the most that an op of the kernel reads of it.
  static int64_t bytesMoved(KernelOp kernel) {
    auto bytes = [](Value tensor, int64_t elements) {
      return elements * (cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth() / 8);
    };
    int64_t sum = 0;
    for (BlockArgument input : kernel.getBody().getArguments()) {
      int64_t most = 0;
      for (OpOperand &use : input.getUses())
        if (auto cost = dyn_cast<CostOpInterface>(use.getOwner()))
          most = std::max(most, cost.elementsRead(use.getOperandNumber()));
      sum += bytes(input, most);
    }
    for (Value output : kernel.outputs()) {
      auto result = cast<OpResult>(output);
      if (auto cost = dyn_cast<CostOpInterface>(result.getOwner()))
        sum += bytes(output, cost.elementsWritten(result.getResultNumber()));
    }
    return sum;
  }

  ModuleOp module;
  const ImageTable *images;
  SmallVector<KernelOp> kernels;
  llvm::StringMap<unsigned> kernelIndex;
};

} // namespace

/// Writes a whole file.
static LogicalResult writeFile(ModuleOp module, StringRef path,
                               llvm::function_ref<void(llvm::raw_ostream &)> write) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    write(os);
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return module.emitError("cannot write '") << path << "': " << error.message();
  return success();
}

/// Writes the images of all GPU kernels one after another: cubins, or PTX where there is no ptxas.
static FailureOr<ImageTable> writeImages(ModuleOp module, StringRef path,
                                         ArrayRef<samba::gpu::Image> images) {
  constexpr int64_t alignment = 16;
  ImageTable table;
  std::string file;
  for (const samba::gpu::Image &image : images) {
    file.resize(llvm::alignTo(file.size(), alignment));
    bool isPtx = image.cubin.empty();
    const std::string &bytes = isPtx ? image.ptx : image.cubin;
    table[image.kernel] = {int64_t(file.size()), int64_t(bytes.size()) + isPtx};
    file.append(bytes.c_str(), bytes.size() + isPtx); // PTX with the NUL that ends it
  }
  if (failed(writeFile(module, path, [&](llvm::raw_ostream &os) { os << file; })))
    return failure();
  return table;
}

/// Says which kernels ptxas could not compile as they were written.
static void warnOfReports(ModuleOp module, ArrayRef<samba::gpu::Image> images) {
  for (const samba::gpu::Image &image : images)
    for (const samba::gpu::Report &report : image.reports)
      if (!report.isClean())
        module.lookupSymbol(image.kernel)->emitWarning("ptxas on '")
            << report.function << "': " << report.text();
}

LogicalResult samba::writeBundle(ModuleOp module, BundleFacts facts, StringRef folder) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder, /*IgnoreExisting=*/false))
    return module.emitError("cannot create folder '") << folder << "': " << error.message();
  auto inFolder = [&](StringRef name) {
    SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return path;
  };
  std::optional<ImageTable> images;
  facts.kernelsFile = "kernels.so";
  if (samba::gpu::gpuModule(module)) {
    FailureOr<std::vector<samba::gpu::Image>> compiled = samba::gpu::compileKernels(module);
    if (failed(compiled))
      return failure();
    warnOfReports(module, *compiled);
    facts.kernelsFile =
        !compiled->empty() && compiled->front().cubin.empty() ? "kernels.ptx" : "kernels.cubin";
    FailureOr<ImageTable> table = writeImages(module, inFolder(facts.kernelsFile), *compiled);
    if (failed(table))
      return failure();
    images = std::move(*table);
  } else if (failed(host::buildSharedLibrary(hostModules(module), inFolder(facts.kernelsFile)))) {
    return failure();
  }
  return writeFile(module, inFolder("manifest.json"), [&](llvm::raw_ostream &os) {
    os << json::Value(ManifestWriter(module, images ? &*images : nullptr).write(facts)) << '\n';
  });
}
