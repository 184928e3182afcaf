#!/usr/bin/env bash
# What ptxas says of the kernels of specs and of functions of core ops.
#
#   report.sh FILE... [-- FLAG...]    the flags are those of `samba-run compile`
#
# Prints "NAME: N kernels" for each file, after the error for a kernel that spills, has a stack frame, or draws a note
# (C75xx).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do files+=("$1") && shift; done
[ $# = 0 ] || shift
for file in "${files[@]}"; do
  samba-run compile "$file" --target sm_90a "$@" --emit 05-kernels >"$work/kernels.mlir"
  samba-opt "$work/kernels.mlir" -samba-assemble-kernels -o /dev/null >"$work/report.txt" 2>"$work/errors.txt" ||
    grep -o 'error: .*' "$work/errors.txt"
  echo "$(basename "$file" .mlir): $(grep -c ' bytes spilled' "$work/report.txt") kernels"
done
