// A bundle in the player, as the oracle's checks want it.
#pragma once

#include "runtime/Player.h"
#include "test/oracle/CompiledModel.h"

namespace samba {

class PlayedModel : public oracle::CompiledModel {
public:
  /// Loads the bundle onto the device and initializes its parameters from `seed`.
  PlayedModel(const std::filesystem::path &bundle, std::shared_ptr<Device> device, uint64_t seed);

  std::vector<float> read(Segment segment, const std::string &parameter) override;
  void write(Segment segment, const std::string &parameter, const std::vector<float> &values) override;
  void write(const std::string &entry, const std::string &input, const std::vector<int32_t> &values) override;
  void write(const std::string &entry, const std::string &input, const std::vector<float> &values) override;
  void run(const std::string &entry) override;
  std::vector<float> read(const std::string &entry, const std::string &output) override;
  void zeroState() override;
  std::vector<std::pair<std::string, std::vector<float>>> state() override;

private:
  const Parameter &find(const std::string &name);

  Player player;
};

} // namespace samba
