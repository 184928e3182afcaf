// The one exception of the runtime: a sentence that says what is wrong and, where known, what to do.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace samba {

/// Thrown for every failure a user can meet. The parts are written one after another, as to a stream:
/// `throw Error("expected ", wanted, " bytes, got ", found);`
class Error : public std::runtime_error {
public:
  template <typename... Parts> explicit Error(const Parts &...parts) : std::runtime_error(write(parts...)) {}

private:
  template <typename... Parts> static std::string write(const Parts &...parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
  }
};

} // namespace samba
