// Stream capture.
#include "runtime/device/cuda/CudaGraph.h"

namespace samba::cuda {

CudaGraph::CudaGraph(CudaContext &context, const std::function<void()> &start) : context(context) {
  const CudaDriver &driver = context.driver();
  CUgraph graph = nullptr;
  context.check(driver.cuStreamBeginCapture_v2(context.stream(), CU_STREAM_CAPTURE_MODE_RELAXED),
                "cuStreamBeginCapture");
  try {
    start();
  } catch (...) {
    driver.cuStreamEndCapture(context.stream(), &graph);
    if (graph)
      driver.cuGraphDestroy(graph);
    throw;
  }
  context.check(driver.cuStreamEndCapture(context.stream(), &graph), "cuStreamEndCapture");
  CUresult result = driver.cuGraphInstantiateWithFlags(&executable, graph, 0);
  driver.cuGraphDestroy(graph);
  context.check(result, "cuGraphInstantiate");
}

CudaGraph::~CudaGraph() {
  context.driver().cuStreamSynchronize(context.stream()); // it may be running
  context.driver().cuGraphExecDestroy(executable);
}

void CudaGraph::launch() {
  context.check(context.driver().cuGraphLaunch(executable, context.stream()), "cuGraphLaunch");
}

} // namespace samba::cuda
