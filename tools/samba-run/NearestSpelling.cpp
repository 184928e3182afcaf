// Optimal string alignment over three rows of the edit table.
#include "tools/samba-run/NearestSpelling.h"

#include <algorithm>

int samba::editDistance(std::string_view from, std::string_view to) {
  std::vector<int> beforeLast(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j)
    row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= from.size(); ++i) {
    std::swap(beforeLast, last);
    std::swap(last, row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= to.size(); ++j) {
      int replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], beforeLast[j - 2] + 1);
    }
  }
  return row[to.size()];
}

std::string samba::nearestSpelling(std::string_view word, const std::vector<std::string> &known) {
  std::string best;
  int bestDistance = 0;
  for (const std::string &candidate : known) {
    int distance = editDistance(word, candidate);
    int allowed = std::max<int>(1, static_cast<int>(std::max(word.size(), candidate.size()) / 3));
    if (distance <= allowed && (best.empty() || distance < bestDistance)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
