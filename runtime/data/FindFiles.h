// From the paths a user names to the token files they stand for.
#pragma once

#include "runtime/data/TokenFile.h"

#include <filesystem>
#include <string>
#include <vector>

namespace samba {

/// The files that were found, opened and checked, in order, and what was left out.
struct FoundFiles {
  std::vector<TokenFile> files;
  std::vector<std::string> notes; ///< sentences for the user: which files were skipped and why
};

/// Opens every file of `paths`. A folder stands for the files below it, sorted by path; names that start with
/// a dot are left out, links are followed. Empty files, and in a folder of text binary files and token files,
/// are skipped with a note. A file that is named itself is never skipped: it is opened or it is an error.
/// Throws samba::Error if a path does not exist, a file is malformed, or text and token files are mixed.
FoundFiles findFiles(const std::vector<std::filesystem::path> &paths);

} // namespace samba
