// The checks of the safetensors header, and reading of its tensors as f32.
#include "runtime/checkpoint/SafetensorsReader.h"
#include "runtime/Error.h"
#include "runtime/JsonPlace.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

namespace samba {

static constexpr int64_t kMaxHeader = 100'000'000;
static constexpr int64_t kMaxBytes = int64_t(1) << 60;

/// Bytes of one element, by the names the format defines; 0 for any other.
static int64_t byteSizeOf(const std::string &dtype) {
  static const std::map<std::string, int64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"F64", 8},     {"I64", 8}, {"U64", 8}};
  auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

int64_t SafetensorsReader::Tensor::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

SafetensorsReader::SafetensorsReader(const std::filesystem::path &path) : file(path) {
  size_t size = file.bytes().size();
  uint64_t headerBytes = 0;
  if (size < 8)
    throw Error("'", path.string(), "': expected at least 8 bytes, got ", size,
                "; it is no safetensors file");
  std::memcpy(&headerBytes, file.bytes().data(), 8);
  if (headerBytes > uint64_t(kMaxHeader))
    throw Error("'", path.string(), "': the header has ", headerBytes, " bytes, expected at most ",
                kMaxHeader);
  if (headerBytes > size - 8)
    throw Error("'", path.string(), "': the header has ", headerBytes, " bytes, but only ", size - 8,
                " follow its length; the file is cut short");
  std::string_view header(reinterpret_cast<const char *>(file.bytes().data()) + 8, headerBytes);
  if (header.empty() || header[0] != '{')
    throw Error("'", path.string(), "': the header does not start with '{'; it is no safetensors file");
  dataStart = int64_t(8 + headerBytes);
  parseHeader(header, int64_t(size) - dataStart);
}

void SafetensorsReader::parseHeader(std::string_view header, int64_t dataBytes) {
  std::string name = path().string();
  nlohmann::json json = parseJson(std::string(header), name);
  JsonPlace root(json, name);
  for (const auto &[key, value] : root.object().items()) {
    JsonPlace place = root[key];
    if (key == "__metadata__") {
      for (const auto &[field, text] : place.object().items())
        place[field].text();
      continue;
    }
    Tensor tensor{key, place["dtype"].text(), {}};
    int64_t bytes = byteSizeOf(tensor.dtype);
    if (bytes == 0)
      place["dtype"].fail("unknown dtype '", tensor.dtype, "'");
    JsonPlace shape = place["shape"], offsets = place["data_offsets"];
    for (size_t i = 0, rank = shape.size(); i < rank; ++i) {
      tensor.shape.push_back(shape.at(i).integer(0, kMaxBytes));
      if (__builtin_mul_overflow(bytes, tensor.shape.back(), &bytes) || bytes > kMaxBytes)
        shape.fail("more than ", kMaxBytes, " bytes");
    }
    if (offsets.size() != 2)
      offsets.fail("expected [begin, end], got ", offsets.size(), " elements");
    tensor.begin = offsets.at(0).integer(0, kMaxBytes);
    tensor.end = offsets.at(1).integer(tensor.begin, kMaxBytes);
    if (tensor.end - tensor.begin != bytes)
      offsets.fail("expected ", bytes, " bytes for this shape and dtype, got ", tensor.end - tensor.begin);
    table.push_back(std::move(tensor));
  }

  std::sort(table.begin(), table.end(), [](const Tensor &a, const Tensor &b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  int64_t end = 0;
  for (const Tensor &tensor : table) {
    if (tensor.begin != end)
      throw Error("'", name, "': tensor '", tensor.name, "' starts at byte ", tensor.begin,
                  " of the data, expected ", end, "; ",
                  tensor.begin > end ? "there is a hole" : "they overlap");
    end = tensor.end;
  }
  if (end != dataBytes)
    throw Error("'", name, "': the tensors have ", end, " bytes, but ", dataBytes,
                " follow the header; the file is ", dataBytes < end ? "cut short" : "too long");
}

void SafetensorsReader::checkIsFloat(const Tensor &tensor) const {
  if (tensor.dtype != "F32" && tensor.dtype != "BF16" && tensor.dtype != "F16")
    throw Error("'", path().string(), "': tensor '", tensor.name, "' has dtype ", tensor.dtype,
                ", expected F32, BF16 or F16");
}

float halfToFloat(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16, exponent = half >> 10 & 31, mantissa = half & 0x3ff;
  if (exponent == 31) // Inf and NaN
    return std::bit_cast<float>(sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0) { // zero and subnormals: mantissa x 2^-24
    float value = std::ldexp(float(mantissa), -24);
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

void SafetensorsReader::read(const Tensor &tensor, int64_t first, std::span<float> values) const {
  checkIsFloat(tensor);
  if (first < 0 || int64_t(values.size()) > tensor.elements() - first)
    throw Error("tensor '", tensor.name, "' has ", tensor.elements(), " elements, asked for ", values.size(),
                " from ", first);
  if (tensor.dtype == "F32") {
    std::memcpy(values.data(), dataOf(tensor) + first * 4, values.size_bytes());
    return;
  }
  bool brain = tensor.dtype == "BF16";
  for (size_t i = 0; i < values.size(); ++i) {
    uint16_t half;
    std::memcpy(&half, dataOf(tensor) + (first + int64_t(i)) * 2, 2);
    values[i] = brain ? std::bit_cast<float>(uint32_t(half) << 16) : halfToFloat(half);
  }
}

std::span<const float> SafetensorsReader::inPlace(const Tensor &tensor) const {
  const unsigned char *data = dataOf(tensor);
  if (tensor.dtype != "F32" || reinterpret_cast<uintptr_t>(data) % alignof(float) != 0)
    return {};
  return {reinterpret_cast<const float *>(data), size_t(tensor.elements())};
}

} // namespace samba
