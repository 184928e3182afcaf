#!/usr/bin/env bash
# The table of models/paper/README.md: what `samba-run info` says of every spec there, beside the paper's figures in
# results.csv.
#
#   tools/paper-table.sh [--check]     --check only compares; environment: BUILD (build)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
run=${BUILD:-build}/bin/samba-run
folder=models/paper
readme=$folder/README.md
check=false
case ${1:-} in
  "") ;;
  --check) check=true ;;
  *) echo "paper-table: unknown argument '$1'; expected --check or nothing" >&2; exit 1 ;;
esac

# field NAME: a number of the model's own, from JSON on stdin.
field() { sed -n "s/^  \"$1\": \([0-9]*\),\{0,1\}\$/\1/p"; }

# row MODEL TABLE SIZE PERPLEXITIES... SCORE
row() {
  local spec=$folder/$1.mlir short long memory state4 state128
  short=$("$run" info "$spec" --device cuda --batch 8 --seq 4096 --max-context 4096 --json)
  long=$("$run" info "$spec" --device cuda --batch 1 --seq 64 --max-context 131072 --json)
  memory=$(field training_memory_bytes <<<"$short")
  state4=$(field state_bytes <<<"$short")
  state128=$(field state_bytes <<<"$long")
  awk -v model="$1" -v table="$2" -v size="$3" -v p1="$4" -v p2="$5" -v p3="$6" -v score="$7" \
    -v parameters="$(field parameters <<<"$short")" -v flops="$(field flops_per_token <<<"$short")" \
    -v memory="$memory" -v state4="$state4" -v state128="$state128" '
    function grouped(n) { return n < 1000 ? n : grouped(int(n / 1000)) "," sprintf("%03d", n % 1000) }
    function scaled(n, unit, digits) { return n == "" ? "" : sprintf("%.*f", digits, n / unit) }
    BEGIN {
      printf "| [%s](%s.mlir) | %s | %s | %s | %.2f | %s | %s | %s | %s | %s | %s | %s |\n", model, model, table,
        size, grouped(parameters), flops / 1e9, scaled(memory, 1e9, 0), scaled(state4, 1e6, 1), scaled(state128, 1e6, 1), p1, p2, p3, score
    }'
}

table() {
  echo "| model | table | size | parameters | GFLOP/token | training GB | state MB, 4K | state MB, 128K | ppl 4096 | 8192 | 16384 | score |"
  echo "|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
  tail -n +2 "$folder/results.csv" | while IFS=, read -r model figures; do
    IFS=, read -r -a cells <<<"$figures,end"
    row "$model" "${cells[@]:0:6}"
  done
}

# Every spec has its line, and no other.
diff <(cd "$folder" && ls -- *.mlir | sed 's/\.mlir$//' | sort) <(tail -n +2 "$folder/results.csv" | cut -d, -f1 | sort)
new=$(mktemp)
trap 'rm -f "$new"' EXIT
sed '/^| model /,$d' "$readme" >"$new"
table >>"$new"
if $check; then
  diff "$readme" "$new" || { echo "paper-table: $readme is old; tools/paper-table.sh writes it anew" >&2; exit 1; }
else
  cat "$new" >"$readme"
fi
