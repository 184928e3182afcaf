// config.json by the tables: reading and writing.
#include "layouts/Blocks.h"
#include "runtime/JsonPlace.h"

#include <algorithm>
#include <set>
#include <sstream>

using namespace samba;
using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr int64_t maxBlocks = 1000, maxSize = int64_t(1) << 31;

/// Keys of every config.json that do not change what given weights compute.
const char *const neutral[] = {
    "architectures", "model_type",        "torch_dtype",         "dtype",        "transformers_version",
    "use_cache",     "bos_token_id",      "eos_token_id",        "pad_token_id", "initializer_range",
    "_name_or_path", "num_hidden_layers", "_attn_implementation"};

std::vector<std::string> split(const std::string &text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);)
    parts.push_back(part);
  return parts;
}

/// The value at a path, unless it or an object on the way is missing.
std::optional<JsonPlace> at(const JsonPlace &root, const std::string &path) {
  size_t dot = path.find('.');
  std::optional<JsonPlace> place = root.isNull() ? std::nullopt : root.find(path.substr(0, dot));
  return place && dot != std::string::npos ? at(*place, path.substr(dot + 1)) : place;
}

/// The value at the first of `keys` that is there.
std::optional<JsonPlace> find(const JsonPlace &root, const std::string &keys) {
  for (const std::string &path : split(keys, '|'))
    if (std::optional<JsonPlace> place = at(root, path))
      return place;
  return std::nullopt;
}

json valueOf(const JsonPlace &place, Layout::Kind kind) {
  switch (kind) {
  case Layout::Kind::Number:
    if (place.number() <= 0)
      place.fail("expected a number above 0, got ", place.number());
    return place.raw();
  case Layout::Kind::Boolean:
    return place.boolean();
  case Layout::Kind::IntegerOrAuto:
    if (place.raw() == "auto")
      return nullptr;
    [[fallthrough]];
  case Layout::Kind::Integer:
    return place.integer(1, maxSize);
  }
  return nullptr;
}

/// Reads the attributes of a model or a layer.
ordered_json attributesOf(const std::vector<Layout::Attribute> &rules, const JsonPlace &root,
                          int64_t dModel) {
  ordered_json attributes = ordered_json::object();
  for (const Layout::Attribute &rule : rules) {
    std::optional<JsonPlace> place = find(root, rule.keys);
    if (!place && rule.absent.is_discarded())
      root.fail("'", rule.keys, "' is missing");
    json value = !place ? rule.absent : place->isNull() ? json() : valueOf(*place, rule.kind);
    if (value.is_null())
      value = rule.null;
    if (rule.toSpec && !value.is_null())
      value = rule.toSpec(value, dModel);
    if (!value.is_null())
      attributes[rule.name] = value;
  }
  return attributes;
}

void checkFixed(const Layout &layout, const JsonPlace &root) {
  for (const Layout::Fixed &rule : layout.fixed) {
    std::optional<JsonPlace> place = find(root, rule.key);
    const json &value = place ? place->raw() : rule.absent;
    if (std::find(rule.values.begin(), rule.values.end(), value) != rule.values.end())
      continue;
    std::string sentence = "a spec can only say " + rule.values.front().dump();
    if (place)
      place->fail(sentence, ", got ", value.is_structured() ? "something else" : value.dump());
    root.fail("'", rule.key, "' is missing, which means ", value.dump(), ": ", sentence);
  }
}

/// The keys that no rule of the layout speaks of.
std::vector<std::string> unknownKeys(const Layout &layout, const json &config) {
  std::set<std::string> known(std::begin(neutral), std::end(neutral));
  auto add = [&](const std::string &keys) {
    for (const std::string &path : split(keys, '|'))
      known.insert(path.substr(0, path.find('.')));
  };
  for (const std::string &key : layout.neutral)
    add(key);
  for (const Layout::Fixed &rule : layout.fixed)
    add(rule.key);
  for (const Layout::Attribute &rule : layout.attributes)
    add(rule.keys);
  for (const Layout::Layer &layer : layout.layers) {
    add(layer.list);
    for (const Layout::Attribute &rule : layer.attributes)
      add(rule.keys);
  }
  std::vector<std::string> unknown;
  for (const auto &[key, value] : config.items())
    if (!known.count(key))
      unknown.push_back(key);
  return unknown;
}

std::set<int64_t> blocksListed(const JsonPlace &root, const std::string &list, int64_t blocks) {
  std::optional<JsonPlace> place = find(root, list);
  if (!place)
    root.fail("'", list, "' is missing");
  std::set<int64_t> listed;
  for (size_t i = 0; i < place->size(); ++i)
    listed.insert(place->at(i).integer(0, blocks - 1));
  return listed;
}

void put(ordered_json &config, const std::string &keys, const ordered_json &value) {
  for (std::string path : split(keys, '|')) {
    std::replace(path.begin(), path.end(), '.', '/');
    config[ordered_json::json_pointer("/" + path)] = value;
  }
}

void putAttributes(ordered_json &config, const std::vector<Layout::Attribute> &rules,
                   const ordered_json &attributes, int64_t dModel, const std::string &architecture) {
  for (const Layout::Attribute &rule : rules) {
    if (rule.keys.empty() || !attributes.contains(rule.name))
      continue;
    json value = attributes[rule.name];
    if (rule.toConfig)
      value = rule.toConfig(value, dModel);
    else if (!rule.null.is_null() && value == rule.null)
      value = nullptr;
    if (value.is_string())
      throw Error(rule.name, " is ", value.dump(), ", which no key of a ", architecture, " can say");
    put(config, rule.keys, value);
  }
}

} // namespace

const std::vector<Layout> &samba::layouts() {
  static const std::vector<Layout> all = {hfMambaLayout(), hfLlamaLayout(), hfMistralLayout(),
                                          flaSambaLayout()};
  return all;
}

const Layout &samba::layoutOf(const json &config, const std::string &file) {
  JsonPlace type = JsonPlace(config, file)["model_type"];
  std::string name = type.text(), known;
  for (const Layout &layout : layouts()) {
    if (layout.modelType == name)
      return layout;
    known += (known.empty() ? "" : ", ") + layout.modelType;
  }
  type.fail("expected one of ", known, ", got '", name, "'");
}

ModelSpec samba::specOf(const Layout &layout, const json &config, const std::string &file,
                        std::vector<std::string> &notes) {
  JsonPlace root(config, file);
  root.object();
  checkFixed(layout, root);
  ModelSpec spec;
  spec.attributes = attributesOf(layout.attributes, root, 0);
  int64_t dModel = spec.attributes["d_model"], blocks = root["num_hidden_layers"].integer(1, maxBlocks);
  std::vector<std::set<int64_t>> lists;
  std::vector<ordered_json> attributes(layout.layers.size());
  for (const Layout::Layer &rule : layout.layers)
    lists.push_back(rule.list.empty() ? std::set<int64_t>() : blocksListed(root, rule.list, blocks));
  for (int64_t block = 0; block < blocks; ++block)
    for (size_t r = 0; r < layout.layers.size(); ++r) {
      const Layout::Layer &rule = layout.layers[r];
      if (!rule.list.empty() && (lists[r].count(block) != 0) != rule.listed)
        continue;
      if (attributes[r].is_null())
        attributes[r] = attributesOf(rule.attributes, root, dModel);
      spec.layers.push_back({rule.op, attributes[r]});
    }
  for (const std::string &key : unknownKeys(layout, config))
    notes.push_back("'" + file + "': key '" + key + "' is not known and was passed over");
  return spec;
}

std::string samba::keysNamedIn(const Layout &layout, const std::string &message) {
  std::string text;
  auto add = [&](const std::vector<Layout::Attribute> &rules) {
    for (const Layout::Attribute &rule : rules)
      if (!rule.keys.empty() && message.find("'" + rule.name + "'") != std::string::npos)
        text += "; '" + rule.name + "' is '" + rule.keys + "' there";
  };
  add(layout.attributes);
  for (const Layout::Layer &layer : layout.layers)
    add(layer.attributes);
  return text;
}

ordered_json samba::configOf(const Layout &layout, const ModelSpec &asked) {
  ModelSpec spec = resolved(asked);
  std::vector<PlacedLayer> placed = placeLayers(layout, spec);
  int64_t dModel = spec.attributes["d_model"];
  ordered_json config = {{"architectures", {layout.architecture}},
                         {"model_type", layout.modelType},
                         {"torch_dtype", "float32"},
                         {"num_hidden_layers", placed.back().block + 1}};
  for (const Layout::Fixed &rule : layout.fixed)
    if (!rule.values.front().is_null())
      put(config, rule.key, rule.values.front());
  putAttributes(config, layout.attributes, spec.attributes, dModel, layout.architecture);
  for (const Layout::Layer &rule : layout.layers) {
    ordered_json blocks = ordered_json::array();
    for (size_t i = 0; i < placed.size(); ++i) {
      if (placed[i].rule != &rule)
        continue;
      if (blocks.empty())
        putAttributes(config, rule.attributes, spec.layers[i].attributes, dModel, layout.architecture);
      blocks.push_back(placed[i].block);
    }
    if (!rule.list.empty() && rule.listed)
      put(config, rule.list, blocks);
  }
  // What the keys say now is compared with the model: whatever they cannot say is found, also where layers
  // differ that share their keys.
  std::vector<std::string> notes;
  std::string lost = difference(spec, specOf(layout, config, "config.json", notes), "in the model",
                                "in a " + layout.architecture);
  if (!lost.empty())
    throw Error(lost);
  return config;
}
