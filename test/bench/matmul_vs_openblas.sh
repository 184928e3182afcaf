#!/usr/bin/env bash
# Compares the matrix products of a linear layer, forward and backward, with OpenBLAS; exit 1 if the bar is missed.
#
#   test/bench/matmul_vs_openblas.sh [N...]    environment: BUILD (build), SAMBA_THREADS (all); N: 512 1000 2048
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${BUILD:-build}
[ $# -gt 0 ] || set -- 512 1000 2048

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bundles=()
for n in "$@"; do # the linear layers of attention on n tokens are n cubed
  printf 'samba.model @cubed {vocab_size = 64, d_model = %s} {\n  samba.attention {n_heads = %s, window = 16}\n}\n' \
    "$n" $((n / 8)) >"$scratch/$n.mlir"
  "$build/bin/samba-run" compile "$scratch/$n.mlir" --batch 1 --seq "$n" --entries train,update \
    -o "$scratch/$n.samba" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
  bundles+=("$scratch/$n.samba")
done
"$build/bin/samba-matmul-vs-openblas" "${bundles[@]}"
