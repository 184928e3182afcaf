// All data of a run: opened, checked against the vocabulary, and split into training and validation text.
//
// The split is by content. A file is cut into blocks of about 16384 tokens from its beginning, and the hash
// of a block's ids decides where the block goes. So a block stays on its side whatever the order of the
// files, their names, and whatever other files come or go; and two copies of one document never face each
// other. A block of a small file is the whole file.
#pragma once

#include "runtime/data/TokenStream.h"

#include <filesystem>
#include <string>
#include <vector>

namespace samba {

/// Of the documents, where nobody says otherwise.
inline constexpr double heldOutShare = 0.05;

struct Corpus {
  TokenStream train, validation;
  uint64_t digest;                ///< of all ids in order; the same data gives the same digest
  std::vector<std::string> notes; ///< sentences for the user about what was skipped or is unusual

  /// The digest and the size, for BatchSource::identity.
  std::string identity() const;

  /// Opens `paths` as findFiles does. `share` is the expected share of validation text, 0 to 1; with 0 all
  /// is training text. If two blocks or more all fall on one side, the one nearest to the threshold changes
  /// over, so that small data has both. `separator` is the id that sets documents of token files apart. Text
  /// is read as bytes, or by `tokenizer`; token files hold ids already. Throws samba::Error if there is no
  /// data, or if an id is outside [0, vocabSize), naming its file, position and value.
  static Corpus open(const std::vector<std::filesystem::path> &paths, int64_t vocabSize,
                     double share = heldOutShare, std::optional<int32_t> separator = {},
                     const Tokenizer *tokenizer = nullptr);
};

} // namespace samba
