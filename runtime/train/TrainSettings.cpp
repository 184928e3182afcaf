// run.json: writing, strict reading, and what must stay the same when a run is resumed.
#include "runtime/train/TrainSettings.h"
#include "runtime/JsonPlace.h"
#include "runtime/checkpoint/DurableFile.h"

#include <variant>
#include <vector>

namespace samba {

namespace {

using Value = std::variant<int64_t TrainSettings::*, double TrainSettings::*, uint64_t TrainSettings::*>;

/// A setting: its name in run.json, its range, and whether it decides what the weights become.
struct Field {
  const char *name;
  Value value;
  bool decidesWeights;
  double low, high;
};

const std::vector<Field> &fields() {
  static constexpr double kMany = 1e15; // steps, exact in a double
  static const std::vector<Field> all = {
      {"steps", &TrainSettings::steps, true, 1, kMany},
      {"grad_accum", &TrainSettings::gradAccum, true, 1, 1e6},
      {"lr", &TrainSettings::lr, true, 0, 1e6},
      {"min_lr", &TrainSettings::minLr, true, -1, 1e6},
      {"warmup", &TrainSettings::warmup, true, -1, kMany},
      {"beta1", &TrainSettings::beta1, true, 0, 0.999999},
      {"beta2", &TrainSettings::beta2, true, 0, 0.99999999},
      {"eps", &TrainSettings::eps, true, 0, 1},
      {"weight_decay", &TrainSettings::weightDecay, true, 0, 1e6},
      {"clip", &TrainSettings::clip, true, 0, 1e30},
      {"seed", &TrainSettings::seed, true, 0, 1.9e19},
      {"save_every", &TrainSettings::saveEvery, false, 0, kMany},
      {"eval_every", &TrainSettings::evalEvery, false, 0, kMany},
      {"keep", &TrainSettings::keep, false, 1, 1e6},
  };
  return all;
}

} // namespace

void TrainSettings::check() const {
  for (const Field &field : fields())
    std::visit(
        [&](auto member) {
          double value = double(this->*member);
          if (!(value >= field.low && value <= field.high))
            throw Error("setting '", field.name, "': expected a value from ", field.low, " to ", field.high,
                        ", got ", this->*member);
        },
        field.value);
}

void TrainSettings::checkResumes(const TrainSettings &saved) const {
  std::string differences;
  for (const Field &field : fields())
    std::visit(
        [&](auto member) {
          if (!field.decidesWeights || this->*member == saved.*member)
            return;
          std::ostringstream text;
          text << (differences.empty() ? "" : ", ") << "'" << field.name << "' was " << saved.*member
               << " and is " << this->*member;
          differences += text.str();
        },
        field.value);
  if (!differences.empty())
    throw Error("cannot resume with other settings: ", differences,
                "; leave them out, or train into a new folder");
}

void TrainSettings::save(const std::filesystem::path &file, const std::string &bundleDigest,
                         const std::string &data) const {
  nlohmann::ordered_json settings;
  for (const Field &field : fields())
    std::visit([&](auto member) { settings[field.name] = this->*member; }, field.value);
  nlohmann::ordered_json json = {{"format", "samba-run"},
                                 {"version", 1},
                                 {"bundle_digest", bundleDigest},
                                 {"data", data},
                                 {"settings", settings}};
  writeDurably(file, json.dump(2) + "\n");
}

RunRecord RunRecord::load(const std::filesystem::path &path) {
  std::string file = path.string();
  nlohmann::json json = readJson(path);
  JsonPlace root(json, file), settings = root["settings"];
  if (root["format"].text() != "samba-run")
    root["format"].fail("expected 'samba-run', got '", root["format"].text(), "'");
  root["version"].integer(1, 1);
  RunRecord record;
  record.bundleDigest = root["bundle_digest"].text();
  record.data = root["data"].text();
  for (const Field &field : fields()) {
    JsonPlace place = settings[field.name];
    if (auto integer = std::get_if<int64_t TrainSettings::*>(&field.value))
      record.settings.**integer = place.integer(INT64_MIN, INT64_MAX);
    else if (auto number = std::get_if<double TrainSettings::*>(&field.value))
      record.settings.**number = place.number();
    else
      record.settings.*std::get<uint64_t TrainSettings::*>(field.value) = place.unsignedInteger();
  }
  record.settings.check();
  return record;
}

} // namespace samba
