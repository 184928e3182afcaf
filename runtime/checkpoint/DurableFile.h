// Files that are complete on disk before anything refers to them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace samba {

/// A file being written from its beginning. Every failure throws Error with the path and the system's reason.
class DurableFile {
public:
  explicit DurableFile(std::filesystem::path path);
  ~DurableFile();
  DurableFile(const DurableFile &) = delete;
  DurableFile &operator=(const DurableFile &) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Waits until the content is on disk and closes the file. Without it the file's content is not to be
  /// relied on.
  void finish();

private:
  std::filesystem::path path;
  int descriptor;
};

/// Waits until the names in `folder` are on disk.
void syncFolder(const std::filesystem::path &folder);

/// Replaces `file` by `text` at once: a reader, or a crash, finds the old text or the new.
void writeDurably(const std::filesystem::path &file, std::string_view text);

} // namespace samba
