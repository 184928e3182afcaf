// Plays the entries of a bundle on a device: owns the memory, writes inputs, runs launches, reads outputs.
#pragma once

#include "runtime/Error.h"
#include "runtime/bundle/Bundle.h"
#include "runtime/device/Device.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace samba {

template <typename T> struct DTypeOf;
template <> struct DTypeOf<float> {
  static constexpr DType value = DType::F32;
};
/// The bits of a bf16: the upper half of a float.
template <> struct DTypeOf<uint16_t> {
  static constexpr DType value = DType::BF16;
};
template <> struct DTypeOf<int32_t> {
  static constexpr DType value = DType::I32;
};
template <> struct DTypeOf<int64_t> {
  static constexpr DType value = DType::I64;
};

/// An output on its way to the host. Must not outlive the player.
template <typename T> class Reading {
public:
  Reading(std::unique_ptr<PendingRead> read, size_t count) : read(std::move(read)), values(count) {}
  /// Waits for it.
  const std::vector<T> &finish() {
    if (read)
      read->finish(values.data());
    read.reset();
    return values;
  }

private:
  std::unique_ptr<PendingRead> read;
  std::vector<T> values;
};

/// Memory is allocated when first needed: playing `decode` allocates no gradients and no arena of `train`.
/// Every segment starts zeroed, so the state starts before the first token and the parameters start at 0
/// until they are initialized or loaded. Not thread-safe.
class Player {
public:
  Player(Bundle bundle, std::shared_ptr<Device> device);
  ~Player();
  Player(const Player &) = delete;
  Player &operator=(const Player &) = delete;

  const Bundle &bundle() const { return theBundle; }
  Device &device() { return *theDevice; }

  /// Allocates and binds what `entry` needs, so that its first run is as fast as the next.
  void prepare(const std::string &entry);
  /// Starts the entry after everything started before; whoever reads an output waits for it. Before the first
  /// run after a parameter was written, the working weights are made from the parameters.
  void run(const std::string &entry);
  /// Starts launches [begin, end) of the entry only.
  void run(const std::string &entry, size_t begin, size_t end);
  /// Waits until everything started is done.
  void finish() { theDevice->finish(); }
  /// Seconds of launches of the entry, the mean of so many passes over them.
  double time(const std::string &entry, std::span<const size_t> launches, int64_t passes);
  /// Seconds of each part of a run of the entry, part i being launches [bounds[i], bounds[i + 1]): the mean
  /// of so many runs.
  std::vector<double> timeParts(const std::string &entry, std::span<const size_t> bounds, int64_t runs);
  /// The number of launches after which an output is final: one more than the index of the last that writes
  /// it.
  size_t launchesUntil(const std::string &entry, const std::string &output) const;

  /// Writes all elements of an input. Throws Error when the type or the number of elements differs, a token
  /// lies outside the vocabulary (targets may be -1), or documents do not follow one another.
  template <typename T>
  void write(const std::string &entry, const std::string &input, std::span<const T> values) {
    writeInput(entry, input, DTypeOf<T>::value, values.data(), values.size());
  }
  template <typename T>
  void write(const std::string &entry, const std::string &input, const std::vector<T> &values) {
    write(entry, input, std::span<const T>(values));
  }
  /// Reads elements [first, first + values.size()) of an output.
  template <typename T>
  void readPart(const std::string &entry, const std::string &output, int64_t first, std::span<T> values) {
    readOutputPart(entry, output, DTypeOf<T>::value, first, values.data(), values.size());
  }
  /// Reads all elements of an output.
  template <typename T> void read(const std::string &entry, const std::string &output, std::span<T> values) {
    readOutput(entry, output, DTypeOf<T>::value, values.data(), values.size());
  }
  template <typename T = float> std::vector<T> read(const std::string &entry, const std::string &output) {
    std::vector<T> values(theBundle.entry(entry).output(output).elements());
    read(entry, output, std::span<T>(values));
    return values;
  }
  /// Reads all elements as what was started so far leaves them, without waiting for it.
  template <typename T = float> Reading<T> startRead(const std::string &entry, const std::string &output) {
    size_t count = theBundle.entry(entry).output(output).elements();
    return {startReading(entry, output, DTypeOf<T>::value, count), count};
  }
  /// Reads an f32 scalar, as `loss`.
  float scalar(const std::string &entry, const std::string &output) { return read(entry, output).at(0); }

  /// Puts every sequence before its first token.
  void zeroState();
  /// The state is a value: its bytes, in the layout of Bundle::state.
  std::vector<std::byte> snapshotState();
  void restoreState(std::span<const std::byte> state);

  /// Elements [first, first + values.size()) of a parameter, or of its gradient or moments at the same place.
  void readParameter(const Parameter &parameter, int64_t first, std::span<float> values,
                     Segment segment = Segment::Params);
  void writeParameter(const Parameter &parameter, int64_t first, std::span<const float> values,
                      Segment segment = Segment::Params);
  /// Zeroes one of the shared segments.
  void zero(Segment segment);

  /// Bytes of device memory held now: segments, the largest arena used so far, and scratch.
  int64_t memoryBytes() const;

  /// Plays the entry once more, launch by launch, from zeroed gradients and the inputs as they are, and
  /// returns the label of the first launch that writes a NaN or an Inf, if any. Everything it changed is put
  /// back.
  std::optional<std::string> firstNonFinite(const std::string &entry);

private:
  struct Memory {
    std::byte *data = nullptr;
    int64_t bytes = 0;
  };

  std::byte *memory(Segment segment);
  void growArena(int64_t bytes);
  void release(Memory &memory);
  Program &program(const Entry &entry);
  Program &bind(const Entry &entry);
  void syncWeights(const Entry &entry);
  void written(Segment segment);
  int64_t position();
  void checkContext(const Entry &entry);
  std::vector<std::byte> snapshot(Segment segment);
  void restore(Segment segment, std::span<const std::byte> bytes);
  struct Range {
    std::byte *data = nullptr;
    size_t count = 0; ///< floats
  };
  /// From the first to the last of `count` elements, with what lies between rows.
  Range rangeOf(const Parameter &parameter, int64_t first, size_t count, Segment segment);
  void writeInput(const std::string &entry, const std::string &input, DType dtype, const void *values,
                  size_t count);
  void readOutput(const std::string &entry, const std::string &output, DType dtype, void *values,
                  size_t count);
  void readOutputPart(const std::string &entry, const std::string &output, DType dtype, int64_t first,
                      void *values, size_t count);
  std::unique_ptr<PendingRead> startReading(const std::string &entry, const std::string &output, DType dtype,
                                            size_t count);
  bool finite(const Arg &arg);

  Bundle theBundle;
  std::shared_ptr<Device> theDevice;
  std::unique_ptr<Kernels> kernels;
  std::array<Memory, kSegments> memories;
  std::map<std::string, std::unique_ptr<Program>> programs;
  bool weightsAreOld = true;            ///< the parameters were written since the working weights were made
  std::optional<int64_t> knownPosition; ///< tokens in the longest sequence of the state
};

} // namespace samba
