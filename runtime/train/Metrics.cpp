// Writing metrics.jsonl, and cutting it back when a run is resumed.
#include "runtime/train/Metrics.h"
#include "runtime/Error.h"
#include "runtime/checkpoint/DurableFile.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

namespace samba {

/// The lines of `file` up to `lastStep`.
static std::string keptLines(const std::filesystem::path &file, int64_t lastStep) {
  std::ifstream in(file);
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    nlohmann::json json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("step") && json["step"].is_number_integer() &&
        json["step"].get<int64_t>() <= lastStep)
      kept += line + "\n";
  }
  return kept;
}

MetricsLog::MetricsLog(const std::filesystem::path &path, int64_t lastStep) : file(path) {
  if (std::filesystem::exists(path))
    writeDurably(path, keptLines(path, lastStep));
  out.open(path, std::ios::app);
  if (!out)
    throw Error("cannot write '", path.string(), "'");
}

void MetricsLog::append(const StepMetrics &metrics) {
  nlohmann::ordered_json json = {{"step", metrics.step},
                                 {"tokens", metrics.tokens},
                                 {"loss", metrics.loss},
                                 {"grad_norm", metrics.gradNorm},
                                 {"lr", metrics.lr},
                                 {"step_ms", metrics.stepMs},
                                 {"tokens_per_s", metrics.tokensPerSecond},
                                 {"tflops", metrics.tflops},
                                 {"mfu", nullptr},
                                 {"memory_bytes", metrics.memoryBytes}};
  if (metrics.mfu >= 0)
    json["mfu"] = metrics.mfu;
  if (metrics.documents >= 0)
    json["documents"] = metrics.documents;
  write(json.dump());
}

void MetricsLog::appendValidation(int64_t step, double loss) {
  nlohmann::ordered_json json = {{"step", step}, {"val_loss", loss}, {"val_perplexity", std::exp(loss)}};
  write(json.dump());
}

void MetricsLog::write(const std::string &line) {
  out << line << std::endl; // at once, for whoever follows the file
  if (!out)
    throw Error("cannot write '", file.string(), "'; is the disk full?");
}

} // namespace samba
