// Persistent threads that share the cells of one launch after another with little delay between launches.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace samba {

/// The caller works too: a pool of one has no thread of its own. Cells are handed out in chunks to whoever is
/// free. A worker that finds nothing spins for a moment, because the next launch mostly follows at once, then
/// sleeps. run() may be called by one thread at a time.
class ThreadPool {
public:
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int size() const { return int(workers.size()) + 1; }

  /// Calls body(begin, end, thread) for ranges that cover [0, cells), and returns when all are done; thread
  /// is below size() and no two calls with the same one run at once. `body` must not throw.
  template <typename Body> void run(int64_t cells, const Body &body) {
    if (cells == 1 || workers.empty()) {
      body(0, cells, 0);
      return;
    }
    runTask(cells, &body, [](const void *context, int64_t begin, int64_t end, int thread) {
      (*static_cast<const Body *>(context))(begin, end, thread);
    });
  }

private:
  using Task = void (*)(const void *context, int64_t begin, int64_t end, int thread);

  void runTask(int64_t cells, const void *context, Task task);
  void workChunks(int thread);
  void workerLoop(int thread);

  // The running launch. Only a thread that took a chunk reads these, and no launch ends before its last
  // chunk.
  Task task = nullptr;
  const void *context = nullptr;
  int64_t cells = 0, chunkCells = 0, chunks = 0;

  alignas(64) std::atomic<int64_t> left{0};      ///< chunks not yet taken; below 1: none
  alignas(64) std::atomic<uint32_t> finished{0}; ///< chunks done
  alignas(64) std::atomic<uint32_t> wakeUps{0};  ///< what sleepers wait on
  std::atomic<int32_t> sleepers{0};
  std::atomic<bool> stopping{false};
  std::vector<std::thread> workers;
};

} // namespace samba
