// How chunks are taken, and how workers sleep and wake.
#include "runtime/device/cpu/ThreadPool.h"

#include <immintrin.h>

#include <algorithm>

namespace samba {

static constexpr int kSpins = 2000;         // of _mm_pause: some 20 to 100 microseconds
static constexpr int kChunksPerThread = 32; // enough to even out cells of unequal cost

ThreadPool::ThreadPool(int threads) {
  for (int i = 1; i < threads; ++i)
    workers.emplace_back([this, i] { workerLoop(i); });
}

ThreadPool::~ThreadPool() {
  stopping = true;
  ++wakeUps;
  wakeUps.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::runTask(int64_t newCells, const void *newContext, Task newTask) {
  task = newTask;
  context = newContext;
  cells = newCells;
  chunkCells = std::max<int64_t>(1, cells / (size() * kChunksPerThread));
  chunks = (cells + chunkCells - 1) / chunkCells;
  finished.store(0, std::memory_order_relaxed);
  // Sequentially consistent with workerLoop: either we see the sleeper, or it sees the chunks.
  left.store(chunks);
  if (sleepers.load() > 0) {
    ++wakeUps;
    wakeUps.notify_all();
  }
  workChunks(0);
  for (int spin = 0; spin < kSpins; ++spin) {
    if (finished.load(std::memory_order_acquire) == uint32_t(chunks))
      return;
    _mm_pause();
  }
  for (uint32_t done; (done = finished.load(std::memory_order_acquire)) != uint32_t(chunks);)
    finished.wait(done);
}

void ThreadPool::workChunks(int thread) {
  while (left.load(std::memory_order_relaxed) > 0) {
    int64_t before = left.fetch_sub(1, std::memory_order_acquire);
    if (before < 1)
      return;
    int64_t all = chunks, begin = (all - before) * chunkCells;
    task(context, begin, std::min(begin + chunkCells, cells), thread);
    // After the last one is counted the caller may return, so nothing of the launch is read from here on.
    if (finished.fetch_add(1, std::memory_order_release) + 1 == uint32_t(all))
      finished.notify_one();
  }
}

void ThreadPool::workerLoop(int thread) {
  while (!stopping) {
    for (int spin = 0; spin < kSpins && left.load(std::memory_order_relaxed) <= 0; ++spin)
      _mm_pause();
    workChunks(thread);
    uint32_t seen = wakeUps.load();
    ++sleepers;
    if (left.load() <= 0 && !stopping)
      wakeUps.wait(seen);
    --sleepers;
  }
}

} // namespace samba
