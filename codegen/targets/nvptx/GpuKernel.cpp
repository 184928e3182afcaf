//===- GpuKernel.cpp - launches, arguments, fused loads and fused stores of a GPU kernel ----------------===//
#include "codegen/targets/nvptx/GpuKernel.h"

#include "dialect/core/Shapes.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

#include "codegen/targets/nvptx/GpuKernelInterface.cpp.inc"

namespace samba::gpu {

static constexpr int64_t widestAccess = 16; // bytes of one thread

KernelBuilder::KernelBuilder(ModuleOp module, KernelOp kernel)
    : TileBuilder(OpBuilder::atBlockEnd(module.getBody()), kernel.getLoc()), kernel(kernel), module(module) {}

//===- Launches -----------------------------------------------------------------------------------------===//

void KernelBuilder::begin(const Shape &shape) {
  b.setInsertionPointToEnd(module.getBody());
  launches.emplace_back();
  Launch &launch = launches.back();
  launch.function = (kernel.getSymName() + "_" + Twine(functionCount++)).str();
  launch.shape = shape;
  function = make<LLVM::LLVMFuncOp>(launch.function,
                                    LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {}));
  function->setAttr("nvvm.kernel", b.getUnitAttr());
  function->setAttr("nvvm.maxntid", b.getDenseI32ArrayAttr({int32_t(shape.threads), 1, 1}));
  function->setAttr("nvvm.minctasm", b.getI32IntegerAttr(shape.blocksPerSm));
  b.setInsertionPointToStart(function.addEntryBlock(b));
  if (!shape.waitsItself) {
    allowLaterLaunches(); // they wait for us; what they prefetch comes the sooner
    waitForEarlierLaunches();
  }
}

void KernelBuilder::end() {
  make<LLVM::ReturnOp>(ValueRange{});
  if (int64_t most = launches.back().shape.mostPerSm) { // one more would not fit
    int64_t least = llvm::alignTo(sharedBytesOfSm / (most + 1) - sharedBytesOfBlock + 1, 128);
    int64_t &bytes = launches.back().sharedBytes;
    bytes = std::max(bytes, std::min(least, maxSharedBytes));
  }
  function.setFunctionType(LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                                       llvm::to_vector(function.front().getArgumentTypes())));
  auto attribute = [&](unsigned index, StringRef name, Attribute value) {
    function.setArgAttr(index, name, value);
  };
  for (auto [i, parameter] : llvm::enumerate(launches.back().parameters)) {
    if (!parameter.map)
      continue;
    attribute(i, "llvm.byval", TypeAttr::get(LLVM::LLVMArrayType::get(i8, 128)));
    attribute(i, "llvm.align", b.getI64IntegerAttr(64));
    attribute(i, "nvvm.grid_constant", b.getUnitAttr());
  }
}

void KernelBuilder::again(ArrayRef<std::pair<Value, int64_t>> moves, int64_t back) {
  Launch launch = launches[launches.size() - back];
  for (auto [tensor, bytes] : moves) {
    int64_t argument = tensor ? int64_t(*argumentOf(kernel, tensor)) : inScratch;
    for (Parameter &parameter : launch.parameters)
      if (parameter.argument == argument)
        parameter.offset += bytes;
  }
  launches.push_back(std::move(launch));
}

int64_t KernelBuilder::reserveShared(int64_t bytes, int64_t alignment) {
  int64_t &end = launches.back().sharedBytes, begin = llvm::alignTo(end, alignment);
  end = begin + bytes;
  return begin;
}

int64_t KernelBuilder::reserveScratch(int64_t bytes) {
  int64_t begin = scratchBytes;
  scratchBytes += llvm::alignTo(bytes, 256);
  return begin;
}

//===- Parameters ---------------------------------------------------------------------------------------===//

/// The parameter with this meaning, made when first asked for.
Value KernelBuilder::parameter(Parameter meaning) {
  for (auto [i, known] : llvm::enumerate(launches.back().parameters))
    if (known.argument == meaning.argument && known.offset == meaning.offset && known.map == meaning.map)
      return function.getArgument(i);
  Type type = meaning.map ? genericPtr : globalPtr;
  launches.back().parameters.push_back(std::move(meaning));
  return function.front().addArgument(type, loc);
}

Value KernelBuilder::scratch(int64_t offset) { return parameter({inScratch, offset, {}}); }

Value KernelBuilder::pointer(Value tensor) {
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  assert(argument && "neither an input nor an output of the kernel");
  return parameter({int64_t(*argument), 0, {}});
}

DictionaryAttr KernelBuilder::toAttribute(const TensorMap &map) {
  return b.getDictionaryAttr({b.getNamedAttr("sizes", b.getDenseI64ArrayAttr(map.sizes)),
                              b.getNamedAttr("strides", b.getDenseI64ArrayAttr(map.strides)),
                              b.getNamedAttr("box", b.getDenseI64ArrayAttr(map.box)),
                              b.getNamedAttr("swizzle", b.getI64IntegerAttr(map.swizzle)),
                              b.getNamedAttr("dtype", b.getStringAttr(map.isBf16 ? "bf16" : "f32"))});
}

Value KernelBuilder::tensorMap(Value tensor, const TensorMap &map) {
  return parameter({int64_t(*argumentOf(kernel, tensor)), map.offset, toAttribute(map)});
}

Value KernelBuilder::scratchTensorMap(int64_t offset, const TensorMap &map) {
  return parameter({inScratch, offset + map.offset, toAttribute(map)});
}

Value KernelBuilder::matrixMap(Value tensor, int64_t boxRows, int64_t boxColumns) {
  TensorMap map;
  int64_t bytes = elementOf(tensor).getIntOrFloatBitWidth() / 8;
  map.sizes = {channelsOf(tensor), rowsOf(tensor)};
  map.strides = {rowStride(tensor) * bytes};
  map.box = {boxColumns, boxRows};
  map.isBf16 = bytes == 2;
  return tensorMap(tensor, map);
}

int64_t KernelBuilder::rowStride(Value tensor) {
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  assert(argument && "neither an input nor an output of the kernel");
  return kernel.getRowStrides()[*argument];
}

static int64_t alignmentOf(KernelOp kernel, unsigned argument) {
  std::optional<ArrayRef<int64_t>> alignments = kernel.getAlignments();
  return alignments ? (*alignments)[argument] : widestAccess;
}

bool KernelBuilder::isTmaReady(Value tensor) {
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  return argument && alignmentOf(kernel, *argument) >= 16 &&
         rowStride(tensor) * (elementOf(tensor).getIntOrFloatBitWidth() / 8) % 16 == 0;
}

bool KernelBuilder::mayTmaStore(Value tensor) {
  return isTmaReady(tensor) && channelsOf(tensor) * (elementOf(tensor).getIntOrFloatBitWidth() / 8) % 16 == 0;
}

bool KernelBuilder::isNeeded(Value result) { return !result.use_empty(); }

bool KernelBuilder::isPlainOutput(Value result) { return isPlainOutputOf(kernel, result); }

int64_t KernelBuilder::vectorWidth(Value like, int64_t most) {
  int64_t channels = channelsOf(like),
          width = std::min(most, channels & -channels); // a power of two divides both
  SmallVector<Type> types = kernel.argumentTypes();
  for (size_t i = 0; i < types.size(); ++i) {
    auto tensor = cast<RankedTensorType>(types[i]);
    if (!isa<FloatType>(tensor.getElementType()) || !tensor.getRank() || tensor.getShape().back() != channels)
      continue;
    int64_t bytes = tensor.getElementTypeBitWidth() / 8, stride = kernel.getRowStrides()[i];
    auto allows = [&](int64_t n) {
      int64_t access = std::min(n * bytes, widestAccess);
      return channels % n == 0 && alignmentOf(kernel, i) % access == 0 &&
             (tensor.getRank() == 1 || stride * bytes % access == 0);
    };
    while (!allows(width))
      width /= 2;
  }
  return width;
}

//===- Fused loads and stores ---------------------------------------------------------------------------===//

/// Takes the numbers that were added to a channel off it: behind everything else they become part of the
/// access.
static int64_t takeNumbers(Operand &column) {
  int64_t sum = 0;
  APInt number;
  while (!column.isNumber()) {
    auto add = column.asValue().getDefiningOp<arith::AddIOp>();
    if (!add || !matchPattern(add.getRhs(), m_ConstantInt(&number)) || number.isNegative())
      break;
    sum += number.getSExtValue();
    column = add.getLhs();
  }
  return sum;
}

Value KernelBuilder::addressOf(unsigned argument, Value tensor, Operand row, Operand column) {
  int64_t bytes = elementOf(tensor).getIntOrFloatBitWidth() / 8;
  Value start = parameter({int64_t(argument), 0, {}});
  int64_t further = takeNumbers(column);
  Value offset = toWide(column);
  if (shapeOf(tensor).size() > 1)
    offset = add(mul(toWide(row), kernel.getRowStrides()[argument]), offset);
  return at(at(start, mul(offset, bytes)), further * bytes);
}

Value KernelBuilder::toWide(Operand x) {
  return !x.isNumber() && x.asValue().getType() == i32 ? extend(x.asValue()) : toIndex(x);
}

Value KernelBuilder::address(Value tensor, Operand row, Operand column) {
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  assert(argument && "neither an input nor an output of the kernel");
  return addressOf(*argument, tensor, row, column);
}

/// The values of `tensor` at a place: `known`, those of an input, or its producer applied to its operands
/// there.
Values KernelBuilder::evaluate(Value tensor, Operand row, Operand column, int64_t n,
                               llvm::DenseMap<Value, Values> &known) {
  auto found = known.find(tensor);
  if (found != known.end())
    return found->second;
  Values values;
  if (auto input = dyn_cast<BlockArgument>(tensor)) {
    values = load(addressOf(input.getArgNumber(), tensor, row, column), elementOf(tensor), n);
  } else {
    auto producer = cast<GpuLaneOpInterface>(tensor.getDefiningOp());
    SmallVector<Values> operands;
    for (Value operand : producer->getOperands())
      operands.push_back(evaluate(operand, row, column, n, known));
    for (int64_t i = 0; i < n; ++i)
      values.push_back(producer.emitLane(
          *this, llvm::map_to_vector(operands, [&](const Values &operand) { return operand[i]; })));
  }
  known[tensor] = values;
  return values;
}

Values KernelBuilder::load(Value tensor, Operand row, Operand column, int64_t n) {
  llvm::DenseMap<Value, Values> known;
  return evaluate(tensor, row, column, n, known);
}

void KernelBuilder::store(Value result, Operand row, Operand column, ValueRange registers) {
  llvm::DenseMap<Value, Values> known;
  known[result] = Values(registers);
  // All values before the first store: an output may be the buffer of an input.
  SmallVector<std::pair<unsigned, Values>> stores;
  for (unsigned i : outputsBehind(kernel, result))
    stores.emplace_back(i, evaluate(kernel.outputs()[i], row, column, registers.size(), known));
  for (auto &[i, values] : stores)
    storeOutput(i, row, column, values);
}

void KernelBuilder::store(Value result, ArrayRef<Place> places, ArrayRef<Values> vectors) {
  SmallVector<unsigned> behind = outputsBehind(kernel, result);
  SmallVector<SmallVector<Values>> stored; // [place][output]
  for (auto [place, vector] : llvm::zip(places, vectors)) {
    llvm::DenseMap<Value, Values> known;
    known[result] = vector;
    SmallVector<Values> &values = stored.emplace_back();
    for (unsigned i : behind)
      values.push_back(evaluate(kernel.outputs()[i], place.row, place.column, vector.size(), known));
  }
  for (auto [place, values] : llvm::zip(places, stored)) {
    auto storeAll = [&, &place = place, &values = values] {
      for (auto [i, value] : llvm::zip(behind, values))
        storeOutput(i, place.row, place.column, value);
    };
    if (place.valid)
      when(place.valid, storeAll);
    else
      storeAll();
  }
}

void KernelBuilder::storeOutput(unsigned output, Operand row, Operand column, ValueRange registers) {
  Value tensor = kernel.outputs()[output];
  store(registers, addressOf(kernel.getBody().getNumArguments() + output, tensor, row, column),
        elementOf(tensor));
}

std::pair<Value, Value> KernelBuilder::placeOfRow(Value tensor, Operand row) {
  int64_t width = channelsOf(tensor);
  std::optional<unsigned> argument = argumentOf(kernel, tensor);
  Value index = toWide(row);
  if (argument && kernel.getRowStrides()[*argument] == width)
    return {this->index(0), index};
  return {div(index, width), rem(index, width)};
}

Value KernelBuilder::loadPerRow(Value tensor, Operand row) {
  auto [r, c] = placeOfRow(tensor, row);
  return load(tensor, r, c);
}

void KernelBuilder::storePerRow(Value result, Operand row, Value number) {
  Value index = toWide(row);
  int64_t width = channelsOf(result);
  store(result, div(index, width), rem(index, width), number);
}

Value KernelBuilder::loadInteger(Value tensor, Operand index) {
  Type element = elementOf(tensor);
  return loadScalar(at(pointer(tensor), mul(toWide(index), int64_t(element.getIntOrFloatBitWidth() / 8))),
                    element);
}

//===- The table of launches ----------------------------------------------------------------------------===//

ArrayAttr KernelBuilder::launchTable() {
  auto number = [&](StringRef name, int64_t value) {
    return b.getNamedAttr(name, b.getI64IntegerAttr(value));
  };
  return b.getArrayAttr(llvm::map_to_vector(launches, [&](const Launch &launch) -> Attribute {
    SmallVector<Attribute> parameters;
    for (const Parameter &parameter : launch.parameters) {
      SmallVector<NamedAttribute> entry{number("argument", parameter.argument),
                                        number("offset", parameter.offset)};
      if (parameter.map)
        entry.push_back(b.getNamedAttr("map", parameter.map));
      parameters.push_back(b.getDictionaryAttr(entry));
    }
    SmallVector<NamedAttribute> entry{b.getNamedAttr("function", b.getStringAttr(launch.function)),
                                      b.getNamedAttr("grid", b.getDenseI64ArrayAttr(launch.shape.grid)),
                                      number("threads", launch.shape.threads),
                                      number("shared_bytes", launch.sharedBytes),
                                      number("cluster", launch.shape.cluster),
                                      b.getNamedAttr("parameters", b.getArrayAttr(parameters))};
    if (launch.shape.runsBeside)
      entry.push_back(number("carveout", 100));
    return b.getDictionaryAttr(entry);
  }));
}

} // namespace samba::gpu
