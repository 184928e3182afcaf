// The progress line of training.
#include "runtime/train/Progress.h"
#include "runtime/train/Metrics.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace samba {

static constexpr int64_t kPlainLines = 50;

Progress::Progress(int64_t steps, bool quiet) : steps(steps), quiet(quiet), terminal(isatty(STDERR_FILENO)) {
  const char *noColour = std::getenv("NO_COLOR");
  colour = terminal && !(noColour && *noColour);
}

Progress::~Progress() {
  if (lineOpen)
    std::fputc('\n', stderr);
}

/// "1h02m", "3m05s" or "12s".
static std::string durationText(double seconds) {
  char text[48];
  auto whole = static_cast<long long>(seconds);
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
  else if (whole >= 60)
    std::snprintf(text, sizeof text, "%lldm%02llds", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%llds", whole);
  return text;
}

void Progress::step(const StepMetrics &metrics) {
  bool wanted =
      first || metrics.step == steps || metrics.step % std::max<int64_t>(1, steps / kPlainLines) == 0;
  if (quiet || !(terminal || wanted))
    return;
  first = false;
  const char *bold = colour ? "\x1b[1m" : "", *dim = colour ? "\x1b[2m" : "",
             *plain = colour ? "\x1b[0m" : "";
  std::string left = durationText(double(steps - metrics.step) * metrics.stepMs / 1000);
  char line[256];
  std::snprintf(line, sizeof line,
                "step %lld/%lld  %sloss %.4f%s  %sgrad %.3f  lr %.2e  %.0f tokens/s  %s left%s",
                static_cast<long long>(metrics.step), static_cast<long long>(steps), bold, metrics.loss,
                plain, dim, metrics.gradNorm, metrics.lr, metrics.tokensPerSecond, left.c_str(), plain);
  clearLine();
  std::fprintf(stderr, terminal ? "%s" : "%s\n", line);
  std::fflush(stderr);
  lineOpen = terminal;
}

void Progress::note(const std::string &text) {
  if (quiet)
    return;
  clearLine();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Progress::clearLine() {
  if (lineOpen)
    std::fputs("\r\x1b[K", stderr);
  lineOpen = false;
}

} // namespace samba
