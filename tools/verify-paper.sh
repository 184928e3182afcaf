#!/usr/bin/env bash
# Verifies every spec of a folder, made small by --set alone: narrow, one copy of each repeat, few tokens. A training step,
# and any split of decoding against the forward pass, are compared with the double-precision reference.
#
#   tools/verify-paper.sh FOLDER          one line for each spec; environment: RUN (build/bin/samba-run), JOBS (2)
#   tools/verify-paper.sh --list FOLDER   NAME|SPEC|FLAGS of each, and nothing is run
set -euo pipefail
export RUN=${RUN:-build/bin/samba-run}
list=false
if [ "${1:-}" = --list ]; then
  list=true
  shift
fi
[ $# = 1 ] && [ -d "$1" ] || { echo "verify-paper: expected the folder with the specs" >&2; exit 1; }

# case_of SPEC: NAME|SPEC|FLAGS.
case_of() {
  local flags="--set model.d_model=32 --set model.vocab_size=61"
  if grep -q 'samba.repeat' "$1"; then flags+=" --set repeat.count=1"; fi
  if grep -q 'n_heads' "$1"; then flags+=" --set attention.n_heads=4"; fi
  if grep -q 'window = [0-9]' "$1" && ! grep -q 'window = "full"' "$1"; then flags+=" --set attention.window=7"; fi
  if grep -q 'samba.mlp' "$1"; then flags+=" --set mlp.d_ff=40"; fi
  echo "$(basename "$1" .mlir)|$1|$flags --batch 2 --seq 23"
}

# verify_case NAME|SPEC|FLAGS
verify_case() {
  local name spec flags output
  IFS='|' read -r name spec flags <<<"$1"
  # shellcheck disable=SC2086
  if output=$("$RUN" verify "$spec" $flags 2>&1); then
    echo "$name: $(tail -n 1 <<<"$output")"
  else
    printf '%s: FAILED\n%s\n' "$name" "$output"
    return 1
  fi
}
export -f verify_case

cases=$(for spec in "$1"/*.mlir; do case_of "$spec"; done)
if $list; then
  echo "$cases"
else
  xargs -P "${JOBS:-2}" -d '\n' -I{} bash -c 'verify_case "$1"' verify_case {} <<<"$cases"
  echo "verified $(wc -l <<<"$cases") specs"
fi
