#!/usr/bin/env bash
# From a bare clone to a model that writes: sets up, trains models/samba-tiny.mlir on the headers of MLIR (a text
# that the set-up installs), and lets it continue a line. Run it again after an interruption: it goes on from the
# last checkpoint.
#
#   tools/quickstart.sh        environment: BUILD (build), RUN (runs/tiny), STEPS (600), TOKENS to write (400),
#                              SETUP=no: BUILD holds a build already
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build}
run=${RUN:-runs/tiny}
steps=${STEPS:-600}
tokens=${TOKENS:-400}

say() { printf '\n== %s\n' "$*"; }

[ "${SETUP:-yes}" = no ] || tools/setup.sh "$build" samba-run samba-opt
text=$(/usr/lib/llvm-22/bin/llvm-config --includedir)/mlir

resume=()
if [ -e "$run/run.json" ]; then
  resume=(--resume)
  say "Train: $run is there, going on from its last checkpoint to step $steps"
else
  say "Train: models/samba-tiny.mlir on $text, $steps steps into $run"
fi
"$build/bin/samba-run" train models/samba-tiny.mlir --data "$text" --out "$run" --steps "$steps" \
  --batch 8 --seq 256 --lr 2e-3 --warmup $(((steps + 19) / 20)) --eval-every 100 --save-every 100 "${resume[@]}"

say "Write: the model continues '#include \"mlir/'"
"$build/bin/samba-run" generate "$run" --prompt '#include "mlir/' --max-tokens "$tokens" --temperature 0.8 \
  --top-p 0.95 --stream

say "Done. More text: $build/bin/samba-run generate $run --prompt 'class ' --stream"
