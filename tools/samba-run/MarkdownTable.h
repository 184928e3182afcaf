// Tables for people that are Markdown too.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace samba {

class MarkdownTable {
public:
  /// Columns of words stand left, columns of numbers (`numeric`) right.
  struct Column {
    std::string title;
    bool numeric = true;
  };

  explicit MarkdownTable(std::vector<Column> columns) : columns(std::move(columns)) {}

  /// One cell per column.
  void row(std::vector<std::string> cells) { rows.push_back(std::move(cells)); }
  /// The whole table, its columns aligned, a line feed at the end.
  std::string text() const;

private:
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};

/// `value` with `digits` digits after the point.
std::string fixed(double value, int digits);
/// "12.3 MiB", for people.
std::string byteText(double bytes);
/// "1,234,567".
std::string groupedText(int64_t value);

} // namespace samba
