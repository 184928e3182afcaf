// metrics.jsonl: what each step measured, one JSON object per line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace samba {

/// Sizes in bytes, times in milliseconds, rates per second.
struct StepMetrics {
  int64_t step = 0, tokens = 0; ///< steps done and tokens seen since the start of the run
  double loss = 0, gradNorm = 0, lr = 0;
  double stepMs = 0, tokensPerSecond = 0, tflops = 0;
  double mfu = -1; ///< share of the device's peak; negative: the device has none, written as null
  int64_t memoryBytes = 0;
  int64_t documents =
      -1; ///< of packed rows, or parts of documents, in this step; negative: not packed, not written
};

class MetricsLog {
public:
  /// Opens `file` for appending after keeping the lines of steps up to `lastStep` only; later ones, and a
  /// line cut short by a crash, are of steps that a resumed run does again.
  MetricsLog(const std::filesystem::path &file, int64_t lastStep);

  void append(const StepMetrics &metrics);
  /// A validation: mean loss in nats and its perplexity.
  void appendValidation(int64_t step, double loss);

private:
  void write(const std::string &line);

  std::filesystem::path file;
  std::ofstream out;
};

} // namespace samba
