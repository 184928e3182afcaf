#!/usr/bin/env bash
# Formats every C++ source with clang-format 22, or with --check says which are not formatted and fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
  "") options=(-i) ;;
  --check) options=(--dry-run -Werror) ;;
  *) echo "format: unknown argument '$1'; expected --check or nothing" >&2; exit 1 ;;
esac
folders=(dialect passes codegen runtime layouts tools test)
find "${folders[@]}" \( -name '*.cpp' -o -name '*.h' \) -print0 | xargs -0 clang-format-22 -style=file "${options[@]}"
