// The launches of one entry on the GPU.
#pragma once

#include "runtime/device/Device.h"
#include "runtime/device/cuda/CudaGraph.h"
#include "runtime/device/cuda/CudaKernels.h"
#include "runtime/device/cuda/CudaLaunch.h"

#include <optional>
#include <vector>

namespace samba::cuda {

/// A run of the whole entry is one graph; a run of some launches starts them one by one. With SAMBA_SYNC all
/// are started one by one and waited for.
class CudaProgram : public Program {
public:
  CudaProgram(CudaKernels &kernels, CudaContext &context, std::vector<BoundLaunch> launches);

  void run(size_t begin, size_t end) override;
  double time(std::span<const size_t> launches, int64_t passes) override;
  std::vector<double> timeParts(std::span<const size_t> bounds, int64_t runs) override;

private:
  void prepare();
  void start(size_t begin, size_t end);
  void startAndWait(size_t launch);
  std::string spanText(size_t begin, size_t end) const;

  CudaKernels &kernels;
  CudaContext &context;
  std::vector<BoundLaunch> bound;
  std::string wholeText; ///< names all of them, for messages

  CUdeviceptr scratch = 0;       ///< for which the rest was made
  std::vector<CudaLaunch> grids; ///< of all launches, one after another
  std::vector<size_t> firstGrid; ///< of each launch, and at the end the number of grids
  std::optional<CudaGraph> whole;
};

} // namespace samba::cuda
