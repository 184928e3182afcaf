// Parsing and help of a verb's flags.
#include "tools/samba-run/Flags.h"

#include "runtime/Error.h"
#include "tools/samba-run/NearestSpelling.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>

using namespace samba;

namespace {

std::string shown(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string joined(const std::vector<std::string> &words, const char *between) {
  std::string all;
  for (const std::string &word : words)
    all += (all.empty() ? "" : between) + word;
  return all;
}

std::vector<std::string> splitAtCommas(const std::string &value) {
  std::vector<std::string> parts;
  std::istringstream in(value);
  for (std::string part; std::getline(in, part, ',');)
    parts.push_back(part);
  if (parts.empty() || value.back() == ',')
    parts.push_back("");
  return parts;
}

double parseNumber(const std::string &what, const std::string &value, double minimum, double maximum) {
  char *end = nullptr;
  double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !std::isfinite(number))
    throw Error(what + " expects a number, got '" + value + "'");
  if (number < minimum || number > maximum)
    throw Error(what + " expects a number of at least " + shown(minimum) +
                (maximum < 1e300 ? " and at most " + shown(maximum) : "") + ", got " + value);
  return number;
}

std::string parseChoice(const std::string &what, const std::string &value,
                        const std::vector<std::string> &choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end())
    return value;
  std::string near = nearestSpelling(value, choices);
  throw Error(what + " expects one of " + joined(choices, ", ") + ", got '" + value + "'" +
              (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

/// Columns of a UTF-8 text: the bytes that do not continue a character.
size_t columns(const std::string &text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

bool isFlag(const std::string &word) { return word.size() > 2 && word.compare(0, 2, "--") == 0; }

} // namespace

int64_t samba::parseInteger(const std::string &what, const std::string &value, int64_t minimum) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    throw Error(what + " expects a whole number, got '" + value + "'");
  if (number < minimum)
    throw Error(what + " expects a whole number of at least " + std::to_string(minimum) + ", got " + value);
  return number;
}

Flags::Flags(std::string verb, std::string usage, std::string summary)
    : verb(std::move(verb)), usage(std::move(usage)), summary(std::move(summary)) {}

Flags::Flag &Flags::add(Flag flag) {
  lines.push_back({"", static_cast<int>(flags.size())});
  flags.push_back(std::move(flag));
  return flags.back();
}

void Flags::positional(const std::string &name, std::string &value, const std::string &help, bool optional) {
  positionals.push_back({name, help, &value, optional});
}

void Flags::integer(const std::string &name, int64_t &value, const std::string &metavar,
                    const std::string &help, int64_t minimum) {
  Flag &flag = add({name, metavar, help, std::to_string(value), {}});
  flag.set = [&value, name, minimum](const std::string &v) { value = parseInteger("--" + name, v, minimum); };
}

void Flags::number(const std::string &name, double &value, const std::string &metavar,
                   const std::string &help, double minimum, double maximum) {
  Flag &flag = add({name, metavar, help, shown(value), {}});
  flag.set = [&value, name, minimum, maximum](const std::string &v) {
    value = parseNumber("--" + name, v, minimum, maximum);
  };
}

void Flags::text(const std::string &name, std::string &value, const std::string &metavar,
                 const std::string &help) {
  add({name, metavar, help, value, [&value](const std::string &v) { value = v; }});
}

void Flags::choice(const std::string &name, std::string &value, const std::vector<std::string> &choices,
                   const std::string &help) {
  Flag &flag = add({name, joined(choices, "|"), help, value, {}});
  flag.set = [&value, name, choices](const std::string &v) { value = parseChoice("--" + name, v, choices); };
}

void Flags::list(const std::string &name, std::vector<std::string> &values, const std::string &metavar,
                 const std::string &help, bool greedy) {
  Flag &flag = add({name, metavar, help, "", [&values](const std::string &v) { values.push_back(v); }});
  flag.greedy = greedy;
  flag.repeatable = true;
}

void Flags::integers(const std::string &name, std::vector<int64_t> &values, const std::string &metavar,
                     const std::string &help) {
  std::vector<std::string> defaults;
  for (int64_t value : values)
    defaults.push_back(std::to_string(value));
  Flag &flag = add({name, metavar, help, joined(defaults, ","), {}});
  flag.set = [&values, name](const std::string &v) {
    values.clear();
    for (const std::string &part : splitAtCommas(v))
      values.push_back(parseInteger("--" + name, part, 1));
  };
}

void Flags::choices(const std::string &name, std::vector<std::string> &values,
                    const std::vector<std::string> &choices, const std::string &help) {
  Flag &flag = add({name, joined(choices, ","), help, joined(values, ","), {}});
  flag.set = [&values, name, choices](const std::string &v) {
    values.clear();
    for (const std::string &part : splitAtCommas(v))
      values.push_back(parseChoice("--" + name, part, choices));
  };
}

void Flags::toggle(const std::string &name, bool &value, const std::string &help) {
  add({name, "", help, "", [&value](const std::string &) { value = true; }}).takesValue = false;
}

void Flags::require(const std::string &name) { find(name).required = true; }

void Flags::shortName(char letter, const std::string &name) {
  find(name);
  shortNames.push_back({letter, name});
}

void Flags::section(const std::string &title) { lines.push_back({title, -1}); }

void Flags::example(const std::string &command, const std::string &what) {
  examples.push_back({command, what});
}

Flags::Flag &Flags::find(const std::string &name) {
  auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag &flag) { return flag.name == name; });
  if (found != flags.end())
    return *found;
  std::vector<std::string> known = {"--help"};
  for (const Flag &flag : flags)
    known.push_back("--" + flag.name);
  std::string near = nearestSpelling("--" + name, known);
  fail("unknown flag '--" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

void Flags::fail(const std::string &what) const {
  throw Error(verb + ": " + what + " ('samba-run " + verb + " --help' lists the flags)");
}

bool Flags::parse(const std::vector<std::string> &words) {
  auto wantsHelp = [](const std::string &word) { return word == "--help" || word == "-h"; };
  if (std::any_of(words.begin(), std::find(words.begin(), words.end(), "--"), wantsHelp)) {
    fputs(help().c_str(), stdout);
    return false;
  }
  for (Flag &flag : flags)
    flag.given = 0;
  size_t place = 0;
  auto takePositional = [&](const std::string &word) {
    if (place == positionals.size())
      fail("unexpected word '" + word + "'");
    *positionals[place++].value = word;
  };
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      while (++i < words.size())
        takePositional(words[i]);
      break;
    }
    std::string word = words[i];
    for (const auto &[letter, name] : shortNames)
      if (word == std::string{'-', letter})
        word = "--" + name;
    if (!isFlag(word)) {
      if (word.size() > 1 && word[0] == '-')
        fail("unknown flag '" + word + "'; flags are written in full, with two dashes");
      takePositional(word);
      continue;
    }
    size_t equals = word.find('=');
    Flag &flag = find(word.substr(2, equals == std::string::npos ? equals : equals - 2));
    if (flag.given++ && !flag.repeatable)
      fail("--" + flag.name + " is given twice");
    if (!flag.takesValue) {
      if (equals != std::string::npos)
        fail("--" + flag.name + " takes no value");
      flag.set("");
    } else if (equals != std::string::npos) {
      flag.set(word.substr(equals + 1));
    } else if (i + 1 == words.size() || isFlag(words[i + 1])) {
      fail("--" + flag.name + " expects a value: --" + flag.name + " " + flag.metavar);
    } else {
      flag.set(words[++i]);
      while (flag.greedy && i + 1 < words.size() && words[i + 1].compare(0, 2, "--") != 0)
        flag.set(words[++i]);
    }
  }
  if (place < positionals.size() && !positionals[place].optional)
    fail("expected " + positionals[place].name + ": samba-run " + verb + " " + usage);
  for (const Flag &flag : flags)
    if (flag.required && !flag.given)
      fail("--" + flag.name + " " + flag.metavar + " is missing");
  return true;
}

bool Flags::given(const std::string &name) const {
  return std::any_of(flags.begin(), flags.end(),
                     [&](const Flag &flag) { return flag.name == name && flag.given > 0; });
}

std::string Flags::help() const {
  size_t width = 0;
  auto left = [](const Flag &flag) {
    return "  --" + flag.name + (flag.metavar.empty() ? "" : " " + flag.metavar);
  };
  for (const Flag &flag : flags)
    width = std::max(width, columns(left(flag)));
  for (const Positional &positional : positionals)
    width = std::max(width, positional.name.size() + 2);
  auto row = [&](const std::string &name, const std::string &text) {
    return name + std::string(width - columns(name) + 2, ' ') + text + "\n";
  };

  std::string out =
      "samba-run " + verb + ": " + summary + "\n\nusage: samba-run " + verb + " " + usage + "\n\n";
  for (const Positional &positional : positionals)
    out += row("  " + positional.name, positional.help);
  for (const HelpLine &line : lines) {
    if (line.flag < 0) {
      out += "\n" + line.title + ":\n";
      continue;
    }
    const Flag &flag = flags[static_cast<size_t>(line.flag)];
    out += row(left(flag), flag.help + (flag.required              ? " (required)"
                                        : flag.defaultText.empty() ? ""
                                                                   : " [" + flag.defaultText + "]"));
  }
  if (!examples.empty())
    out += "\nexamples:\n";
  for (const auto &[command, what] : examples)
    out += "  " + command + "\n      " + what + "\n";
  return out;
}
