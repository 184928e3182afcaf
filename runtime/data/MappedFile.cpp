// open, fstat, mmap, close: the descriptor is not needed once the pages are mapped.
#include "runtime/data/MappedFile.h"

#include "runtime/Error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace samba;

MappedFile::MappedFile(std::filesystem::path path) : where(std::move(path)) {
  int descriptor = open(where.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw Error("cannot open '" + where.string() + "': " + std::strerror(errno));
  struct stat status{};
  fstat(descriptor, &status);
  void *mapped = nullptr;
  int reason = S_ISREG(status.st_mode) ? 0 : EINVAL;
  if (!reason && status.st_size > 0) { // a mapping of no bytes is an error, an empty file is not
    mapped = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
    reason = mapped == MAP_FAILED ? errno : 0;
  }
  close(descriptor);
  if (!S_ISREG(status.st_mode))
    throw Error("'" + where.string() + "' is not a regular file");
  if (reason)
    throw Error("cannot map '" + where.string() + "': " + std::strerror(reason));
  data = static_cast<const unsigned char *>(mapped);
  size = static_cast<size_t>(status.st_size);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : where(std::move(other.where)), data(std::exchange(other.data, nullptr)),
      size(std::exchange(other.size, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(where, other.where);
  std::swap(data, other.data);
  std::swap(size, other.size);
  return *this;
}

MappedFile::~MappedFile() {
  if (data)
    munmap(const_cast<unsigned char *>(data), size);
}
