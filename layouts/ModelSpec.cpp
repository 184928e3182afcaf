// Defaults, comparison and text of specs.
#include "layouts/ModelSpec.h"

#include <algorithm>

using namespace samba;
using nlohmann::ordered_json;

namespace {

void fill(ordered_json &attributes, const std::string &name, const ordered_json &value) {
  if (!attributes.contains(name))
    attributes[name] = value;
}

/// The defaults of dialect/README.md.
void resolve(SpecLayer &layer, int64_t dModel) {
  ordered_json &a = layer.attributes;
  if (layer.op == "samba.mamba") {
    fill(a, "d_state", 16);
    fill(a, "d_conv", 4);
    fill(a, "expand", 2);
    if (a.value("dt_rank", ordered_json()) == "auto")
      a.erase("dt_rank");
    fill(a, "dt_rank", (dModel + 15) / 16);
  }
  if (layer.op == "samba.attention") {
    int64_t heads = std::max<int64_t>(1, a.value("n_heads", int64_t(1)));
    fill(a, "n_kv_heads", heads);
    fill(a, "head_dim", dModel / heads);
    fill(a, "window", 2048);
    fill(a, "rope_theta", 10000);
    fill(a, "short_conv", "none");
  }
}

/// As the spec language writes a value: a float has a point.
std::string literal(const ordered_json &value) {
  std::string text = value.dump();
  size_t exponent = text.find('e');
  if (value.is_number_float() && exponent != std::string::npos && text.find('.') == std::string::npos)
    text.insert(exponent, ".0");
  return text;
}

std::string attributeText(const ordered_json &attributes) {
  std::string text;
  for (const auto &[name, value] : attributes.items())
    text += (text.empty() ? "{" : ", ") + name + " = " + literal(value);
  return text.empty() ? "" : text + "}";
}

/// Without the attributes whose absence means the same.
ordered_json shortest(SpecLayer layer, int64_t dModel) {
  SpecLayer full = layer;
  resolve(full, dModel);
  for (const auto &[name, value] : full.attributes.items()) {
    SpecLayer without = layer;
    without.attributes.erase(name);
    SpecLayer again = without;
    resolve(again, dModel);
    if (again.attributes.value(name, ordered_json()) == value)
      layer = without;
  }
  return layer.attributes;
}

std::string differenceOf(const ordered_json &a, const ordered_json &b, const std::string &here,
                         const std::string &there) {
  for (const auto *side : {&a, &b})
    for (const auto &[name, value] : side->items()) {
      std::string one = a.contains(name) ? literal(a[name]) : "absent",
                  other = b.contains(name) ? literal(b[name]) : "absent";
      if (!a.contains(name) || !b.contains(name) || a[name] != b[name])
        return name + " is " + one + " " + here + " and " + other + " " + there;
    }
  return "";
}

} // namespace

ModelSpec samba::resolved(ModelSpec spec) {
  fill(spec.attributes, "norm_eps", 1e-5);
  fill(spec.attributes, "tie_embeddings", true);
  spec.attributes.erase("init");
  spec.attributes.erase("residual");
  for (SpecLayer &layer : spec.layers)
    resolve(layer, spec.attributes.value("d_model", int64_t(0)));
  return spec;
}

std::string samba::difference(const ModelSpec &first, const ModelSpec &second, const std::string &here,
                              const std::string &there) {
  ModelSpec a = resolved(first), b = resolved(second);
  if (std::string text = differenceOf(a.attributes, b.attributes, here, there); !text.empty())
    return text;
  for (size_t i = 0; i < std::min(a.layers.size(), b.layers.size()); ++i) {
    std::string name = "layers." + std::to_string(i);
    if (a.layers[i].op != b.layers[i].op)
      return name + " is " + a.layers[i].op + " " + here + " and " + b.layers[i].op + " " + there;
    std::string text = differenceOf(a.layers[i].attributes, b.layers[i].attributes, here, there);
    if (!text.empty())
      return name + " (" + a.layers[i].op + "): " + text;
  }
  if (a.layers.size() != b.layers.size())
    return "there are " + std::to_string(a.layers.size()) + " layers " + here + " and " +
           std::to_string(b.layers.size()) + " " + there;
  return "";
}

std::string samba::specText(const ModelSpec &spec, const std::string &comment) {
  int64_t dModel = spec.attributes.value("d_model", int64_t(0));
  std::vector<std::string> lines;
  for (const SpecLayer &layer : spec.layers) {
    std::string attributes = attributeText(shortest(layer, dModel));
    lines.push_back(layer.op + (attributes.empty() ? "" : " ") + attributes);
  }
  size_t period = 1; // of the shortest stack that the whole one repeats
  auto repeats = [&] {
    for (size_t i = period; i < lines.size(); ++i)
      if (lines[i] != lines[i - period])
        return false;
    return lines.size() % period == 0;
  };
  while (period < lines.size() && !repeats())
    ++period;

  ordered_json own = spec.attributes;
  if (own.value("norm_eps", 0.0) == 1e-5)
    own.erase("norm_eps");
  if (own.value("tie_embeddings", false))
    own.erase("tie_embeddings");
  bool once = lines.size() <= period;
  std::string text = "// " + comment + "\nsamba.model @" + spec.name + " " + attributeText(own) + " {\n";
  if (!once)
    text += "  samba.repeat " + std::to_string(lines.size() / period) + " {\n";
  for (size_t i = 0; i < std::min(period, lines.size()); ++i)
    text += (once ? "  " : "    ") + lines[i] + "\n";
  return text + (once ? "" : "  }\n") + "}\n";
}
