// SIGINT and SIGTERM as a wish to stop after the running step.
#pragma once

#include <csignal>

namespace samba {

/// While one lives, the first SIGINT or SIGTERM is only noted; a second one ends the process at once.
class StopSignal {
public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal &) = delete;
  StopSignal &operator=(const StopSignal &) = delete;

  /// "SIGINT", "SIGTERM", or null when none came.
  const char *received() const;

private:
  struct sigaction oldInterrupt, oldTerminate;
};

} // namespace samba
