// A whole file as read-only bytes in memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace samba {

/// Maps a file for reading; the mapping lives as long as the object. Throws samba::Error naming the file and
/// the system's reason if it cannot be opened, is no regular file, or cannot be mapped.
class MappedFile {
public:
  explicit MappedFile(std::filesystem::path path);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::filesystem::path &path() const { return where; }
  std::span<const unsigned char> bytes() const { return {data, size}; }

private:
  std::filesystem::path where;
  const unsigned char *data = nullptr;
  size_t size = 0;
};

} // namespace samba
