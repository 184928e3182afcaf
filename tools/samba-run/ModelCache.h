// Compiles specs on the way and keeps the bundles, so that the same spec is compiled once.
#pragma once

#include "tools/samba-run/Compiler.h"

#include <filesystem>

namespace samba {

/// The bundle of a request: from the cache, or compiled into it. The cache is $XDG_CACHE_HOME/samba, or
/// ~/.cache/samba; its key is the text of the spec, every field of the request that shapes the bundle, and
/// this very executable. Throws samba::Error.
std::filesystem::path cachedBundle(const CompileRequest &request);

/// Compiles to a new folder beside `out`, then renames it to `out`: a bundle that is there already is
/// replaced, and what is there stays as it is if the compiler fails. Throws samba::Error if `out` exists and
/// is no bundle.
void compileAtomically(const CompileRequest &request, const std::filesystem::path &out);

/// Whether `path` is a folder with a manifest.
bool isBundle(const std::filesystem::path &path);

} // namespace samba
