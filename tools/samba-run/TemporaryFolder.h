// A folder that is whole before it has its name.
#pragma once

#include <filesystem>
#include <string>
#include <unistd.h>

namespace samba {

/// A folder beside `path` that goes away unless it is renamed.
class TemporaryFolder {
public:
  explicit TemporaryFolder(const std::filesystem::path &path)
      : folder(path.parent_path() / ("." + path.filename().string() + "." + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~TemporaryFolder() {
    std::error_code ignored; // the error that brought us here is the one to report
    std::filesystem::remove_all(folder, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  const std::filesystem::path &path() const { return folder; }

private:
  std::filesystem::path folder;
};

} // namespace samba
