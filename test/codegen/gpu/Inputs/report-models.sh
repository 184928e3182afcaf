#!/usr/bin/env bash
# What ptxas says of the kernels of models, training and playing (report.sh).
#
#   report-models.sh FOLDER PART PARTS
#
# Takes every PARTS-th of the models in FOLDER that differ in more than their depth and in what no kernel's shape hangs on:
# names, windows, positions, initializers.
set -euo pipefail
folder=$1 part=$2 parts=$3

shapes() { # FILE: its layers, each kind once
  sed -E 's|//.*||; s/@[a-z0-9_]+//; s/repeat [0-9]+/repeat/; s/(window|rope_theta|init) = [^,}]*//' "$1" |
    tr -d ' ,' | grep -v '^}*$' | sort -u | tr '\n' ' '
}

for file in "$folder"/*.mlir "$folder"/paper/*.mlir; do
  echo "$(shapes "$file")|$file"
done | sort -t'|' -k1,1 -u | sed 's/.*|//' | awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' |
  xargs sh -c 'bash "$0" "$@" -- --batch 8 --seq 4096' "$(dirname "$0")/report.sh"
