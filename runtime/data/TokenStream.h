// Stretches of token files joined to one long sequence.
#pragma once

#include "runtime/data/TokenFile.h"

#include <memory>
#include <optional>
#include <vector>

namespace samba {

/// A sequence of token ids that lies in files and is read where it is needed. Between two stretches of text
/// stands one 0 byte, or the start of a document of their tokenizer: the model learns that what follows is
/// another document (a file may hold documents set apart in the same way). Token files carry their own
/// end-of-document ids, so their stretches just meet.
///
/// A document begins with the id that sets it apart, and so that id is also the last target of the document
/// before; the text of a token file also begins one where a stretch begins.
class TokenStream {
public:
  /// `separator`: the id that sets documents of token files apart, if there is one; `textSeparator`: that of
  /// text.
  explicit TokenStream(std::shared_ptr<const std::vector<TokenFile>> files,
                       std::optional<int32_t> separator = {}, int32_t textSeparator = 0);

  /// Appends ids [first, first + count) of file `file`; a stretch that continues the last one extends it.
  void append(size_t file, int64_t first, int64_t count);

  /// Number of ids, separators included.
  int64_t size() const { return length; }
  /// Ids [first, first + count) of the stream. Throws samba::Error if they reach beyond its end.
  void read(int64_t first, int64_t count, int32_t *out) const;
  /// For each of ids [first, first + count) the place of its document's first id among them; 0 if that lies
  /// before `first`. Throws as `read` does.
  void readDocuments(int64_t first, int64_t count, int32_t *out) const;
  /// The id that sets documents apart, if there is one.
  std::optional<int32_t> documentId() const { return separator; }

private:
  struct Stretch {
    size_t file;
    int64_t first, count;
    int64_t start; // position of its first id in the stream
  };

  /// The stretch that holds position `first`, or the last that begins before it.
  std::vector<Stretch>::const_iterator stretchAt(int64_t first) const;

  std::shared_ptr<const std::vector<TokenFile>> files;
  std::optional<int32_t> separator;
  std::vector<Stretch> stretches;
  int64_t length = 0;
};

} // namespace samba
