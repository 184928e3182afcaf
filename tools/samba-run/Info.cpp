// samba-run info: what a model is and what it costs.
#include "runtime/Error.h"
#include "runtime/bundle/MemoryNeeds.h"
#include "runtime/device/Device.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <iostream>
#include <nlohmann/json.hpp>

using namespace samba;
using nlohmann::ordered_json;

namespace {

int64_t bytesOf(const Bundle &bundle, Segment segment) {
  return bundle.segmentBytes[static_cast<size_t>(segment)];
}

ordered_json factsOf(const Bundle &bundle) {
  int threads = makeDevice("cpu")->threads();
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
    facts["training_memory_bytes"] = trainingMemory(bundle, threads);
  facts["entries"] = ordered_json::array();
  for (const auto &[name, entry] : bundle.entries)
    facts["entries"].push_back({{"entry", name},
                                {"batch", entry.batch},
                                {"seq", entry.seq},
                                {"launches", entry.launches.size()},
                                {"flops", entry.flops()},
                                {"arena_bytes", entry.arenaBytes},
                                {"memory_bytes", entryMemory(bundle, entry, threads)}});
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
  std::string model, device = "cpu";
  bool json = false;
  CompileRequest request;
  Flags flags("info", "MODEL", "parameters, FLOPs per token, state bytes and training memory");
  flags.positional("MODEL", model, "a spec (.mlir), a bundle (.samba) or a run");
  flags.toggle("json", json, "results as JSON");
  addDeviceFlag(flags, device, "whose memory is counted; none is needed");
  addCompileFlags(flags, request, true);
  flags.example("samba-run info models/samba-421m.mlir", "per layer, without compiling any kernel");
  flags.example("samba-run info models/samba-421m.mlir --device cuda --batch 8 --seq 4096",
                "what training takes on a GPU");
  if (!flags.parse(words))
    return 0;
  request.model = model;
  request.target = targetOf(device);
  ordered_json facts = kindOf(model) == ModelKind::Spec
                           ? ordered_json::parse(modelInfo(request))
                           : factsOf(Bundle::load(bundleOf(model, device, request, flags)));
  if (json)
    std::cout << facts.dump(2) << '\n';
  else
    print(facts, "");
  return 0;
}
