// The known word nearest to a mistyped one, for "did you mean" in messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace samba {

/// Edits (insert, delete, replace, swap of neighbours) that turn `from` into `to`: the optimal string
/// alignment distance.
int editDistance(std::string_view from, std::string_view to);

/// The word of `known` nearest to `word`, or "" if none is near: at most a third of the longer word's
/// letters may differ, and at least one edit is always allowed. The first of equals wins.
std::string nearestSpelling(std::string_view word, const std::vector<std::string> &known);

} // namespace samba
