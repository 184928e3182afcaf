// Launches recorded once and started as one.
#pragma once

#include "runtime/device/cuda/CudaContext.h"

#include <functional>

namespace samba::cuda {

class CudaGraph {
public:
  /// Records what `start` puts into the stream; nothing of it runs yet.
  CudaGraph(CudaContext &context, const std::function<void()> &start);
  ~CudaGraph();
  CudaGraph(const CudaGraph &) = delete;
  CudaGraph &operator=(const CudaGraph &) = delete;

  void launch();

private:
  CudaContext &context;
  CUgraphExec executable = nullptr;
};

} // namespace samba::cuda
