#!/usr/bin/env bash
# Runs every `sh` block of README.md in a folder of its own, as it stands but for its sizes: few steps, few tokens.
# Only tools/check.sh is left out: it is what runs this.
#
#   commands.sh SOURCE BUILD FOLDER
set -euo pipefail
source=$1 build=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
ln -s "$source/models" "$source/tools" "$source/README.md" .
ln -s "$build" build
export SETUP=no STEPS=2 TOKENS=8

awk '/^```sh$/ { on = 1; print "block"; next } /^```$/ { on = 0 } on' README.md |
  sed -E 's/--steps 200/--steps 2/; s/--warmup [0-9]+/--warmup 1/
          s/--batch [0-9]+/--batch 1/; s/--seq [0-9]+/--seq 64/; s/--max-tokens [0-9]+/--max-tokens 8/
          s/^tools\/check.sh$/:/' >commands
count=0
while IFS= read -r line; do
  if [ "$line" = block ]; then
    count=$((count + 1))
    echo "set -euxo pipefail" >"block-$count.sh"
  else
    printf '%s\n' "$line" >>"block-$count.sh"
  fi
done <commands
for number in $(seq "$count"); do
  bash "block-$number.sh" </dev/null
done
echo "ran $count blocks"
