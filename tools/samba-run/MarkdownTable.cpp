// Aligning columns, and numbers as people read them.
#include "tools/samba-run/MarkdownTable.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

using namespace samba;

namespace {

/// Columns of a UTF-8 text on a terminal: the bytes that do not continue a character.
size_t columnsOf(const std::string &text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

} // namespace

std::string MarkdownTable::text() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns.size(); ++c) {
    widths.push_back(std::max<size_t>(3, columnsOf(columns[c].title)));
    for (const auto &cells : rows)
      widths.back() = std::max(widths.back(), columnsOf(cells[c]));
  }
  auto line = [&](auto cell) {
    std::string out = "|";
    for (size_t c = 0; c < columns.size(); ++c) {
      std::string value = cell(c), blank(widths[c] - columnsOf(value), ' ');
      out += " " + (columns[c].numeric ? blank + value : value + blank) + " |";
    }
    return out + "\n";
  };
  std::string out = line([&](size_t c) { return columns[c].title; });
  out += line([&](size_t c) {
    std::string dashes(widths[c] - 1, '-');
    return columns[c].numeric ? dashes + ":" : ":" + dashes;
  });
  for (const auto &cells : rows)
    out += line([&](size_t c) { return cells[c]; });
  return out;
}

std::string samba::fixed(double value, int digits) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string samba::byteText(double bytes) {
  const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; bytes >= 1024 && unit < 4; ++unit)
    bytes /= 1024;
  return fixed(bytes, unit == 0 ? 0 : 1) + " " + units[unit];
}

std::string samba::groupedText(int64_t value) {
  std::string digits = std::to_string(value);
  for (size_t place = digits.size(); place > 3 + (value < 0);)
    digits.insert(place -= 3, ",");
  return digits;
}
