#!/usr/bin/env bash
# Compares a training step with OpenBLAS on the step's matrix products alone; exit 1 if the bar is missed.
#
#   test/bench/train_vs_openblas.sh [MODEL]    environment: BUILD (build), BATCH (8), SEQ (256), ROUNDS (10),
#                                              SAMBA_THREADS (all)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${BUILD:-build}
compile=("$build/bin/samba-run" compile "${1:-models/samba-tiny.mlir}" --batch "${BATCH:-8}" --seq "${SEQ:-256}"
  --entries train,update)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${compile[@]}" --emit 02-train >"$scratch/train.mlir" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
"${compile[@]}" -o "$scratch/model.samba" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
"$build/bin/samba-train-vs-openblas" "$scratch/model.samba" "$scratch/train.mlir" ${ROUNDS:+"$ROUNDS"}
