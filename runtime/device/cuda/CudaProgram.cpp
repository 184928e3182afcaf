// Graphs, single launches, and timing.
#include "runtime/device/cuda/CudaProgram.h"
#include "runtime/device/cuda/CudaTimer.h"

#include <algorithm>

namespace samba::cuda {

CudaProgram::CudaProgram(CudaKernels &kernels, CudaContext &context, std::vector<BoundLaunch> launches)
    : kernels(kernels), context(context), bound(std::move(launches)), wholeText(spanText(0, bound.size())) {
  prepare();
}

std::string CudaProgram::spanText(size_t begin, size_t end) const {
  if (begin == end)
    return "no launch";
  std::string first = "'" + bound[begin].label + "'";
  return end - begin == 1 ? first : first + " to '" + bound[end - 1].label + "'";
}

/// Packs all launches, and again whenever the scratch memory has moved.
void CudaProgram::prepare() {
  if (!firstGrid.empty() && scratch == kernels.scratch())
    return;
  whole.reset();
  grids.clear();
  firstGrid.clear();
  scratch = kernels.scratch();
  for (const BoundLaunch &launch : bound) {
    firstGrid.push_back(grids.size());
    const Kernel &kernel = kernels.kernel(launch.kernel);
    for (const GpuLaunch &grid : kernel.launches)
      grids.emplace_back(context, grid, kernels.function(kernel, grid), launch.args, scratch);
  }
  firstGrid.push_back(grids.size());
  if (grids.size() > 1 && !context.waitsForEachLaunch())
    whole.emplace(context, [&] { start(0, bound.size()); });
}

/// The first grid begins when all before it is done: what that was does not say when it can be overtaken.
void CudaProgram::start(size_t begin, size_t end) {
  bool overlap = context.driver().graphsOverlapLaunches();
  for (size_t grid = firstGrid[begin]; grid < firstGrid[end]; ++grid)
    grids[grid].start(context, overlap && grid != firstGrid[begin]);
}

void CudaProgram::startAndWait(size_t launch) {
  for (size_t grid = firstGrid[launch]; grid < firstGrid[launch + 1]; ++grid) {
    context.started("'" + bound[launch].label + "', function '" + grids[grid].function() + "'");
    grids[grid].start(context, false);
    context.finish();
  }
}

void CudaProgram::run(size_t begin, size_t end) {
  prepare();
  if (context.waitsForEachLaunch()) {
    for (size_t launch = begin; launch < end; ++launch)
      startAndWait(launch);
    return;
  }
  bool all = begin == 0 && end == bound.size();
  context.started(all ? wholeText : spanText(begin, end));
  if (all && whole)
    whole->launch();
  else
    start(begin, end);
}

double CudaProgram::time(std::span<const size_t> launches, int64_t passes) {
  constexpr size_t wantedLaunches = 64; // in one graph, so that starting graphs costs nothing beside them
  prepare();
  int64_t inner =
      std::clamp<int64_t>(int64_t(wantedLaunches / std::max<size_t>(launches.size(), 1)), 1, passes);
  int64_t outer = (passes + inner - 1) / inner;
  context.started("timing of " + spanText(launches.front(), launches.front() + 1));
  CudaGraph graph(context, [&] {
    bool early = false;
    for (int64_t pass = 0; pass < inner; ++pass)
      for (size_t launch : launches)
        for (size_t grid = firstGrid[launch]; grid < firstGrid[launch + 1]; ++grid) {
          grids[grid].start(context, early);
          early = context.driver().graphsOverlapLaunches();
        }
  });
  graph.launch(); // the first start of a graph also uploads it
  CudaTimer timer(context);
  timer.mark();
  for (int64_t round = 0; round < outer; ++round)
    graph.launch();
  timer.mark();
  return timer.seconds() / double(inner * outer);
}

std::vector<double> CudaProgram::timeParts(std::span<const size_t> bounds, int64_t runs) {
  prepare();
  std::vector<double> seconds(bounds.size() - 1);
  for (int64_t i = 0; i < runs; ++i) {
    CudaTimer timer(context); // read when all has been asked for, so that the device never waits
    timer.mark();
    for (size_t part = 0; part < seconds.size(); ++part) {
      start(bounds[part], bounds[part + 1]);
      timer.mark();
    }
    for (size_t part = 0; part < seconds.size(); ++part)
      seconds[part] += timer.seconds(part) / double(runs);
  }
  return seconds;
}

} // namespace samba::cuda
