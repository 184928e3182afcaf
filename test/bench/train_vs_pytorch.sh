#!/usr/bin/env bash
# Compares the tokens/s of training samba-tiny with the same model in PyTorch eager; exit 1 if the bar is missed.
#
#   test/bench/train_vs_pytorch.sh     environment: BUILD (build), DATA (a header of MLIR), BATCH (8), SEQ (256),
#                                      STEPS of PyTorch (2), THREADS (all), PYTHON (python3)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${BUILD:-build}
threads=${THREADS:-$(nproc)}
batch=${BATCH:-8}
seq=${SEQ:-256}
python=${PYTHON:-python3}
data=${DATA:-/usr/lib/llvm-22/include/mlir/IR/OpDefinition.h}

"$python" -c 'import torch' 2>/dev/null || { echo "skipped: PyTorch is absent (Debian: python3-torch)"; exit 0; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
samba() {
  SAMBA_THREADS=$threads "$build/bin/samba-run" bench models/samba-tiny.mlir --entry train --batch "$batch" \
    --seq "$seq" --json >"$scratch/samba-$1.json" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
}
samba before
"$python" test/bench/pytorch_samba.py --data "$data" --batch "$batch" --seq "$seq" --steps "${STEPS:-2}" \
  --threads "$threads" >"$scratch/pytorch.json"
samba after

"$python" - "$scratch" <<'PYTHON'
import json, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
before, after, torch = read("samba-before"), read("samba-after"), read("pytorch")
ours = [run["entries"][0]["tokens_per_s"] for run in (before, after)]
print(f"samba    {max(ours):9.1f} tokens/s ({ours[0]:.1f} before, {ours[1]:.1f} after); {before['device']}")
print(f"pytorch  {torch['tokens_per_s']:9.1f} tokens/s; PyTorch {torch['torch']}, {torch['threads']} threads")
ratio = max(ours) / torch["tokens_per_s"]
print(f"ratio    {ratio:9.1f}  bar: at least 10: {'met' if ratio >= 10 else 'missed'}")
sys.exit(ratio < 10)
PYTHON
