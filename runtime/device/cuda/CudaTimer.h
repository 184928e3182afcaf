// A stopwatch in the stream.
#pragma once

#include "runtime/device/cuda/CudaContext.h"

#include <vector>

namespace samba::cuda {

/// Measures what is asked of the device between its marks.
class CudaTimer {
public:
  explicit CudaTimer(CudaContext &context) : context(context) {}
  ~CudaTimer() {
    for (CUevent event : events)
      context.driver().cuEventDestroy_v2(event);
  }
  CudaTimer(const CudaTimer &) = delete;
  CudaTimer &operator=(const CudaTimer &) = delete;

  void mark() {
    CUevent event = nullptr;
    context.check(context.driver().cuEventCreate(&event, CU_EVENT_DEFAULT), "cuEventCreate");
    events.push_back(event);
    context.check(context.driver().cuEventRecord(event, context.stream()), "cuEventRecord");
  }
  /// From mark number `which` to the next, when the device has come to that.
  double seconds(size_t which = 0) {
    float milliseconds = 0;
    context.check(context.driver().cuEventSynchronize(events[which + 1]), "cuEventSynchronize");
    context.check(context.driver().cuEventElapsedTime(&milliseconds, events[which], events[which + 1]),
                  "cuEventElapsedTime");
    return double(milliseconds) / 1000;
  }

private:
  CudaContext &context;
  std::vector<CUevent> events;
};

} // namespace samba::cuda
