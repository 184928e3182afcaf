// Parameters and states by name, as float32.
#include "tools/samba-run/PlayedModel.h"
#include "runtime/init/Initializer.h"

#include <cstring>

using namespace samba;

namespace {

samba::Segment of(oracle::CompiledModel::Segment segment) {
  switch (segment) {
  case oracle::CompiledModel::Segment::params:
    return Segment::Params;
  case oracle::CompiledModel::Segment::grads:
    return Segment::Grads;
  case oracle::CompiledModel::Segment::moment1:
    return Segment::Moment1;
  default:
    return Segment::Moment2;
  }
}

template <typename T> T loadAs(const std::byte *from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float element(const std::byte *from, DType dtype) {
  switch (dtype) {
  case DType::F32:
    return loadAs<float>(from);
  case DType::BF16: { // the upper half of a float32
    uint32_t bits = uint32_t(loadAs<uint16_t>(from)) << 16;
    return loadAs<float>(reinterpret_cast<const std::byte *>(&bits));
  }
  case DType::I32:
    return float(loadAs<int32_t>(from));
  default:
    return float(loadAs<int64_t>(from));
  }
}

} // namespace

PlayedModel::PlayedModel(const std::filesystem::path &bundle, std::shared_ptr<Device> device, uint64_t seed)
    : player(Bundle::load(bundle), std::move(device)) {
  initializeParameters(player, seed);
}

std::vector<float> PlayedModel::read(Segment segment, const std::string &name) {
  const Parameter &parameter = find(name);
  std::vector<float> values(parameter.elements());
  player.readParameter(parameter, 0, values, of(segment));
  return values;
}

void PlayedModel::write(Segment segment, const std::string &name, const std::vector<float> &values) {
  player.writeParameter(find(name), 0, values, of(segment));
}

void PlayedModel::write(const std::string &entry, const std::string &input,
                        const std::vector<int32_t> &values) {
  player.write(entry, input, values);
}

void PlayedModel::write(const std::string &entry, const std::string &input,
                        const std::vector<float> &values) {
  player.write(entry, input, values);
}

void PlayedModel::run(const std::string &entry) { player.run(entry); }

std::vector<float> PlayedModel::read(const std::string &entry, const std::string &output) {
  return player.read(entry, output);
}

void PlayedModel::zeroState() { player.zeroState(); }

std::vector<std::pair<std::string, std::vector<float>>> PlayedModel::state() {
  std::vector<std::byte> bytes = player.snapshotState();
  std::vector<std::pair<std::string, std::vector<float>>> tensors;
  for (const Tensor &tensor : player.bundle().state) {
    std::vector<float> values(tensor.elements());
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = element(bytes.data() + tensor.offset + int64_t(i) * byteSize(tensor.dtype), tensor.dtype);
    tensors.emplace_back(tensor.name, std::move(values));
  }
  return tensors;
}

const Parameter &PlayedModel::find(const std::string &name) {
  for (const Parameter &parameter : player.bundle().parameters)
    if (parameter.name == name)
      return parameter;
  throw Error("the bundle has no parameter '", name, "'");
}
