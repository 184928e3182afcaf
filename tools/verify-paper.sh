#!/usr/bin/env bash
# Verifies every spec of a folder, made small by --set alone: narrow, one copy of each repeat, few tokens. A training step,
# and any split of decoding against the forward pass, are compared with the double-precision reference; with TEXT ten steps
# of training lower the loss and hold, with a validation, the memory that `info` predicts. Specs that are the same when
# small share a turn.
#
#   tools/verify-paper.sh FOLDER          one line for each spec; environment: RUN (build/bin/samba-run), JOBS (2), TEXT,
#                                         DEVICE (cpu), D_MODEL (32)
#   tools/verify-paper.sh --list FOLDER   NAME|SPEC|FLAGS of each, and nothing is run
set -euo pipefail
export RUN=${RUN:-build/bin/samba-run} TEXT=${TEXT:-} DEVICE=${DEVICE:-cpu}
list=false
if [ "${1:-}" = --list ]; then
  list=true
  shift
fi
[ $# = 1 ] && [ -d "$1" ] || { echo "verify-paper: expected the folder with the specs" >&2; exit 1; }

# case_of SPEC: NAME|SPEC|FLAGS.
case_of() {
  local flags="--set model.d_model=${D_MODEL:-32} --set model.vocab_size=256"
  if grep -q 'samba.repeat' "$1"; then flags+=" --set repeat.count=1"; fi
  for layer in $(sed -nE 's/^ *samba\.([a-z_]+) \{n_heads.*/\1/p' "$1" | sort -u); do flags+=" --set $layer.n_heads=4"; done
  if grep -q 'window = [0-9]' "$1" && ! grep -q 'window = "full"' "$1"; then flags+=" --set attention.window=7"; fi
  for layer in $(sed -nE 's/^ *samba\.([a-z_]+) \{chunk = .*/\1/p' "$1" | sort -u); do flags+=" --set $layer.chunk=7 --set $layer.key_dim=8"; done
  if grep -q 'samba.mlp' "$1"; then flags+=" --set mlp.d_ff=40"; fi
  echo "$(basename "$1" .mlir)|$1|$flags --batch 2 --seq 23"
}

# unique: the cases on stdin, each with one more field: those that are the same model, joined by commas.
unique() {
  local name spec flags text
  declare -A first same
  local order=()
  while IFS='|' read -r name spec flags; do
    # shellcheck disable=SC2086
    text=$("$RUN" compile "$spec" $flags --emit 00-spec | sed 's/samba.model @[a-z0-9_]*/samba.model/')
    if [ -n "${first[$text]:-}" ]; then
      same[$text]+=", $name"
    else
      order+=("$text")
      first[$text]="$name|$spec|$flags"
      same[$text]=$name
    fi
  done
  for text in "${order[@]}"; do echo "${first[$text]}|${same[$text]}"; done
}

# trains SPEC FLAGS: ten steps, what the loss was and is, and whether the memory is what info says.
trains() {
  local run predicted
  run=$(mktemp -d)
  # shellcheck disable=SC2086
  predicted=$("$RUN" info "$1" $2 --device "$DEVICE" --json | sed -n 's/.*"training_memory_bytes": \([0-9]*\).*/\1/p') &&
    "$RUN" train "$1" $2 --device "$DEVICE" --data "$TEXT" --out "$run/run" --steps 10 --lr 1e-2 --warmup 1 --eval-every 5 --eval-tokens 23 >/dev/null 2>&1 &&
    sed -nE 's/.*"loss":([0-9.]+).*"memory_bytes":([0-9]+).*/\1 \2/p' "$run/run/metrics.jsonl" | awk -v predicted="$predicted" '
      NR == 1 { first = $1 }
      { last = $1; held = $2 }
      END {
        printf "loss %.3f to %.3f, memory %.3f of what was predicted", first, last, held / predicted
        exit !(NR == 10 && last < first && held < 1.05 * predicted && predicted < 1.05 * held)
      }'
  local status=$?
  rm -rf "$run"
  return "$status"
}

# verify_case NAME|SPEC|FLAGS|NAMES
verify_case() {
  local name spec flags names output trained=""
  IFS='|' read -r name spec flags names <<<"$1"
  # shellcheck disable=SC2086
  if output=$("$RUN" verify "$spec" $flags --device "$DEVICE" 2>&1) && { [ -z "$TEXT" ] || trained="; $(trains "$spec" "$flags")"; }; then
    echo "$names: $(tail -n 1 <<<"$output")$trained"
  else
    printf '%s: FAILED%s\n%s\n' "$name" "$trained" "$output"
    return 1
  fi
}
export -f verify_case trains

cases=$(for spec in "$1"/*.mlir; do case_of "$spec"; done)
if $list; then
  echo "$cases"
else
  unique <<<"$cases" | xargs -P "${JOBS:-2}" -d '\n' -I{} bash -c 'verify_case "$1"' verify_case {}
  echo "verified $(wc -l <<<"$cases") specs"
fi
