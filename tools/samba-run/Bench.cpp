// samba-run bench: how fast the entries and the kernels of a model are.
#include "runtime/bench/Bench.h"
#include "runtime/Player.h"
#include "runtime/bench/Roofline.h"
#include "runtime/init/Initializer.h"
#include "tools/samba-run/MarkdownTable.h"
#include "tools/samba-run/ModelSource.h"
#include "tools/samba-run/Verbs.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace samba;
using nlohmann::ordered_json;

namespace {

std::string withDeviation(const Timing &timing, double scale, int digits) {
  return fixed(timing.mean * scale, digits) + " ± " + fixed(timing.deviation * scale, digits);
}

/// The columns that entries and kernels share, as JSON: work per second and share of the roofline.
ordered_json workOf(const Timing &seconds, int64_t flops, int64_t bytes, const Roofline &roofline) {
  return {{"seconds", seconds.mean},
          {"seconds_sd", seconds.deviation},
          {"seconds_median", seconds.median},
          {"flops", flops},
          {"bytes", bytes},
          {"gflop_per_s", static_cast<double>(flops) / seconds.mean / 1e9},
          {"gb_per_s", static_cast<double>(bytes) / seconds.mean / 1e9},
          {"roofline_share", roofline.seconds(flops, bytes) / seconds.mean}};
}

/// Floating-point operations in the unit that suits the machine.
struct Unit {
  const char *name;
  double giga; ///< times 10^9
  explicit Unit(const Roofline &roofline)
      : name(roofline.flops < 1e13 ? "GFLOP/s" : "TFLOP/s"), giga(roofline.flops < 1e13 ? 1 : 1e3) {}
  std::string text(double gigaflops) const { return fixed(gigaflops / giga, 1); }
};

ordered_json entryRows(Player &player, const std::vector<std::string> &entries, const BenchSettings &settings,
                       const Roofline &roofline, MarkdownTable &table) {
  ordered_json rows = ordered_json::array();
  for (const std::string &name : entries) {
    std::cerr << "timing " << name << '\n';
    EntryTiming timing = benchEntry(player, name, settings);
    ordered_json work = workOf(timing.seconds, timing.flops, timing.bytes, roofline);
    table.row({player.bundle().modelName, name, std::to_string(timing.batch), std::to_string(timing.seq),
               withDeviation(timing.tokensPerSecond, 1, 1), withDeviation(timing.seconds, 1e3, 3),
               Unit(roofline).text(work["gflop_per_s"]), fixed(work["gb_per_s"], 1),
               fixed(100 * work["roofline_share"].get<double>(), 1) + "%"});
    ordered_json row = {{"model", player.bundle().modelName},
                        {"entry", name},
                        {"batch", timing.batch},
                        {"seq", timing.seq},
                        {"tokens_per_s", timing.tokensPerSecond.mean},
                        {"tokens_per_s_sd", timing.tokensPerSecond.deviation}};
    row.update(work);
    rows.push_back(row);
  }
  return rows;
}

ordered_json functionRows(Player &player, const BenchSettings &settings, const Roofline &roofline,
                          MarkdownTable &table) {
  ordered_json rows = ordered_json::array();
  for (const auto &[name, entry] : player.bundle().entries) {
    std::cerr << "timing " << name << '\n';
    FunctionTiming timing = benchFunction(player, name, settings);
    ordered_json work = workOf(timing.seconds, timing.flops, timing.bytes, roofline);
    table.row({name, std::to_string(timing.launches), withDeviation(timing.seconds, 1e3, 3),
               Unit(roofline).text(work["gflop_per_s"]), fixed(work["gb_per_s"], 1),
               fixed(100 * work["roofline_share"].get<double>(), 1) + "%"});
    ordered_json row = {{"function", name}, {"launches", timing.launches}};
    row.update(work);
    rows.push_back(row);
  }
  return rows;
}

ordered_json kernelRows(const std::string &entry, const std::vector<KernelTiming> &kernels,
                        const Roofline &roofline, MarkdownTable &table) {
  double total = 0;
  for (const KernelTiming &kernel : kernels)
    total += kernel.seconds.mean;
  ordered_json rows = ordered_json::array();
  for (const KernelTiming &kernel : kernels) {
    ordered_json work = workOf(kernel.seconds, kernel.flops, kernel.bytes, roofline);
    double share = kernel.seconds.mean / total;
    table.row({entry, kernel.kernel, kernel.example, std::to_string(kernel.launches),
               withDeviation(kernel.seconds, 1e3, 3), fixed(100 * share, 1) + "%",
               Unit(roofline).text(work["gflop_per_s"]), fixed(work["gb_per_s"], 1),
               fixed(100 * work["roofline_share"].get<double>(), 1) + "%"});
    ordered_json row = {{"entry", entry},
                        {"kernel", kernel.kernel},
                        {"first_launch", kernel.example},
                        {"launches", kernel.launches},
                        {"share", share}};
    row.update(work);
    rows.push_back(row);
  }
  return rows;
}

ordered_json layerRows(const std::string &entry, const std::vector<LayerTiming> &layers,
                       MarkdownTable &table) {
  ordered_json rows = ordered_json::array();
  LayerTiming all{"all"};
  auto add = [&](const LayerTiming &layer) {
    table.row({entry, layer.layer, std::to_string(layer.launches), fixed(layer.together * 1e3, 3),
               fixed(layer.apart * 1e3, 3), fixed(layer.together / layer.apart, 3)});
    rows.push_back({{"entry", entry},
                    {"layer", layer.layer},
                    {"launches", layer.launches},
                    {"seconds", layer.together},
                    {"seconds_of_launches", layer.apart}});
  };
  for (const LayerTiming &layer : layers) {
    add(layer);
    all.launches += layer.launches, all.together += layer.together, all.apart += layer.apart;
  }
  add(all);
  return rows;
}

} // namespace

int samba::runBench(const std::vector<std::string> &words) {
  std::string model, device = "cpu";
  std::vector<std::string> entries = {"train", "prefill", "decode"};
  BenchSettings settings;
  bool json = false;
  CompileRequest request;
  Flags flags("bench", "MODEL --entry train|prefill|decode|kernels|layers [--json]",
              "tokens/s, GFLOP/s, GB/s and the share of the measured roofline");
  flags.positional(
      "MODEL", model,
      "a spec (.mlir), a bundle (.samba) or a run, whose weights do not matter; or functions of core "
      "ops (.mlir), all of which are timed");
  flags.choices("entry", entries, {"train", "prefill", "decode", "kernels", "layers"},
                "what to time; kernels: each kernel of the entries beside it, of train if there is none; "
                "layers: each layer, and the sum of its launches");
  flags.integer("repeats", settings.repeats, "N", "repetitions");
  flags.number("seconds", settings.seconds, "X", "least time of a repetition of an entry");
  flags.number("idle", settings.idle, "X", "seconds of rest before a repetition of kernels or functions");
  flags.integer("after", settings.after, "N", "tokens before what prefill, decode and functions are timed on",
                0);
  flags.toggle("json", json, "results as JSON");
  addDeviceFlag(flags, device, "where to play");
  addCompileFlags(flags, request, true);
  flags.example("samba-run bench models/samba-tiny.mlir --entry train,prefill,decode", "the whole model");
  flags.example("samba-run bench models/samba-tiny.mlir --entry kernels --json", "each kernel, for machines");
  if (!flags.parse(words))
    return 0;

  std::shared_ptr<Device> chosen = makeDevice(device);
  Player player(Bundle::load(bundleOf(model, device, request, flags)), chosen);
  bool functions = holdsFunctions(player.bundle());
  if (functions)
    entries.clear();
  bool kernels = std::erase(entries, "kernels") > 0, layers = std::erase(entries, "layers") > 0;
  std::vector<std::string> ofKernels =
      entries.empty() && !functions ? std::vector<std::string>{"train"} : entries;
  for (const std::string &name : ofKernels)
    player.prepare(name); // whatever is missing, or does not fit, is said before the work
  initializeParameters(player, 1);
  Roofline roofline = measureRoofline(*chosen);

  ordered_json result = {{"device", chosen->description()},
                         {"peak_gflop_per_s", roofline.flops / 1e9},
                         {"peak_gb_per_s", roofline.bytes / 1e9}};
  MarkdownTable entryTable({{"model", false},
                            {"entry", false},
                            {"batch"},
                            {"seq"},
                            {"tokens/s"},
                            {"ms"},
                            {Unit(roofline).name},
                            {"GB/s"},
                            {"roofline"}});
  MarkdownTable functionTable(
      {{"function", false}, {"launches"}, {"ms"}, {Unit(roofline).name}, {"GB/s"}, {"roofline"}});
  MarkdownTable kernelTable({{"entry", false},
                             {"kernel", false},
                             {"first launch", false},
                             {"launches"},
                             {"ms"},
                             {"share"},
                             {Unit(roofline).name},
                             {"GB/s"},
                             {"roofline"}});
  MarkdownTable layerTable(
      {{"entry", false}, {"layer", false}, {"launches"}, {"ms"}, {"sum, ms"}, {"ratio"}});
  result["entries"] = entryRows(player, entries, settings, roofline, entryTable);
  if (functions)
    result["functions"] = functionRows(player, settings, roofline, functionTable);
  for (const std::string &name : kernels ? ofKernels : std::vector<std::string>()) {
    std::cerr << "timing every kernel of " << name << '\n';
    for (ordered_json &row : kernelRows(name, benchKernels(player, name, settings), roofline, kernelTable))
      result["kernels"].push_back(std::move(row));
  }
  for (const std::string &name : layers ? ofKernels : std::vector<std::string>()) {
    std::cerr << "timing every layer of " << name << '\n';
    for (ordered_json &row : layerRows(name, benchLayers(player, name, settings), layerTable))
      result["layers"].push_back(std::move(row));
  }
  if (json) {
    std::cout << result.dump(2) << '\n';
    return 0;
  }
  std::cout << chosen->description() << "; roofline: " << Unit(roofline).text(roofline.flops / 1e9) << ' '
            << Unit(roofline).name
            << (chosen->peakFlops() > 0 ? " at its peak, copies measured at " : " and ")
            << fixed(roofline.bytes / 1e9, 1) << " GB/s" << (chosen->peakFlops() > 0 ? "" : " measured")
            << " (work that stays in a cache can exceed it)\n\n";
  if (!result["entries"].empty())
    std::cout << entryTable.text() << (kernels || layers ? "\n" : "");
  if (functions)
    std::cout << functionTable.text();
  if (kernels)
    std::cout << kernelTable.text() << (layers ? "\n" : "");
  if (layers)
    std::cout << layerTable.text();
  return 0;
}
