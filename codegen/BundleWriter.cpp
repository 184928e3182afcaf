//===- BundleWriter.cpp - Writes manifest.json and kernels.so -------------------------------------------===//
#include "codegen/BundleWriter.h"
#include "codegen/Codegen.h"
#include "codegen/targets/host/HostTarget.h"
#include "dialect/Samba.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace samba;
namespace json = llvm::json;

namespace {

std::string dtypeOf(Type element) { return element.isF32() ? "f32" : element.isInteger(64) ? "i64" : "i32"; }

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

/// A launch argument as [segment, offset, bytes]; the bytes of a channel slice span all its rows.
json::Array argumentOf(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t last = 0, size = type.getElementTypeBitWidth() / 8;
  for (auto [extent, stride] : llvm::zip(type.getShape(), strides))
    last += (extent - 1) * stride;
  if (auto slice = buffer.getDefiningOp<SliceOp>())
    buffer = slice.getWide();
  auto whole = buffer.getDefiningOp<BufferOp>();
  return json::Array{whole.getSegment().str(), int64_t(whole.getOffset()) + offset * size, (last + 1) * size};
}

class ManifestWriter {
public:
  explicit ManifestWriter(ModuleOp module) : module(module) {
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
                        {"version", 1},
                        {"target", facts.target},
                        {"compiler", facts.compiler},
                        {"model", std::move(model)},
                        {"digest", facts.digest},
                        {"spec", facts.spec},
                        {"info", llvm::cantFail(json::parse(facts.info))},
                        {"kernels_file", "kernels.so"},
                        {"segments", std::move(segments)},
                        {"kernels", kernelTable()},
                        {"parameters", tensorsOf(module->getAttrOfType<ArrayAttr>("samba.parameters"), true)},
                        {"state", tensorsOf(module->getAttrOfType<ArrayAttr>("samba.state_table"), false)},
                        {"entries", std::move(entries)}};
  }

private:
  json::Array kernelTable() {
    json::Array table;
    for (KernelOp kernel : kernels)
      table.push_back(json::Object{{"name", kernel.getSymName().str()},
                                   {"scratch_bytes", int64_t(kernel.getScratchBytes().value_or(0))}});
    return table;
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
      (*buffer.getRole() == "input" ? inputs : outputs).push_back(std::move(tensor));
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
    int64_t bytes = 0, flops = 0;
    for (Value buffer : launch->getOperands()) {
      args.push_back(argumentOf(buffer));
      auto type = cast<MemRefType>(buffer.getType());
      bytes += type.getNumElements() * (type.getElementTypeBitWidth() / 8);
    }
    for (unsigned i = launch.getInputs().size(); i < launch->getNumOperands(); ++i)
      outputs.push_back(i);
    kernel.walk([&](CostOpInterface op) { flops += op.flops(); });
    return json::Object{{"kernel", index},
                        {"grid", int64_t(kernel.getGrid().value_or(1))},
                        {"args", std::move(args)},
                        {"outputs", std::move(outputs)},
                        {"label", labelOf(launch.getLoc(), launch.getKernel())},
                        {"flops", flops},
                        {"bytes", bytes}};
  }

  ModuleOp module;
  SmallVector<KernelOp> kernels;
  llvm::StringMap<unsigned> kernelIndex;
};

} // namespace

LogicalResult samba::writeBundle(ModuleOp module, const BundleFacts &facts, StringRef folder) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder, /*IgnoreExisting=*/false))
    return module.emitError("cannot create folder '") << folder << "': " << error.message();
  SmallString<128> kernels(folder), manifest(folder);
  llvm::sys::path::append(kernels, "kernels.so");
  llvm::sys::path::append(manifest, "manifest.json");
  SmallVector<ModuleOp> modules = hostModules(module);
  if (failed(host::buildSharedLibrary(modules, kernels)))
    return failure();
  std::error_code error;
  llvm::raw_fd_ostream os(manifest, error);
  if (!error) {
    os << json::Value(ManifestWriter(module).write(facts)) << '\n';
    os.close();
    error = os.error();
  }
  if (error)
    return module.emitError("cannot write '") << manifest << "': " << error.message();
  return success();
}
