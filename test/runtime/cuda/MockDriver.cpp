// The rules of the CUDA driver API reference, as far as the player depends on them.
#include "MockDriver.h"

#include "runtime/device/cuda/CudaApi.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace samba::cuda;

namespace {

constexpr CUresult notInitialized = CUresult(3), invalidContext = CUresult(201),
                   invalidHandle = CUresult(400), captureUnsupported = CUresult(900),
                   mapMark = CUresult(0x5a17);

struct Function {
  std::string name, parameters;
  int sharedBytes = 48 << 10;
};
struct Module {
  std::map<std::string, std::unique_ptr<Function>> functions;
  bool isCode = false; ///< of a real bundle: has every function, of parameters that are not known here
};
using Graph = std::vector<std::string>; // the lines of its launches

const std::map<std::string, long long> usualSettings = {
    {"version", 12040}, {"devices", 1}, {"major", 9}, {"minor", 0}, {"memory", 1ll << 30}};

struct Mock {
  std::map<std::string, long long> settings = usualSettings;
  std::string log;
  std::map<CUdeviceptr, std::pair<int, size_t>> memory; // address -> number, bytes
  int allocations = 0;
  size_t used = 0;
  std::map<std::string, std::map<int, int>> failures; // name -> calls to go -> result
  std::set<void *> modules, graphs, executables, events, hostMemory, streams;
  Graph *capture = nullptr;
  bool initialized = false;
  std::recursive_mutex mutex;
} mock;

thread_local bool contextIsCurrent = false;
int contextHandle;

void say(const std::string &line) { mock.log += line + "\n"; }

std::string place(CUdeviceptr address) {
  auto next = mock.memory.upper_bound(address);
  if (next == mock.memory.begin())
    return "nowhere";
  auto [begin, block] = *std::prev(next);
  if (address >= begin + block.second)
    return "nowhere";
  return "mem" + std::to_string(block.first) + "+" + std::to_string(address - begin);
}

bool inside(CUdeviceptr address, size_t bytes) {
  return bytes == 0 || (place(address) != "nowhere" && place(address + bytes - 1) != "nowhere");
}

/// What every call looks at first: failures that the test ordered, the context, and whether a capture forbids
/// it.
CUresult enter(const char *name, bool needsContext = true, bool capturable = false) {
  auto &orders = mock.failures[name];
  std::map<int, int> later;
  int result = 0;
  for (auto [calls, what] : orders)
    calls == 0 ? void(result = what) : void(later[calls - 1] = what);
  orders = later;
  if (result)
    return CUresult(result);
  if (!mock.initialized)
    return notInitialized;
  if (needsContext && !contextIsCurrent)
    return invalidContext;
  return mock.capture && !capturable ? captureUnsupported : CUDA_SUCCESS;
}

#define ENTER(...)                                                                                           \
  std::scoped_lock lock(mock.mutex);                                                                         \
  if (CUresult result = enter(__func__ __VA_OPT__(, ) __VA_ARGS__))                                          \
  return result

template <typename T, typename Handle> CUresult destroy(std::set<void *> &all, Handle handle) {
  if (!all.erase(handle))
    return invalidHandle;
  delete reinterpret_cast<T *>(handle);
  return CUDA_SUCCESS;
}

template <typename Handle, typename T> CUresult create(std::set<void *> &all, Handle *handle, T *made) {
  all.insert(made);
  *handle = reinterpret_cast<Handle>(made);
  return CUDA_SUCCESS;
}

long long setting(const char *name) { return mock.settings.at(name); }

} // namespace

extern "C" {

void mockReset() {
  std::scoped_lock lock(mock.mutex);
  mock.settings = usualSettings;
  mock.log.clear();
  mock.failures.clear();
  mock.allocations = 0;
}
const char *mockLog() { return mock.log.c_str(); }
void mockSet(const char *what, long long value) { mock.settings.at(what) = value; }
void mockFail(const char *name, int result, int after) { mock.failures[name][after] = result; }

CUresult cuInit(unsigned flags) {
  mock.initialized = true;
  ENTER(false);
  return flags ? CUDA_ERROR_INVALID_VALUE : setting("devices") ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}
CUresult cuDriverGetVersion(int *version) { return *version = int(setting("version")), CUDA_SUCCESS; }
CUresult cuGetErrorName(CUresult result, const char **name) {
  static std::string text;
  text = "MOCK_ERROR_" + std::to_string(int(result));
  return *name = text.c_str(), CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char **text) { return *text = "as ordered", CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int *count) { return *count = int(setting("devices")), CUDA_SUCCESS; }
CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  ENTER(false);
  *device = 7;
  return ordinal < setting("devices") ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuDeviceGetName(char *name, int bytes, CUdevice) {
  std::strncpy(name, "Mock H100", size_t(bytes));
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  ENTER(false);
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR   ? int(setting("major"))
           : attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? int(setting("minor"))
                                                                       : 132;
  return device == 7 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice) {
  ENTER(false);
  *context = reinterpret_cast<CUcontext>(&contextHandle);
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease_v2(CUdevice) {
  ENTER(false);
  contextIsCurrent = false;
  std::ostringstream left;
  left << "context released with " << mock.memory.size() << " allocations, " << mock.hostMemory.size()
       << " pinned, " << mock.modules.size() << " modules, " << mock.graphs.size() + mock.executables.size()
       << " graphs, " << mock.events.size() << " events, " << mock.streams.size() << " streams";
  say(left.str());
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext context) {
  ENTER(false, true);
  contextIsCurrent = context != nullptr;
  return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr *memory, size_t bytes) {
  ENTER();
  if (bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  if (mock.used + bytes > size_t(setting("memory")))
    return CUDA_ERROR_OUT_OF_MEMORY;
  void *block = std::aligned_alloc(512, (bytes + 511) / 512 * 512);
  std::memset(block, 0xee, bytes); // not zero, as on a GPU
  *memory = reinterpret_cast<CUdeviceptr>(block);
  mock.memory[*memory] = {mock.allocations++, bytes};
  mock.used += bytes;
  return CUDA_SUCCESS;
}
CUresult cuMemFree_v2(CUdeviceptr memory) {
  ENTER();
  auto found = mock.memory.find(memory);
  if (found == mock.memory.end())
    return CUDA_ERROR_INVALID_VALUE;
  say("free mem" + std::to_string(found->second.first));
  mock.used -= found->second.second;
  mock.memory.erase(found);
  std::free(reinterpret_cast<void *>(memory));
  return CUDA_SUCCESS;
}
CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  ENTER();
  *total = size_t(setting("memory"));
  *free = *total - mock.used;
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
  ENTER();
  return create(mock.hostMemory, memory, new char[bytes]);
}
CUresult cuMemFreeHost(void *memory) {
  ENTER();
  if (!mock.hostMemory.erase(memory))
    return CUDA_ERROR_INVALID_VALUE;
  delete[] static_cast<char *>(memory);
  return CUDA_SUCCESS;
}
static CUresult copy(void *to, const void *from, CUdeviceptr device, size_t bytes) {
  if (!inside(device, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  std::memcpy(to, from, bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream) {
  ENTER();
  say("copy " + std::to_string(bytes) + " to " + place(to));
  return copy(reinterpret_cast<void *>(to), from, to, bytes);
}
CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream) {
  ENTER();
  say("copy " + std::to_string(bytes) + " from " + place(from));
  return copy(to, reinterpret_cast<const void *>(from), from, bytes);
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream) {
  ENTER();
  return inside(to, bytes)
             ? copy(reinterpret_cast<void *>(to), reinterpret_cast<const void *>(from), from, bytes)
             : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t bytes, CUstream) {
  ENTER();
  if (!inside(to, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream *stream, unsigned) {
  ENTER();
  return create(mock.streams, stream, new int(0));
}
CUresult cuStreamDestroy_v2(CUstream stream) {
  ENTER(false);
  return destroy<int>(mock.streams, stream);
}
CUresult cuStreamSynchronize(CUstream stream) {
  ENTER();
  return mock.streams.count(stream) ? CUDA_SUCCESS : invalidHandle;
}
CUresult cuStreamBeginCapture_v2(CUstream, CUstreamCaptureMode) {
  ENTER();
  mock.capture = new Graph;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream, CUgraph *graph) {
  ENTER(true, true);
  if (!mock.capture)
    return CUDA_ERROR_INVALID_VALUE;
  create(mock.graphs, graph, mock.capture);
  mock.capture = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long) {
  ENTER();
  const Graph &lines = *reinterpret_cast<Graph *>(graph);
  say("graph of " + std::to_string(lines.size()));
  for (const std::string &line : lines)
    say("  " + line);
  return create(mock.executables, executable, new Graph(lines));
}
CUresult cuGraphLaunch(CUgraphExec executable, CUstream) {
  ENTER();
  if (!mock.executables.count(executable))
    return invalidHandle;
  say("start graph of " + std::to_string(reinterpret_cast<Graph *>(executable)->size()));
  return CUDA_SUCCESS;
}
CUresult cuGraphExecDestroy(CUgraphExec executable) {
  ENTER();
  return destroy<Graph>(mock.executables, executable);
}
CUresult cuGraphDestroy(CUgraph graph) {
  ENTER();
  return destroy<Graph>(mock.graphs, graph);
}
CUresult cuEventCreate(CUevent *event, unsigned) {
  ENTER();
  return create(mock.events, event, new int(0));
}
CUresult cuEventDestroy_v2(CUevent event) {
  ENTER();
  return destroy<int>(mock.events, event);
}
CUresult cuEventRecord(CUevent event, CUstream) {
  ENTER();
  return mock.events.count(event) ? CUDA_SUCCESS : invalidHandle;
}
CUresult cuEventSynchronize(CUevent event) {
  ENTER();
  return mock.events.count(event) ? CUDA_SUCCESS : invalidHandle;
}
CUresult cuEventElapsedTime(float *milliseconds, CUevent, CUevent) {
  ENTER();
  return *milliseconds = 1, CUDA_SUCCESS;
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, CUjit_option *, void **) {
  ENTER();
  std::string word;
  std::string_view start(static_cast<const char *>(image), 4);
  bool isCode = start == "\x7f\x45LF" || start.substr(0, 2) == "//"; // a cubin, or PTX
  std::istringstream text(isCode ? "mock" : static_cast<const char *>(image));
  if (count != 2 || !(text >> word) || word != "mock")
    return CUDA_ERROR_INVALID_IMAGE;
  auto *made = new Module;
  made->isCode = isCode;
  while (text >> word) {
    size_t colon = word.find(':');
    std::string name = word.substr(0, colon);
    made->functions[name] = std::make_unique<Function>(Function{name, word.substr(colon + 1)});
  }
  say("load " + std::to_string(made->functions.size()) + " functions");
  return create(mock.modules, module, made);
}
CUresult cuModuleUnload(CUmodule module) {
  ENTER();
  return destroy<Module>(mock.modules, module);
}
CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  ENTER();
  auto &[functions, isCode] = *reinterpret_cast<Module *>(module);
  if (!functions.count(name) && !isCode)
    return CUDA_ERROR_NOT_FOUND;
  functions.try_emplace(name, std::make_unique<Function>(Function{name, ""}));
  *function = reinterpret_cast<CUfunction>(functions.at(name).get());
  return CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  ENTER();
  if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
    return value >= 0 && value <= 100 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value > 232448)
    return CUDA_ERROR_INVALID_VALUE;
  reinterpret_cast<Function *>(function)->sharedBytes = value;
  return CUDA_SUCCESS;
}

CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction handle, void **parameters, void **extra) {
  ENTER(true, true);
  const Function &function = *reinterpret_cast<Function *>(handle);
  if (extra || !mock.streams.count(config->hStream) || int(config->sharedMemBytes) > function.sharedBytes ||
      config->blockDimX * config->blockDimY * config->blockDimZ > 1024)
    return CUDA_ERROR_INVALID_VALUE;
  std::ostringstream line;
  line << function.name << " " << config->gridDimX << "x" << config->gridDimY << "x" << config->gridDimZ
       << " of " << config->blockDimX << ", " << config->sharedMemBytes << " shared";
  for (unsigned i = 0; i < config->numAttrs; ++i) {
    const CUlaunchAttribute &attribute = config->attrs[i];
    if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
      line << ", cluster " << attribute.value.clusterDim.x << "x" << attribute.value.clusterDim.y << "x"
           << attribute.value.clusterDim.z;
    else if (attribute.id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION)
      line << (attribute.value.programmaticStreamSerializationAllowed ? ", early" : ", late");
    else
      return CUDA_ERROR_INVALID_VALUE;
  }
  for (char kind : function.parameters) {
    const void *parameter = *parameters++;
    if (kind == 'a') {
      line << ", " << place(*static_cast<const CUdeviceptr *>(parameter));
      continue;
    }
    const auto *map = static_cast<const CUtensorMap *>(parameter);
    if (reinterpret_cast<uintptr_t>(map) % 64 || map->opaque[1] != mapMark)
      return CUDA_ERROR_INVALID_VALUE;
    line << ", map of " << place(map->opaque[0]);
  }
  if (mock.capture)
    mock.capture->push_back(line.str());
  else
    say("launch " + line.str());
  return CUDA_SUCCESS;
}

CUresult cuTensorMapEncodeTiled(CUtensorMap *map, CUtensorMapDataType type, uint32_t rank, void *address,
                                const uint64_t *sizes, const uint64_t *strides, const uint32_t *box,
                                const uint32_t *elementStrides, CUtensorMapInterleave,
                                CUtensorMapSwizzle swizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
  ENTER(true, true);
  uint64_t element = type == CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 ? 2 : 4, row = box[0] * element;
  uint64_t span = swizzle == CU_TENSOR_MAP_SWIZZLE_NONE ? 256 * element : 16u << swizzle;
  bool fits = reinterpret_cast<uintptr_t>(map) % 64 == 0 && reinterpret_cast<uintptr_t>(address) % 16 == 0 &&
              rank >= 1 && rank <= 5 && row % 16 == 0 && row <= span;
  for (uint32_t i = 0; fits && i < rank; ++i)
    fits = sizes[i] >= 1 && sizes[i] <= uint64_t(1) << 32 && box[i] >= 1 && box[i] <= 256 &&
           elementStrides[i] >= 1 && elementStrides[i] <= 8 &&
           (i + 1 == rank || (strides[i] % 16 == 0 && strides[i] < uint64_t(1) << 40));
  if (!fits)
    return CUDA_ERROR_INVALID_VALUE;
  *map = {{reinterpret_cast<uint64_t>(address), mapMark}};
  return CUDA_SUCCESS;
}

} // extern "C"
