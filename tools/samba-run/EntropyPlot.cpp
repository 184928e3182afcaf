// Panels of a line with marks, written out as SVG.
#include "tools/samba-run/EntropyPlot.h"

#include "tools/samba-run/MarkdownTable.h"

#include <algorithm>
#include <cmath>

using namespace samba;

namespace {

constexpr double width = 360, height = 260, left = 52, right = 14, top = 48, bottom = 44;
constexpr int ticks = 5;

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

std::string panel(double x0, const std::string &quantity, const std::vector<LayerEntropy> &layers) {
  double most = 0;
  for (const LayerEntropy &layer : layers)
    most = std::max(most, layer.entropy);
  double step = stepFor(most, ticks), span = step * ticks;
  double bottomLine = height - bottom, plotHeight = bottomLine - top, plotWidth = width - left - right;
  auto xOf = [&](size_t i) { return x0 + left + plotWidth * (double(i) + 0.5) / double(layers.size()); };
  auto yOf = [&](double value) { return bottomLine - plotHeight * value / span; };

  std::string title = quantity, out;
  std::replace(title.begin(), title.end(), '_', ' ');
  out += text(x0 + left + plotWidth / 2, top - 10, "middle", title + " (nats)");
  for (int i = 0; i <= ticks; ++i) {
    out += line(x0 + left, yOf(step * i), x0 + width - right, yOf(step * i), "#ddd");
    out += text(x0 + left - 6, yOf(step * i) + 4, "end", fixed(step * i, step < 0.1 ? 2 : 1));
  }
  std::string points;
  size_t every = layers.size() / 12 + 1;
  for (size_t i = 0; i < layers.size(); ++i) {
    double x = xOf(i), y = yOf(layers[i].entropy);
    points += fixed(x, 1) + "," + fixed(y, 1) + " ";
    out += "<circle cx=\"" + fixed(x, 1) + "\" cy=\"" + fixed(y, 1) + "\" r=\"3\" fill=\"#1f5fa8\"><title>" +
           escaped(layers[i].layer) + ": " + fixed(layers[i].entropy, 4) + "</title></circle>\n";
    if (i % every == 0)
      out += text(x, bottomLine + 16, "middle", layers[i].layer.substr(layers[i].layer.find('.') + 1));
  }
  out += "<polyline points=\"" + points + "\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"1.5\"/>\n";
  out += text(x0 + left + plotWidth / 2, height - 10, "middle", "layer");
  return out;
}

} // namespace

std::string samba::entropyPlot(const std::string &title, const std::vector<LayerEntropy> &layers) {
  std::vector<std::string> quantities;
  for (const LayerEntropy &layer : layers)
    if (std::find(quantities.begin(), quantities.end(), layer.quantity) == quantities.end())
      quantities.push_back(layer.quantity);
  std::sort(quantities.begin(), quantities.end());
  double all = width * double(quantities.size());
  std::string size = "width=\"" + fixed(all, 0) + "\" height=\"" + fixed(height, 0) + "\"";
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" " + size +
                    " font-family=\"sans-serif\" font-size=\"11\">\n<rect " + size + " fill=\"white\"/>\n" +
                    text(all / 2, 18, "middle", title);
  for (size_t i = 0; i < quantities.size(); ++i) {
    std::vector<LayerEntropy> shown;
    std::copy_if(layers.begin(), layers.end(), std::back_inserter(shown),
                 [&](const LayerEntropy &layer) { return layer.quantity == quantities[i]; });
    out += panel(width * double(i), quantities[i], shown);
  }
  return out + "</svg>\n";
}
