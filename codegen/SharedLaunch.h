//===- SharedLaunch.h - groups with several roots --------------------------------------------------===//
//
// On a GPU a group may hold more than one op that is not element-wise, where the kernel of one of them, the
// root, computes the others too: `samba-share-launches` makes such groups and marks the root.
//===----------------------------------------------------------------------------------------------------===//
#pragma once

#include "llvm/ADT/StringRef.h"

namespace samba {

/// On the root of a group with several: it emits for all, and reads what the others overwrite before they do.
inline constexpr llvm::StringLiteral rootMark = "samba.root";

} // namespace samba
