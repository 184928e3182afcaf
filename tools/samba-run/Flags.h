// The command line of one verb: declared once, it parses, checks, and prints its own help.
//
//   Flags flags("train", "MODEL --data FILE|DIR… --out RUN [flags]", "trains a model on text");
//   flags.positional("MODEL", model, "a spec (.mlir) or a bundle (.samba)");
//   flags.integer("steps", settings.steps, "N", "optimizer steps");   // the default is the variable's value
//   if (!flags.parse(words))
//     return 0;                                                       // --help was asked for and printed
//
// A value is written `--flag value` or `--flag=value`; the second form also takes values that start with
// `--`. Everything after a lone `--` is positional.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace samba {

class Flags {
public:
  Flags(std::string verb, std::string usage, std::string summary);

  /// A word without dashes. A missing one is an error unless `optional`.
  void positional(const std::string &name, std::string &value, const std::string &help,
                  bool optional = false);

  /// A whole number of at least `minimum`.
  void integer(const std::string &name, int64_t &value, const std::string &metavar, const std::string &help,
               int64_t minimum = 1);
  /// A finite number of at least `minimum` and at most `maximum`.
  void number(const std::string &name, double &value, const std::string &metavar, const std::string &help,
              double minimum = 0, double maximum = 1e300);
  /// Any text.
  void text(const std::string &name, std::string &value, const std::string &metavar, const std::string &help);
  /// One word of `choices`.
  void choice(const std::string &name, std::string &value, const std::vector<std::string> &choices,
              const std::string &help);
  /// Repeatable; with `greedy` one flag also takes every word up to the next flag.
  void list(const std::string &name, std::vector<std::string> &values, const std::string &metavar,
            const std::string &help, bool greedy = false);
  /// Whole numbers of at least 1, separated by commas.
  void integers(const std::string &name, std::vector<int64_t> &values, const std::string &metavar,
                const std::string &help);
  /// Words of `choices`, separated by commas.
  void choices(const std::string &name, std::vector<std::string> &values,
               const std::vector<std::string> &choices, const std::string &help);
  /// No value: present or not.
  void toggle(const std::string &name, bool &value, const std::string &help);

  /// A flag declared before that must be given.
  void require(const std::string &name);
  /// A second, one-letter name of a flag declared before: -o for --out.
  void shortName(char letter, const std::string &name);
  /// A heading in the help, above the flags declared after it.
  void section(const std::string &title);
  /// A command line shown at the end of the help, and what it does.
  void example(const std::string &command, const std::string &what);

  /// Parses the words after the verb. False if --help was among them and the help has been printed.
  /// Throws samba::Error naming the flag, what was expected and what was found.
  bool parse(const std::vector<std::string> &words);

  /// Whether the command line gave this flag.
  bool given(const std::string &name) const;
  std::string help() const;

private:
  struct Flag {
    std::string name, metavar, help, defaultText;
    std::function<void(const std::string &)> set; // parses and stores one value, or throws
    bool takesValue = true, greedy = false, repeatable = false, required = false;
    int given = 0;
  };
  struct Positional {
    std::string name, help;
    std::string *value;
    bool optional;
  };
  struct HelpLine { // a flag, or a section heading if flag < 0
    std::string title;
    int flag;
  };

  Flag &add(Flag flag);
  Flag &find(const std::string &name);
  [[noreturn]] void fail(const std::string &what) const;

  std::string verb, usage, summary;
  std::vector<Flag> flags;
  std::vector<std::pair<char, std::string>> shortNames;
  std::vector<Positional> positionals;
  std::vector<HelpLine> lines;
  std::vector<std::pair<std::string, std::string>> examples;
};

/// Parses a whole number or throws samba::Error "`what` expects a whole number of at least 1, got 'x'".
int64_t parseInteger(const std::string &what, const std::string &value, int64_t minimum);

} // namespace samba
