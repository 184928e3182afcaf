// What a training run says on stderr while it works.
#pragma once

#include <cstdint>
#include <string>

namespace samba {

struct StepMetrics;

/// On a terminal one line that changes in place, in colour unless NO_COLOR is set; elsewhere a plain line for
/// the first and the last step and about fifty between.
class Progress {
public:
  Progress(int64_t steps, bool quiet);
  ~Progress();

  void step(const StepMetrics &metrics);
  /// A line that stays.
  void note(const std::string &text);

private:
  void clearLine();

  int64_t steps;
  bool quiet, terminal, colour;
  bool lineOpen = false; ///< a changing line is on the terminal
  bool first = true;
};

} // namespace samba
