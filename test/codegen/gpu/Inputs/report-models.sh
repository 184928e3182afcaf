#!/usr/bin/env bash
# What ptxas says of the kernels of models, training and playing.
#
#   report-models.sh FOLDER PART PARTS
#
# Takes every PARTS-th of the models in FOLDER that differ in more than their depth and in what no kernel's shape hangs on:
# names, windows, positions, initializers. Prints "MODEL: N kernels" for each, after the error for
# a kernel that spills, has a stack frame, or draws a note (C75xx).
set -euo pipefail
folder=$1 part=$2 parts=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

shapes() { # FILE: its layers, each kind once
  sed -E 's|//.*||; s/@[a-z0-9_]+//; s/repeat [0-9]+/repeat/; s/(window|rope_theta|init) = [^,}]*//' "$1" |
    tr -d ' ,' | grep -v '^}*$' | sort -u | tr '\n' ' '
}

for file in "$folder"/*.mlir "$folder"/paper/*.mlir; do
  echo "$(shapes "$file")|$file"
done | sort -t'|' -k1,1 -u | sed 's/.*|//' | awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' |
  while read -r file; do
    samba-run compile "$file" --target sm_90a --batch 8 --seq 4096 --emit 05-kernels >"$work/kernels.mlir"
    samba-opt "$work/kernels.mlir" -samba-assemble-kernels -o /dev/null >"$work/report.txt" 2>"$work/errors.txt" ||
      grep -o 'error: .*' "$work/errors.txt"
    echo "$(basename "$file" .mlir): $(grep -c ' bytes spilled' "$work/report.txt") kernels"
  done
