// The signal handlers of a training run.
#include "runtime/train/StopSignal.h"

namespace samba {

static volatile std::sig_atomic_t noted = 0;

StopSignal::StopSignal() {
  noted = 0;
  struct sigaction action = {};
  action.sa_handler = [](int number) { noted = number; };
  action.sa_flags = SA_RESETHAND | SA_RESTART; // the second one finds the default: it ends the process
  sigaction(SIGINT, &action, &oldInterrupt);
  sigaction(SIGTERM, &action, &oldTerminate);
}

StopSignal::~StopSignal() {
  sigaction(SIGINT, &oldInterrupt, nullptr);
  sigaction(SIGTERM, &oldTerminate, nullptr);
}

const char *StopSignal::received() const {
  return noted == SIGINT ? "SIGINT" : noted == SIGTERM ? "SIGTERM" : nullptr;
}

} // namespace samba
