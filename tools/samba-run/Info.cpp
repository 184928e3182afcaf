// samba-run info: what a model is and what it costs.
#include "runtime/Error.h"
#include "runtime/bundle/Bundle.h"
#include "runtime/device/Device.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace samba;
using nlohmann::ordered_json;

namespace {

int64_t bytesOf(const Bundle &bundle, Segment segment) {
  return bundle.segmentBytes[static_cast<size_t>(segment)];
}

/// What every thread holds for itself: as much as the neediest kernel wants.
int64_t scratchMemory(const Bundle &bundle) {
  int64_t bytes = 0;
  for (const Kernel &kernel : bundle.kernels)
    bytes = std::max(bytes, kernel.scratchBytes);
  return bytes * makeDevice("cpu")->threads();
}

/// What an entry makes the player allocate: the segments its launches point into, its arena, and scratch
/// memory.
int64_t memoryOf(const Bundle &bundle, const Entry &entry) {
  std::array<bool, kSegments> used{};
  used[static_cast<size_t>(Segment::Params)] = used[static_cast<size_t>(Segment::Io)] = true;
  for (const Launch &launch : entry.launches)
    for (const Arg &arg : launch.args)
      used[static_cast<size_t>(arg.segment)] = true;
  int64_t bytes = entry.arenaBytes + scratchMemory(bundle);
  for (size_t s = 0; s < kSegments; ++s)
    bytes += used[s] ? bundle.segmentBytes[s] : 0;
  return bytes;
}

/// Training holds all segments, the larger of the two arenas, and scratch memory.
int64_t trainingMemory(const Bundle &bundle) {
  int64_t arena = 0, bytes = 0;
  for (const char *name : {"train", "update"})
    if (bundle.has(name))
      arena = std::max(arena, bundle.entry(name).arenaBytes);
  for (int64_t segment : bundle.segmentBytes)
    bytes += segment;
  return bytes + arena + scratchMemory(bundle);
}

ordered_json factsOf(const Bundle &bundle) {
  ordered_json facts = {{"model", bundle.modelName},
                        {"target", bundle.target},
                        {"compiler", bundle.compiler},
                        {"digest", bundle.digest},
                        {"vocab_size", bundle.vocabSize},
                        {"max_context", nullptr},
                        {"parameters", bundle.parameterCount()},
                        {"parameter_bytes", bytesOf(bundle, Segment::Params)},
                        {"state_bytes", bytesOf(bundle, Segment::State)},
                        {"kernels", bundle.kernels.size()}};
  if (bundle.maxContext)
    facts["max_context"] = *bundle.maxContext;
  if (bundle.has("train"))
    facts["training_memory_bytes"] = trainingMemory(bundle);
  facts["entries"] = ordered_json::array();
  for (const auto &[name, entry] : bundle.entries)
    facts["entries"].push_back({{"entry", name},
                                {"batch", entry.batch},
                                {"seq", entry.seq},
                                {"launches", entry.launches.size()},
                                {"flops", entry.flops()},
                                {"arena_bytes", entry.arenaBytes},
                                {"memory_bytes", memoryOf(bundle, entry)}});
  facts["compiler_report"] = ordered_json::parse(bundle.info);
  return facts;
}

/// "training_memory_bytes" with its value in people's units.
std::string valueText(const std::string &name, const ordered_json &value) {
  if (value.is_number_integer()) {
    int64_t number = value;
    bool bytes = name.size() > 6 && name.compare(name.size() - 6, 6, "_bytes") == 0;
    return groupedText(number) +
           (bytes && number >= 1024 ? " (" + byteText(static_cast<double>(number)) + ")" : "");
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// An object as lines "name: value", and each array of objects in it as a table under its name.
void print(const ordered_json &object, const std::string &indent) {
  for (const auto &[name, value] : object.items()) {
    if (value.is_object()) {
      std::cout << indent << name << ":\n";
      print(value, indent + "  ");
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
      std::vector<MarkdownTable::Column> columns;
      for (const auto &[title, cell] : value.front().items())
        columns.push_back({title, cell.is_number()});
      MarkdownTable table(columns);
      for (const ordered_json &row : value) {
        std::vector<std::string> cells;
        for (const MarkdownTable::Column &column : columns)
          cells.push_back(row.contains(column.title) ? valueText("", row[column.title]) : "");
        table.row(cells);
      }
      std::cout << '\n' << name << ":\n\n" << table.text() << '\n';
    } else {
      std::cout << indent << name << ": " << valueText(name, value) << '\n';
    }
  }
}

} // namespace

int samba::runInfo(const std::vector<std::string> &words) {
  std::string model;
  bool json = false;
  CompileRequest request;
  Flags flags("info", "MODEL", "parameters, FLOPs per token, state bytes and training memory");
  flags.positional("MODEL", model, "a spec (.mlir), a bundle (.samba) or a run");
  flags.toggle("json", json, "results as JSON");
  addCompileFlags(flags, request, true);
  flags.example("samba-run info models/samba-421m.mlir", "per layer, without compiling any kernel");
  flags.example("samba-run info models/samba-421m.mlir --batch 8 --seq 4096", "the memory of another batch");
  if (!flags.parse(words))
    return 0;
  request.model = model;
  ordered_json facts = kindOf(model) == ModelKind::Spec
                           ? ordered_json::parse(modelInfo(request))
                           : factsOf(Bundle::load(bundleOf(model, request, flags)));
  if (json)
    std::cout << facts.dump(2) << '\n';
  else
    print(facts, "");
  return 0;
}
