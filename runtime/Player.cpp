// Memory, binding and playing of a bundle's entries.
#include "runtime/Player.h"
#include "runtime/bundle/MemoryNeeds.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace samba {

static constexpr const char *kSyncWeights = "sync_weights"; // the entry that makes Segment::Weights
static constexpr int64_t kChunkBytes = int64_t(1) << 20;    // how much is looked at a time

Player::Player(Bundle bundle, std::shared_ptr<Device> device)
    : theBundle(std::move(bundle)), theDevice(std::move(device)), kernels(theDevice->load(theBundle)) {}

Player::~Player() {
  for (Memory &memory : memories)
    release(memory);
}

void Player::release(Memory &memory) {
  if (memory.data)
    theDevice->release(memory.data, memory.bytes);
  memory = {};
}

std::byte *Player::memory(Segment segment) {
  Memory &memory = memories[size_t(segment)];
  int64_t bytes = theBundle.segmentBytes[size_t(segment)];
  if (!memory.data && bytes > 0)
    memory = {static_cast<std::byte *>(theDevice->allocate(bytes)), bytes};
  return memory.data;
}

/// One arena serves all entries, since only one runs at a time. Programs hold its address, so they are bound
/// anew.
void Player::growArena(int64_t bytes) {
  Memory &arena = memories[size_t(Segment::Arena)];
  if (bytes <= arena.bytes)
    return;
  programs.clear();
  release(arena);
  arena = {static_cast<std::byte *>(theDevice->allocate(bytes)), bytes};
}

Program &Player::program(const Entry &entry) {
  auto found = programs.find(entry.name);
  if (found != programs.end())
    return *found->second;
  try {
    return bind(entry);
  } catch (const OutOfMemory &error) {
    int64_t bytes = playingMemory(theBundle, entry, theDevice->threads());
    throw OutOfMemory(error.what(), "; playing '", entry.name, "' of '", theBundle.folder.string(),
                      "' takes ", bytes, " bytes (", double(bytes) / (1 << 30),
                      " GiB) in all, as 'samba-run info' says; compile with a smaller --batch or --seq");
  }
}

Program &Player::bind(const Entry &entry) {
  growArena(entry.arenaBytes);
  std::vector<BoundLaunch> launches;
  for (const Launch &launch : entry.launches) {
    BoundLaunch bound{launch.kernel, launch.grid, {}, launch.label};
    for (const Arg &arg : launch.args) {
      std::byte *base =
          arg.segment == Segment::Arena ? memories[size_t(arg.segment)].data : memory(arg.segment);
      bound.args.push_back(base + arg.offset);
    }
    launches.push_back(std::move(bound));
  }
  return *programs.emplace(entry.name, kernels->bind(std::move(launches))).first->second;
}

static bool reads(const Entry &entry, Segment segment) {
  return std::any_of(entry.launches.begin(), entry.launches.end(), [&](const Launch &launch) {
    return std::any_of(launch.args.begin(), launch.args.end(),
                       [&](const Arg &arg) { return arg.segment == segment; });
  });
}

/// Makes the working weights if the entry works with them and they are old.
void Player::syncWeights(const Entry &entry) {
  if (!weightsAreOld || entry.name == kSyncWeights || !reads(entry, Segment::Weights))
    return;
  const Entry &sync = theBundle.entry(kSyncWeights);
  program(sync).run(0, sync.launches.size());
  weightsAreOld = false;
}

void Player::prepare(const std::string &name) {
  const Entry &entry = theBundle.entry(name);
  program(entry);
  if (reads(entry, Segment::Weights))
    program(theBundle.entry(kSyncWeights));
}

void Player::run(const std::string &entry) { run(entry, 0, theBundle.entry(entry).launches.size()); }

void Player::run(const std::string &name, size_t begin, size_t end) {
  const Entry &entry = theBundle.entry(name);
  if (begin > end || end > entry.launches.size())
    throw Error("entry '", name, "' has ", entry.launches.size(), " launches, asked for ", begin, " to ",
                end);
  if (theBundle.maxContext && begin == 0)
    checkContext(entry);
  syncWeights(entry);
  program(entry).run(begin, end);
  if (begin > 0 || end < entry.launches.size())
    knownPosition.reset();
}

double Player::time(const std::string &name, std::span<const size_t> launches, int64_t passes) {
  const Entry &entry = theBundle.entry(name);
  syncWeights(entry);
  knownPosition.reset();
  return program(entry).time(launches, passes);
}

std::vector<double> Player::timeParts(const std::string &name, std::span<const size_t> bounds, int64_t runs) {
  const Entry &entry = theBundle.entry(name);
  syncWeights(entry);
  knownPosition.reset();
  return program(entry).timeParts(bounds, runs);
}

/// The most tokens that a sequence of the state has behind it.
int64_t Player::position() {
  if (!knownPosition) {
    const Tensor &tensor = *std::find_if(theBundle.state.begin(), theBundle.state.end(),
                                         [](const Tensor &tensor) { return tensor.name == "position"; });
    std::vector<int64_t> positions(size_t(tensor.elements()));
    theDevice->copyOut(positions.data(), memory(Segment::State) + tensor.offset, tensor.bytes());
    knownPosition = *std::max_element(positions.begin(), positions.end());
  }
  return *knownPosition;
}

/// Refuses to run an entry that would advance the state beyond the model's max_context.
void Player::checkContext(const Entry &entry) {
  if (entry.name == "train" || entry.name == "update" || entry.name == kSyncWeights)
    return;
  if (position() + entry.seq > *theBundle.maxContext)
    throw Error("the state of model '", theBundle.modelName, "' holds at most ", *theBundle.maxContext,
                " tokens (max_context), and ", position(), " + ", entry.seq,
                " were asked for; compile the spec with a larger max_context");
  *knownPosition += entry.seq;
}

size_t Player::launchesUntil(const std::string &name, const std::string &output) const {
  const Entry &entry = theBundle.entry(name);
  const Tensor &port = entry.output(output);
  auto writes = [&](const Launch &launch) {
    return std::any_of(launch.outputs.begin(), launch.outputs.end(), [&](size_t index) {
      const Arg &arg = launch.args[index];
      return arg.segment == Segment::Io && arg.offset < port.offset + port.bytes() &&
             port.offset < arg.offset + arg.bytes;
    });
  };
  auto last = std::find_if(entry.launches.rbegin(), entry.launches.rend(), writes);
  if (last == entry.launches.rend())
    throw Error("no launch of entry '", name, "' writes output '", output, "'");
  return size_t(entry.launches.rend() - last);
}

/// Throws unless `port` has this type and number of elements.
static void checkPort(const Entry &entry, const Tensor &port, DType dtype, size_t count) {
  if (port.dtype != dtype || size_t(port.elements()) != count)
    throw Error("'", port.name, "' of entry '", entry.name, "': expected ", port.elements(), " elements of ",
                name(port.dtype), " (shape ", shapeText(port.shape), "), got ", count, " of ", name(dtype));
}

/// Documents of a row begin one after another: at a token itself, or where that of the token before does.
static void checkDocuments(const Entry &entry, const int32_t *documents) {
  for (int64_t row = 0; row < entry.batch; ++row)
    for (int64_t t = 0; t < entry.seq; ++t) {
      const int32_t *begin = documents + row * entry.seq + t;
      if (*begin != t && (t == 0 ? *begin > 0 : *begin != begin[-1]))
        throw Error("'documents'[", row, ", ", t, "] of entry '", entry.name, "': expected ", t,
                    t ? ", or as before " + std::to_string(begin[-1]) : " or less", ", got ", *begin);
    }
}

void Player::writeInput(const std::string &entryName, const std::string &input, DType dtype,
                        const void *values, size_t count) {
  const Entry &entry = theBundle.entry(entryName);
  const Tensor &port = entry.input(input);
  checkPort(entry, port, dtype, count);
  // Kernels use tokens and targets as addresses, so a stray one must not reach them.
  if (input == "tokens" || input == "targets") {
    int32_t low = input == "tokens" ? 0 : -1;
    const auto *tokens = static_cast<const int32_t *>(values);
    for (size_t i = 0; i < count; ++i)
      if (tokens[i] < low || tokens[i] >= theBundle.vocabSize)
        throw Error("'", input, "'[", i, "] of entry '", entryName, "': expected a token from ", low, " to ",
                    theBundle.vocabSize - 1, ", got ", tokens[i],
                    "; is the data made for another vocabulary?");
  }
  if (input == "documents" && entry.batch * entry.seq == int64_t(count))
    checkDocuments(entry, static_cast<const int32_t *>(values));
  theDevice->copyIn(memory(Segment::Io) + port.offset, values, port.bytes());
}

void Player::readOutputPart(const std::string &entryName, const std::string &output, DType dtype,
                            int64_t first, void *values, size_t count) {
  const Tensor &port = theBundle.entry(entryName).output(output);
  if (port.dtype != dtype || first < 0 || int64_t(count) > port.elements() - first)
    throw Error("'", output, "' of entry '", entryName, "' has ", port.elements(), " elements of ",
                name(port.dtype), ", asked for ", count, " of ", name(dtype), " from ", first);
  int64_t size = byteSize(dtype);
  theDevice->copyOut(values, memory(Segment::Io) + port.offset + first * size, int64_t(count) * size);
}

void Player::readOutput(const std::string &entryName, const std::string &output, DType dtype, void *values,
                        size_t count) {
  const Entry &entry = theBundle.entry(entryName);
  const Tensor &port = entry.output(output);
  checkPort(entry, port, dtype, count);
  theDevice->copyOut(values, memory(Segment::Io) + port.offset, port.bytes());
}

std::unique_ptr<PendingRead> Player::startReading(const std::string &entryName, const std::string &output,
                                                  DType dtype, size_t count) {
  const Entry &entry = theBundle.entry(entryName);
  const Tensor &port = entry.output(output);
  checkPort(entry, port, dtype, count);
  return theDevice->startRead(memory(Segment::Io) + port.offset, port.bytes());
}

void Player::zero(Segment segment) {
  written(segment);
  if (Memory &memory = memories[size_t(segment)]; memory.data)
    theDevice->fillZero(memory.data, memory.bytes);
}

void Player::zeroState() {
  zero(Segment::State);
  knownPosition = 0;
}

std::vector<std::byte> Player::snapshotState() { return snapshot(Segment::State); }

void Player::restoreState(std::span<const std::byte> state) { restore(Segment::State, state); }

std::vector<std::byte> Player::snapshot(Segment segment) {
  std::byte *from = memory(segment);
  std::vector<std::byte> bytes(size_t(memories[size_t(segment)].bytes));
  theDevice->copyOut(bytes.data(), from, int64_t(bytes.size()));
  return bytes;
}

void Player::restore(Segment segment, std::span<const std::byte> bytes) {
  std::byte *to = memory(segment);
  if (int64_t(bytes.size()) != memories[size_t(segment)].bytes)
    throw Error("segment '", name(segment), "': expected ", memories[size_t(segment)].bytes, " bytes, got ",
                bytes.size());
  written(segment);
  theDevice->copyIn(to, bytes.data(), int64_t(bytes.size()));
}

/// What is known of a segment's content is known no longer.
void Player::written(Segment segment) {
  if (segment == Segment::Params)
    weightsAreOld = true;
  if (segment == Segment::State)
    knownPosition.reset();
}

Player::Range Player::rangeOf(const Parameter &parameter, int64_t first, size_t count, Segment segment) {
  if (first < 0 || int64_t(count) > parameter.elements() - first)
    throw Error("parameter '", parameter.name, "' has ", parameter.elements(), " elements, asked for ", count,
                " from ", first);
  if (theBundle.segmentBytes[size_t(segment)] == 0)
    throw Error("bundle '", theBundle.folder.string(), "' has no segment '", name(segment),
                "'; compile the spec for training");
  if (count == 0)
    return {};
  int64_t begin = parameter.placeOf(first), end = parameter.placeOf(first + int64_t(count) - 1) + 1;
  return {memory(segment) + parameter.offset + begin * int64_t(sizeof(float)), size_t(end - begin)};
}

/// Calls part(element, place, n) for the elements [first, first + count) that lie together: `element` counts
/// from the first, `place` is where it lies behind it.
static void overRows(const Parameter &parameter, int64_t first, int64_t count, auto part) {
  for (int64_t i = 0, n; i < count; i += n) {
    n = std::min(count - i, parameter.channels() - (first + i) % parameter.channels());
    part(i, parameter.placeOf(first + i) - parameter.placeOf(first), n);
  }
}

void Player::readParameter(const Parameter &parameter, int64_t first, std::span<float> values,
                           Segment segment) {
  Range range = rangeOf(parameter, first, values.size(), segment);
  if (range.count == values.size()) {
    theDevice->copyOut(values.data(), range.data, int64_t(values.size_bytes()));
    return;
  }
  std::vector<float> apart(range.count);
  theDevice->copyOut(apart.data(), range.data, int64_t(range.count * sizeof(float)));
  overRows(parameter, first, int64_t(values.size()), [&](int64_t element, int64_t place, int64_t n) {
    std::copy_n(apart.begin() + place, n, values.begin() + element);
  });
}

void Player::writeParameter(const Parameter &parameter, int64_t first, std::span<const float> values,
                            Segment segment) {
  written(segment);
  Range range = rangeOf(parameter, first, values.size(), segment);
  if (range.count == values.size()) {
    theDevice->copyIn(range.data, values.data(), int64_t(values.size_bytes()));
    return;
  }
  std::vector<float> apart(range.count);
  overRows(parameter, first, int64_t(values.size()), [&](int64_t element, int64_t place, int64_t n) {
    std::copy_n(values.begin() + element, n, apart.begin() + place);
  });
  theDevice->copyIn(range.data, apart.data(), int64_t(range.count * sizeof(float)));
}

int64_t Player::memoryBytes() const {
  int64_t bytes = kernels->memoryBytes();
  for (const Memory &memory : memories)
    bytes += memory.bytes;
  return bytes;
}

/// An exponent of all ones is an Inf or a NaN; `mask` selects it.
template <typename Bits> static bool allFinite(const std::vector<std::byte> &bytes, Bits mask) {
  for (size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof(Bits)) {
    Bits value;
    std::memcpy(&value, &bytes[at], sizeof value);
    if ((value & mask) == mask)
      return false;
  }
  return true;
}

bool Player::finite(const Arg &arg) {
  if (arg.dtype != DType::F32 && arg.dtype != DType::BF16)
    return true;
  const std::byte *from = memories[size_t(arg.segment)].data + arg.offset;
  std::vector<std::byte> bytes;
  for (int64_t first = 0; first < arg.bytes; first += kChunkBytes) {
    bytes.resize(size_t(std::min(kChunkBytes, arg.bytes - first)));
    theDevice->copyOut(bytes.data(), from + first, int64_t(bytes.size()));
    if (arg.dtype == DType::F32 ? !allFinite<uint32_t>(bytes, 0x7F800000)
                                : !allFinite<uint16_t>(bytes, 0x7F80))
      return false;
  }
  return true;
}

std::optional<std::string> Player::firstNonFinite(const std::string &name) {
  const Entry &entry = theBundle.entry(name);
  syncWeights(entry);
  Program &program = this->program(entry);
  // What outlives the run, as it is now. The gradients and the arena may hold NaNs of the run that failed.
  std::map<Segment, std::vector<std::byte>> before;
  for (const Launch &launch : entry.launches)
    for (size_t output : launch.outputs)
      if (Segment segment = launch.args[output].segment; segment < Segment::Io && !before.count(segment))
        before.emplace(segment, snapshot(segment));
  zero(Segment::Grads);
  zero(Segment::Arena);

  std::optional<std::string> label;
  for (size_t i = 0; i < entry.launches.size() && !label; ++i) {
    const Launch &launch = entry.launches[i];
    program.run(i, i + 1);
    if (!std::all_of(launch.outputs.begin(), launch.outputs.end(),
                     [&](size_t output) { return finite(launch.args[output]); }))
      label = launch.label;
  }
  for (const auto &[segment, bytes] : before)
    restore(segment, bytes);
  return label;
}

} // namespace samba
