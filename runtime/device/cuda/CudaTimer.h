// A stopwatch in the stream.
#pragma once

#include "runtime/device/cuda/CudaContext.h"

#include <array>

namespace samba::cuda {

/// Measures what is asked of the device between start() and seconds().
class CudaTimer {
public:
  explicit CudaTimer(CudaContext &context) : context(context) {
    for (CUevent &event : events)
      context.check(context.driver().cuEventCreate(&event, CU_EVENT_DEFAULT), "cuEventCreate");
  }
  ~CudaTimer() {
    for (CUevent event : events)
      if (event)
        context.driver().cuEventDestroy_v2(event);
  }
  CudaTimer(const CudaTimer &) = delete;
  CudaTimer &operator=(const CudaTimer &) = delete;

  void start() { record(0); }
  /// Waits for the end of the work.
  double seconds() {
    float milliseconds = 0;
    record(1);
    context.check(context.driver().cuEventSynchronize(events[1]), "cuEventSynchronize");
    context.check(context.driver().cuEventElapsedTime(&milliseconds, events[0], events[1]),
                  "cuEventElapsedTime");
    return double(milliseconds) / 1000;
  }

private:
  void record(size_t which) {
    context.check(context.driver().cuEventRecord(events[which], context.stream()), "cuEventRecord");
  }

  CudaContext &context;
  std::array<CUevent, 2> events{};
};

} // namespace samba::cuda
