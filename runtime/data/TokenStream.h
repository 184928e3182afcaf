// Stretches of token files joined to one long sequence.
#pragma once

#include "runtime/data/TokenFile.h"

#include <memory>
#include <vector>

namespace samba {

/// A sequence of token ids that lies in files and is read where it is needed. Between two stretches of text
/// stands one 0 byte: the model learns that what follows is another document (a file may hold documents set
/// apart in the same way). Token files carry their own end-of-document ids, so their stretches just meet.
class TokenStream {
public:
  explicit TokenStream(std::shared_ptr<const std::vector<TokenFile>> files) : files(std::move(files)) {}

  /// Appends ids [first, first + count) of file `file`; a stretch that continues the last one extends it.
  void append(size_t file, int64_t first, int64_t count);

  /// Number of ids, separators included.
  int64_t size() const { return length; }
  /// Ids [first, first + count) of the stream. Throws samba::Error if they reach beyond its end.
  void read(int64_t first, int64_t count, int32_t *out) const;

private:
  struct Stretch {
    size_t file;
    int64_t first, count;
    int64_t start; // position of its first id in the stream
  };

  std::shared_ptr<const std::vector<TokenFile>> files;
  std::vector<Stretch> stretches;
  int64_t length = 0;
};

} // namespace samba
