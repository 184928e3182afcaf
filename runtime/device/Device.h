// What plays launches: memory, copies, and kernels bound to their arguments.
#pragma once

#include "runtime/Error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace samba {

struct Bundle;

/// A launch whose arguments are device addresses.
struct BoundLaunch {
  size_t kernel = 0;
  int64_t grid = 1;
  std::vector<void *> args;
  std::string label = {}; ///< for messages
};

/// A device cannot give as much memory as it was asked for.
class OutOfMemory : public Error {
public:
  using Error::Error;
};

/// The launches of one entry, ready to run.
class Program {
public:
  virtual ~Program() = default;
  /// Starts launches [begin, end) one after another, after everything the device was asked to do before. They
  /// may still be running on return: reading memory waits for them, so does Device::finish.
  virtual void run(size_t begin, size_t end) = 0;
  /// Seconds that `launches`, one after another, take: the mean of so many passes. A clock around them unless
  /// the device has a better one.
  virtual double time(std::span<const size_t> launches, int64_t passes);
  /// Seconds of each part of a run: part i is launches [bounds[i], bounds[i + 1]). The mean of so many runs.
  virtual std::vector<double> timeParts(std::span<const size_t> bounds, int64_t runs);
};

/// The kernels of one bundle, loaded.
class Kernels {
public:
  virtual ~Kernels() = default;
  /// `launches` are checked against the bundle already.
  virtual std::unique_ptr<Program> bind(std::vector<BoundLaunch> launches) = 0;
  /// Bytes held besides what the player allocated: scratch memory.
  virtual int64_t memoryBytes() const = 0;
  /// Sets every byte of the scratch memory to 0xff, a NaN in any float type, so that a kernel that reads what
  /// it did not write is found out.
  virtual void poisonScratch() {}
};

/// A copy out of the device that is under way. Must not outlive the device.
class PendingRead {
public:
  virtual ~PendingRead() = default;
  /// Waits for the copy and writes it to `to`.
  virtual void finish(void *to) = 0;
};

class Device {
public:
  virtual ~Device() = default;
  /// One line for people, as "cpu, 2 threads, avx512".
  virtual std::string description() const = 0;
  /// How many threads of this machine run cells side by side.
  virtual int threads() const { return 1; }
  /// Zero-filled, 64-byte aligned; throws Error when there is not enough memory.
  virtual void *allocate(int64_t bytes) = 0;
  virtual void release(void *memory, int64_t bytes) = 0;
  /// `from` may be changed on return.
  virtual void copyIn(void *to, const void *from, int64_t bytes) = 0;
  virtual void copyOut(void *to, const void *from, int64_t bytes) = 0;
  /// Reads what everything asked for so far leaves at `from`; what is asked for next may change it.
  virtual std::unique_ptr<PendingRead> startRead(const void *from, int64_t bytes);
  virtual void fillZero(void *to, int64_t bytes) = 0;
  /// Waits until everything asked for is done. Throws Error when something of it failed.
  virtual void finish() {}
  virtual std::unique_ptr<Kernels> load(const Bundle &bundle) = 0;
  /// Peak dense FLOP/s for model FLOPs utilisation; 0 where none is counted.
  virtual double peakFlops() const { return 0; }
  /// Measures a copy within the device's memory that fits in no cache: bytes read plus bytes written per
  /// second; 0 where the host measures it.
  virtual double copyBandwidth() { return 0; }
};

/// The device called `name`: "cpu", with as many threads as the machine has or SAMBA_THREADS says; or "cuda",
/// the first NVIDIA GPU. Throws Error for any other name, and when there is no such device.
std::unique_ptr<Device> makeDevice(const std::string &name);

} // namespace samba
