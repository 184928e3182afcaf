// Panels of lines with marks, written out as SVG.
#include "tools/samba-run/EntropyPlot.h"

#include "tools/samba-run/MarkdownTable.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace samba;

namespace {

constexpr double width = 360, height = 260, left = 52, right = 14, top = 48, bottom = 44;
constexpr int ticks = 5;
/// Told apart by their lightness too.
constexpr const char *colours[] = {"#1f5fa8", "#e07b00", "#5aa02c", "#8a3ea8", "#404040"};

/// "&lt;" and so on, where SVG needs it.
std::string escaped(const std::string &text) {
  std::string out;
  for (char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

std::string text(double x, double y, const std::string &anchor, const std::string &what) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(what) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const std::string &colour) {
  return "<line x1=\"" + fixed(x1, 1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\"" + fixed(x2, 1) + "\" y2=\"" +
         fixed(y2, 1) + "\" stroke=\"" + colour + "\"/>\n";
}

/// The least of 1, 2 and 5 times a power of ten that `steps` of reach `value`.
double stepFor(double value, int steps) {
  double power = std::pow(10, std::floor(std::log10(std::max(value, 1e-9) / steps)));
  for (double factor : {1, 2, 5})
    if (factor * power * steps >= value)
      return factor * power;
  return 10 * power;
}

/// N of layers.N and of layers.N.branches.M.
int64_t indexOf(const std::string &layer) { return std::atoll(layer.substr(layer.find('.') + 1).c_str()); }

class Panel {
public:
  Panel(double x0, const std::string &quantity, const std::vector<ProbedModel> &models)
      : x0(x0), quantity(quantity) {
    double highest = 0;
    for (const ProbedModel &model : models)
      for (const LayerEntropy &layer : model.layers)
        if (layer.quantity == quantity) {
          highest = std::max(highest, layer.entropy);
          last = std::max(last, indexOf(layer.layer));
        }
    step = stepFor(highest, ticks);
  }

  /// Title, grid and axes.
  std::string frame() const {
    std::string title = quantity, out;
    std::replace(title.begin(), title.end(), '_', ' ');
    out += text((x0 + left + x0 + width - right) / 2, top - 10, "middle", title + " (nats)");
    for (int i = 0; i <= ticks; ++i) {
      out += line(x0 + left, yOf(step * i), x0 + width - right, yOf(step * i), "#ddd");
      out += text(x0 + left - 6, yOf(step * i) + 4, "end", fixed(step * i, step < 0.1 ? 2 : 1));
    }
    for (int64_t index = 0; index <= last; index += last / 12 + 1)
      out += text(xOf(index), height - bottom + 16, "middle", std::to_string(index));
    return out + text((x0 + left + x0 + width - right) / 2, height - 10, "middle", "layer");
  }

  std::string curve(const ProbedModel &model, const std::string &colour) const {
    std::string points, out;
    for (const LayerEntropy &layer : model.layers) {
      if (layer.quantity != quantity)
        continue;
      std::string x = fixed(xOf(indexOf(layer.layer)), 1), y = fixed(yOf(layer.entropy), 1);
      points += x + "," + y + " ";
      out += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"3\" fill=\"" + colour + "\"><title>" +
             escaped(model.name + " " + layer.layer) + ": " + fixed(layer.entropy, 4) + "</title></circle>\n";
    }
    if (points.empty())
      return "";
    return out + "<polyline points=\"" + points + "\" fill=\"none\" stroke=\"" + colour +
           "\" stroke-width=\"1.5\"/>\n";
  }

private:
  double xOf(int64_t index) const {
    return x0 + left + (width - left - right) * (double(index) + 0.5) / double(last + 1);
  }
  double yOf(double value) const {
    return height - bottom - (height - top - bottom) * value / (step * ticks);
  }

  double x0;
  std::string quantity;
  int64_t last = 0; ///< index of a layer
  double step = 1;  ///< nats between two lines of the grid
};

} // namespace

std::string samba::entropyPlot(const std::vector<ProbedModel> &models) {
  std::vector<std::string> quantities;
  for (const ProbedModel &model : models)
    for (const LayerEntropy &layer : model.layers)
      if (std::find(quantities.begin(), quantities.end(), layer.quantity) == quantities.end())
        quantities.push_back(layer.quantity);
  std::sort(quantities.begin(), quantities.end());
  double all = width * double(std::max<size_t>(1, quantities.size()));
  std::string size = "width=\"" + fixed(all, 0) + "\" height=\"" + fixed(height, 0) + "\"";
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size +
                    " font-family=\"sans-serif\" font-size=\"11\">\n<rect " + size + " fill=\"white\"/>\n";
  for (size_t i = 0; i < quantities.size(); ++i) {
    Panel panel(width * double(i), quantities[i], models);
    out += panel.frame();
    for (size_t m = 0; m < models.size(); ++m)
      out += panel.curve(models[m], colours[m % std::size(colours)]);
  }
  for (size_t m = 0; m < models.size(); ++m) { // the legend
    double x = all * (double(m) + 0.5) / double(models.size());
    out += "<g fill=\"" + std::string(colours[m % std::size(colours)]) + "\">" +
           text(x, 18, "middle", models[m].name) + "</g>\n";
  }
  return out + "</svg>\n";
}
