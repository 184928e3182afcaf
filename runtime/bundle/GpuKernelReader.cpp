// Reads functions, grids, parameters and tensor maps within the limits of compute capability 9.0.
#include "runtime/bundle/GpuKernelReader.h"
#include "runtime/bundle/BundleChecks.h"

#include <algorithm>

namespace samba {

namespace {

constexpr int64_t kImageAlignment = 16;
constexpr int64_t kWarp = 32;
constexpr int64_t kMaxThreads = 1024;
constexpr int64_t kMaxSharedBytes = 232448;
constexpr int64_t kMaxCluster = 8; // more is not portable
constexpr int64_t kMaxGrid[3] = {INT32_MAX, 65535, 65535};
constexpr int64_t kMaxParameterBytes = 32764;
constexpr int64_t kMapBytes = 128, kAddressBytes = 8;

// Of tensor maps.
constexpr size_t kMaxRank = 5;
constexpr int64_t kMaxSize = int64_t(1) << 32;
constexpr int64_t kMaxStride = (int64_t(1) << 40) - 16;
constexpr int64_t kMaxBox = 256;
constexpr int64_t kCopyUnit = 16; // bytes

int64_t readMultiple(const JsonPlace &place, int64_t low, int64_t high, int64_t unit) {
  int64_t value = place.integer(low, high);
  if (value % unit != 0)
    place.fail("expected a multiple of ", unit, ", got ", value);
  return value;
}

/// As many integers as `count`, each checked by `read`.
template <typename Read>
std::vector<int64_t> readIntegers(const JsonPlace &list, size_t count, const Read &read) {
  if (list.size() != count)
    list.fail("expected ", count, " elements, got ", list.size());
  std::vector<int64_t> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(read(list.at(i)));
  return values;
}

TensorMap readMap(const JsonPlace &place) {
  TensorMap map;
  std::string dtype = place["dtype"].text();
  if (dtype != name(DType::BF16) && dtype != name(DType::F32))
    place["dtype"].fail("expected 'bf16' or 'f32', got '", dtype, "'");
  map.dtype = dtype == name(DType::F32) ? DType::F32 : DType::BF16;
  size_t rank = place["sizes"].size();
  if (rank < 1 || rank > kMaxRank)
    place["sizes"].fail("expected 1 to ", kMaxRank, " dimensions, got ", rank);
  map.sizes = readIntegers(place["sizes"], rank, [](JsonPlace size) { return size.integer(1, kMaxSize); });
  map.strides = readIntegers(place["strides"], rank - 1, [](JsonPlace stride) {
    return readMultiple(stride, kCopyUnit, kMaxStride, kCopyUnit);
  });
  map.box = readIntegers(place["box"], rank, [](JsonPlace box) { return box.integer(1, kMaxBox); });
  map.swizzle = place["swizzle"].integer(0, 128);
  if (map.swizzle != 0 && map.swizzle != 32 && map.swizzle != 64 && map.swizzle != 128)
    place["swizzle"].fail("expected 0, 32, 64 or 128, got ", map.swizzle);
  int64_t inner = map.box[0] * byteSize(map.dtype);
  if (inner % kCopyUnit != 0 || (map.swizzle != 0 && inner > map.swizzle))
    place["box"].fail("expected rows of a multiple of ", kCopyUnit, " bytes",
                      map.swizzle ? ", at most the swizzle's " + std::to_string(map.swizzle) : "", ", got ",
                      inner);
  __int128 extent = map.sizes[0] * byteSize(map.dtype);
  for (size_t i = 1; i < rank; ++i)
    extent += __int128(map.sizes[i] - 1) * map.strides[i - 1];
  if (extent > kMaxBytes)
    place["sizes"].fail("more than ", kMaxBytes, " bytes");
  return map;
}

GpuParam readParam(const JsonPlace &place) {
  GpuParam param;
  if (auto scratch = place.find("scratch")) {
    param.offset = scratch->integer(0, kMaxBytes);
    if (auto more = place.find("offset"))
      param.offset += more->integer(0, kMaxBytes);
  } else {
    param.arg = size_t(place["arg"].integer(0, INT32_MAX));
    param.offset = place["offset"].integer(0, kMaxBytes);
  }
  if (auto map = place.find("map"))
    param.map = readMap(*map);
  return param;
}

GpuLaunch readGpuLaunch(const JsonPlace &place) {
  GpuLaunch launch;
  launch.function = place["function"].text();
  if (launch.function.empty())
    place["function"].fail("expected a name, got an empty string");
  JsonPlace grid = place["grid"], params = place["params"];
  if (grid.size() != 3)
    grid.fail("expected [x, y, z], got ", grid.size(), " elements");
  for (size_t i = 0; i < 3; ++i)
    launch.grid[i] = grid.at(i).integer(1, kMaxGrid[i]);
  launch.threads = readMultiple(place["threads"], kWarp, kMaxThreads, kWarp);
  launch.sharedBytes = place["shared_bytes"].integer(0, kMaxSharedBytes);
  if (auto carveout = place.find("carveout"))
    launch.carveout = carveout->integer(0, 100);
  launch.cluster = place["cluster"].integer(1, kMaxCluster);
  if (launch.grid[0] % launch.cluster != 0)
    grid.at(0).fail("expected a multiple of the cluster's ", launch.cluster, ", got ", launch.grid[0]);
  int64_t bytes = 0;
  for (size_t i = 0, count = params.size(); i < count; ++i) {
    launch.params.push_back(readParam(params.at(i)));
    bytes += launch.params.back().map ? kMapBytes : kAddressBytes;
  }
  if (bytes > kMaxParameterBytes)
    params.fail("expected at most ", kMaxParameterBytes, " bytes of parameters, got ", bytes);
  return launch;
}

} // namespace

void readGpuKernel(const JsonPlace &place, Kernel &kernel) {
  JsonPlace image = place["image"], launches = place["launches"];
  if (image.size() != 2)
    image.fail("expected [offset, bytes], got ", image.size(), " elements");
  kernel.imageOffset = readMultiple(image.at(0), 0, kMaxBytes, kImageAlignment);
  kernel.imageBytes = image.at(1).integer(1, kMaxBytes);
  if (launches.size() == 0)
    launches.fail("expected at least one launch, got none");
  for (size_t i = 0, count = launches.size(); i < count; ++i)
    kernel.launches.push_back(readGpuLaunch(launches.at(i)));
}

} // namespace samba
