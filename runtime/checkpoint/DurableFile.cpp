// Writing, fsync and rename, with their errors.
#include "runtime/checkpoint/DurableFile.h"
#include "runtime/Error.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace samba {

[[noreturn]] static void fail(const char *what, const std::filesystem::path &path) {
  throw Error("cannot ", what, " '", path.string(), "': ", std::strerror(errno));
}

DurableFile::DurableFile(std::filesystem::path file)
    : path(std::move(file)), descriptor(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (descriptor < 0)
    fail("create", path);
}

DurableFile::~DurableFile() {
  if (descriptor >= 0)
    close(descriptor);
}

void DurableFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(descriptor, bytes.data(), std::min<size_t>(bytes.size(), size_t(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      fail("write", path);
    bytes = bytes.subspan(size_t(written));
  }
}

void DurableFile::finish() {
  if (fsync(descriptor) != 0)
    fail("sync", path);
  int closed = close(descriptor);
  descriptor = -1;
  if (closed != 0)
    fail("close", path);
}

void syncFolder(const std::filesystem::path &folder) {
  int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    fail("open", folder);
  int synced = fsync(descriptor);
  close(descriptor);
  if (synced != 0)
    fail("sync", folder);
}

void writeDurably(const std::filesystem::path &file, std::string_view text) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  DurableFile out(temporary);
  out.write(text);
  out.finish();
  if (rename(temporary.c_str(), file.c_str()) != 0)
    fail("rename to", file);
  syncFolder(file.has_parent_path() ? file.parent_path() : ".");
}

} // namespace samba
