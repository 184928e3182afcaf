// Strict parsing of JSON, and the checks of JsonPlace.
#include "runtime/JsonPlace.h"

#include <cmath>
#include <fstream>
#include <set>

namespace samba {

using nlohmann::json;

static constexpr size_t kMaxDepth = 64;

json parseJson(std::string_view text, const std::string &file) {
  std::vector<std::set<std::string>> keys; // of the objects (and, empty, the arrays) that are open
  auto check = [&](int, json::parse_event_t event, json &parsed) {
    switch (event) {
    case json::parse_event_t::object_start:
    case json::parse_event_t::array_start:
      if (keys.size() == kMaxDepth)
        throw Error("'", file, "': nested deeper than ", kMaxDepth, " levels");
      keys.emplace_back();
      break;
    case json::parse_event_t::object_end:
    case json::parse_event_t::array_end:
      keys.pop_back();
      break;
    case json::parse_event_t::key:
      if (!keys.back().insert(parsed.get<std::string>()).second)
        throw Error("'", file, "': duplicate key '", parsed.get<std::string>(), "'");
      break;
    case json::parse_event_t::value:
      break;
    }
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::parse_error &error) {
    throw Error("'", file, "': not valid JSON at byte ", error.byte);
  } catch (const json::out_of_range &) {
    throw Error("'", file, "': a number is out of range");
  }
}

std::string readText(const std::filesystem::path &file, int64_t limit) {
  std::error_code code;
  auto bytes = std::filesystem::file_size(file, code);
  std::ifstream in(file, std::ios::binary);
  if (code || !in)
    throw Error("cannot read '", file.string(), "': ", code ? code.message() : "open failed");
  if (bytes > uint64_t(limit))
    throw Error("'", file.string(), "': expected at most ", limit, " bytes, got ", bytes);
  std::string text(bytes, '\0');
  if (!in.read(text.data(), std::streamsize(bytes)))
    throw Error("cannot read '", file.string(), "': it ended after ", in.gcount(), " of ", bytes, " bytes");
  return text;
}

json readJson(const std::filesystem::path &file, int64_t limit) {
  return parseJson(readText(file, limit), file.string());
}

/// What a message shows of a value: short ones as they are.
static std::string shown(const json &value) {
  if (value.is_object())
    return "an object";
  if (value.is_array())
    return "an array";
  return value.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 60);
}

void JsonPlace::expected(const char *what) const { fail("expected ", what, ", got ", shown(value)); }

const json &JsonPlace::object() const {
  if (!value.is_object())
    expected("an object");
  return value;
}

std::optional<JsonPlace> JsonPlace::find(const std::string &key) const {
  auto field = object().find(key);
  if (field == value.end())
    return std::nullopt;
  return JsonPlace(*field, file, path.empty() ? key : path + "." + key);
}

JsonPlace JsonPlace::operator[](const std::string &key) const {
  if (auto field = find(key))
    return *field;
  fail("field '", key, "' is missing");
}

size_t JsonPlace::size() const {
  if (!value.is_array())
    expected("an array");
  return value.size();
}

JsonPlace JsonPlace::at(size_t index) const {
  return JsonPlace(value[index], file, path + "[" + std::to_string(index) + "]");
}

std::string JsonPlace::text() const {
  if (!value.is_string())
    expected("a string");
  return value.get<std::string>();
}

bool JsonPlace::boolean() const {
  if (!value.is_boolean())
    expected("true or false");
  return value.get<bool>();
}

double JsonPlace::number() const {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    expected("a number");
  return value.get<double>();
}

int64_t JsonPlace::integer(int64_t low, int64_t high) const {
  bool fits = value.is_number_integer() &&
              !(value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(INT64_MAX));
  if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high)
    fail("expected an integer from ", low, " to ", high, ", got ", shown(value));
  return value.get<int64_t>();
}

uint64_t JsonPlace::unsignedInteger() const {
  if (!value.is_number_unsigned() && !(value.is_number_integer() && value.get<int64_t>() >= 0))
    expected("an integer of at least 0");
  return value.get<uint64_t>();
}

} // namespace samba
