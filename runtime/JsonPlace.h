// Reading JSON that may be wrong: every value knows its place in its file and checks its own type and range.
#pragma once

#include "runtime/Error.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace samba {

/// Parses `text`, refusing duplicate keys and more than 64 levels. `file` is for messages.
nlohmann::json parseJson(std::string_view text, const std::string &file);
/// Parses a file of at most `limit` bytes.
nlohmann::json readJson(const std::filesystem::path &file, int64_t limit = int64_t(256) << 20);
/// Reads a whole file of at most `limit` bytes.
std::string readText(const std::filesystem::path &file, int64_t limit);

/// A value and its path, as entries.train.launches[2].grid. The JSON and the file name must outlive it.
class JsonPlace {
public:
  JsonPlace(const nlohmann::json &value, std::string_view file) : value(value), file(file) {}

  /// The field `key` of an object; fails when it is missing.
  JsonPlace operator[](const std::string &key) const;
  /// The same, or nothing.
  std::optional<JsonPlace> find(const std::string &key) const;
  /// Element `index` of an array, index < size().
  JsonPlace at(size_t index) const;
  /// Number of elements; fails unless this is an array.
  size_t size() const;
  const nlohmann::json &object() const;
  std::string text() const;
  bool boolean() const;
  bool isNull() const { return value.is_null(); }
  /// The value itself, whatever it is.
  const nlohmann::json &raw() const { return value; }
  /// Any finite number.
  double number() const;
  /// An integer from `low` to `high`.
  int64_t integer(int64_t low, int64_t high) const;
  /// Any integer from 0 to 2^64 - 1, as a seed.
  uint64_t unsignedInteger() const;

  /// Throws Error: the file, the path, then the parts.
  template <typename... Parts> [[noreturn]] void fail(const Parts &...parts) const {
    throw Error("'", file, "': ", path, path.empty() ? "" : ": ", parts...);
  }

private:
  JsonPlace(const nlohmann::json &value, std::string_view file, std::string path)
      : value(value), file(file), path(std::move(path)) {}
  [[noreturn]] void expected(const char *what) const;

  const nlohmann::json &value;
  std::string_view file;
  std::string path;
};

} // namespace samba
