#!/usr/bin/env bash
# Compares the tokens/s of training samba-tiny with the same model in PyTorch eager; exit 1 if the bar is missed. The
# bar is meant for a scan written as mamba's selective_scan_ref is; one that cuts its operands into steps first
# (unbind) is many times faster and shown beside it.
#
#   test/bench/train_vs_pytorch.sh     environment: BUILD (build), DATA (a header of MLIR), BATCH (8), SEQ (256),
#                                      STEPS of PyTorch (2), THREADS (all), PYTHON (python3, then Debian's)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${BUILD:-build}
threads=${THREADS:-$(nproc)}
batch=${BATCH:-8}
seq=${SEQ:-256}
data=${DATA:-/usr/lib/llvm-22/include/mlir/IR/OpDefinition.h}

for python in ${PYTHON:-python3 /usr/bin/python3} ""; do
  [ -n "$python" ] || { echo "skipped: PyTorch is absent (Debian: python3-torch)"; exit 0; }
  "$python" -c 'import torch' 2>/dev/null && break
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
samba() {
  SAMBA_THREADS=$threads "$build/bin/samba-run" bench models/samba-tiny.mlir --entry train --batch "$batch" \
    --seq "$seq" --json >"$scratch/samba-$1.json" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
}
samba before
for scan in index unbind; do
  "$python" test/bench/pytorch_samba.py --data "$data" --batch "$batch" --seq "$seq" --steps "${STEPS:-2}" \
    --threads "$threads" --scan "$scan" >"$scratch/$scan.json"
done
samba after

"$python" - "$scratch" <<'PYTHON'
import json, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
before, after = read("samba-before"), read("samba-after")
ours = [run["entries"][0]["tokens_per_s"] for run in (before, after)]
print(f"samba              {max(ours):9.1f} tokens/s ({ours[0]:.1f} before, {ours[1]:.1f} after); {before['device']}")
ratios = {}
for scan in ("index", "unbind"):
    peer = read(scan)
    ratios[scan] = max(ours) / peer["tokens_per_s"]
    print(f"pytorch, {scan:<8}  {peer['tokens_per_s']:9.1f} tokens/s: samba is {ratios[scan]:.1f} times as fast; "
          f"PyTorch {peer['torch']}, {peer['threads']} threads")
met = ratios["index"] >= 10
print(f"bar: at least 10 times the scan by index: {'met' if met else 'missed'}")
sys.exit(not met)
PYTHON
