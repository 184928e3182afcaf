#!/usr/bin/env bash
# Checks the GPU target on a machine with an NVIDIA GPU that has neither LLVM nor a build of Samba.
#
#   tools/gpu-check.sh --pack DIR               where Samba is built: puts everything the checks need into DIR
#   tools/gpu-check.sh --run DIR OUT [PART...]  where the GPU is: runs the parts, all of them without any, and leaves
#                                               their output in OUT. The last lines are a table; exit 1 if a line
#                                               of it says NO.
#
# parts: numerics models losses repeat sanitizer long memory bench kernels shapes peers paper
# environment: BUILD (build) to pack from; DATA, a text (a header of MLIR); JOBS (4) verifications side by side;
#              TOOLS of compute-sanitizer (all four); FLA, a checkout of flash-linear-attention, to be a peer;
#              DEVICE=cpu to try the script itself without a GPU
set -uo pipefail
parts=(numerics models losses repeat sanitizer long memory bench kernels shapes peers paper)
device=${DEVICE:-cuda}
jobs=${JOBS:-4} tools=${TOOLS:-memcheck racecheck initcheck synccheck}

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2; exit 1; }
fail() { echo "gpu-check: $*" >&2; exit 1; }
say() { printf '\n== %s\n' "$*" >&2; }

# row PART ASKED SEEN yes|NO|-: a line of the table. '-' says neither: the part could not be tried here.
row() { printf '| %s | %s | %s | %s |\n' "$1" "$2" "${3//|/;}" "$4" >>"$out/table.md"; }

# verdict COMMAND...: "yes" or "NO"
verdict() { if "$@"; then echo yes; else echo NO; fi; }

# attempt NAME SECONDS COMMAND...: its output in OUT/NAME.log, its status in OUT/NAME.status.
attempt() {
  local name=$1 seconds=$2
  shift 2
  timeout -k 10 "$seconds" "$@" >"$out/$name.log" 2>&1
  echo $? >"$out/$name.status"
  [ "$(cat "$out/$name.status")" = 0 ]
}

# What a part that ended badly said last, or that it took too long.
why() {
  case $(cat "$out/$1.status" 2>/dev/null) in
    124 | 137) echo "took too long" ;;
    *) grep -v '^ *$' "$out/$1.log" | tail -n 1 | cut -c1-200 ;;
  esac
}

bundle() { # NAME: its folder; fails if it was not packed
  [ -e "$work/$1.samba" ] || { [ -e "$from/bundles/$1.tar.xz" ] && unpack "$from/bundles/$1.tar.xz"; } || return 1
  echo "$work/$1.samba"
}
unpack() { # a .tar.xz into $work
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$1" "$work" 2>/dev/null ||
    tar -C "$work" -xJf "$1"
}
decompress() { # FILE.xz TO
  python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$@" ||
    xz -dc "$1" >"$2"
}

# verify_all LIST: lines NAME|FILE|FLAGS, some at once; then a row for each, in order.
verify_all() {
  local list=$1 name file flags seen
  while IFS='|' read -r name file flags; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    # shellcheck disable=SC2086
    attempt "verify-$name" 500 "$samba" verify "$file" --device "$device" $flags &
  done <<<"$list"
  wait
  while IFS='|' read -r name file flags; do
    seen=$(grep -E '^seed [0-9]+: [0-9]+ passed, [0-9]+ failed$' "$out/verify-$name.log" || why "verify-$name")
    row "verify $name" "0 failed" "${seen#seed *: }" "$(verdict [ "$(cat "$out/verify-$name.status")" = 0 ])"
    grep '^failed: ' "$out/verify-$name.log" | sed "s/^/$name: /" >>"$out/failures.txt"
  done <<<"$list"
}

part_numerics() {
  local list="" file
  for file in "$from"/numerics/*.mlir; do
    list+="$(basename "$file" .mlir)|$file|"$'\n'
  done
  verify_all "${list}lengths|$from/models/lengths.mlir|--runs 20"
}

# Whole models: the default, odd lengths, other shapes of every layer, both kinds of residual stream.
part_models() {
  local tiny=$from/models/samba-tiny.mlir small=$from/models/small.mlir
  verify_all "tiny|$tiny|--batch 2 --seq 64
tiny, 1 token|$tiny|--batch 1 --seq 1
tiny, 63 tokens|$tiny|--batch 1 --seq 63 --chunk 20
tiny, 111 tokens, window 16|$tiny|--batch 3 --seq 111 --set attention.window=16
tiny, window 1|$tiny|--batch 1 --seq 40 --set attention.window=1
tiny, one key head|$tiny|--set attention.n_kv_heads=1
tiny, bf16 residual|$tiny|--set model.residual=\"bf16\"
tiny, nothing recomputed|$tiny|--recompute none
tiny, untied head|$tiny|--set model.tie_embeddings=false
tiny, packed documents|$tiny|--batch 3 --seq 111 --pack
tiny, 40 sequences a step|$tiny|--batch 1 --seq 30 --step-batch 40
tiny, odd widths|$tiny|--set model.d_model=150 --set attention.head_dim=48 --set mlp.d_ff=333 --batch 1 --seq 50
small, 200 tokens|$small|--batch 2 --seq 200 --chunk 70
small, packed documents|$small|--batch 2 --seq 300 --pack
small, d_ff 1028|$small|--set mlp.d_ff=1028 --batch 2 --seq 200 --chunk 70 --step-batch 3
small, d_ff 1027|$small|--set mlp.d_ff=1027 --batch 1 --seq 130 --step-batch 16
small, heads of 128|$small|--set attention.n_heads=2 --batch 1 --seq 130
chunks, heads of 256|$from/models/chunked.mlir|--batch 2 --seq 130 --chunk 50
decays|$from/models/decays.mlir|--batch 2 --seq 200 --chunk 70
small, heads of 256|$small|--set attention.n_heads=1 --set attention.n_kv_heads=1 --batch 1 --seq 130"
  decode_rows
  paper_rows
}

# The models of the paper, small but for heads of 64 channels: also ten steps of training, and what memory they take.
paper_rows() {
  local names seen ok
  RUN=$samba DEVICE=$device D_MODEL=256 TEXT=$from/text.txt JOBS=$jobs "$from/verify-paper.sh" "$from/models/paper" \
    >"$out/verify-paper.log" 2>&1
  while IFS=: read -r names seen; do
    grep -qE '^ seed [0-9]+: [0-9]+ passed, 0 failed; loss [0-9.]+ to [0-9.]+, memory [0-9.]+ ' <<<"$seen" && ok=yes || ok=NO
    row "verify and train $names" "0 failed; ten falling losses; info's memory within 5%" "${seen# seed *: }" $ok
  done < <(grep -E ': (seed|FAILED)' "$out/verify-paper.log")
  seen=$(tail -n 1 "$out/verify-paper.log")
  row "models of the paper" "all of them" "$seen" "$(verdict grep -q '^verified' <<<"$seen")"
}

# What the verified models say of decoding against the forward pass, in rows of their own.
decode_rows() {
  local log lines bad
  for log in "$out"/verify-tiny.log "$out"/verify-small*.log; do
    lines=$(grep -cE '^\| (decode|prefill)' "$log")
    bad=$(grep -E '^\| (decode|prefill)' "$log" | grep -c '| *NO |')
    row "decode and prefill against forward, $(basename "$log" .log | sed 's/verify-//')" "every split agrees" \
      "$lines splits, $bad differ" "$(verdict [ "$lines" -gt 0 -a "$bad" = 0 ])"
  done
}

train_tiny() { # BUNDLE DEVICE NAME FLAG...
  rm -rf "${work:?}/$3"
  attempt "train-$3" 300 "$player" train "$1" --device "$2" --data "$from/text.txt" --out "$work/$3" --lr 1e-3 \
    --warmup 1 --seed 5 "${@:4}"
}

# Ten losses of the same model on the same data, here and on the host.
part_losses() {
  local host gpu ok
  host=$(bundle tiny-host) && gpu=$(bundle tiny) || { row "ten training losses" "as the host's" "no bundle" NO; return; }
  train_tiny "$host" cpu losses-host --steps 10
  train_tiny "$gpu" "$device" losses-gpu --steps 10
  seen=$(python3 - "$work/losses-host/metrics.jsonl" "$work/losses-gpu/metrics.jsonl" 2>&1 <<'PYTHON'
import json, sys
losses = [[row["loss"] for row in map(json.loads, open(name)) if "grad_norm" in row] for name in sys.argv[1:]]
assert len(losses[0]) == len(losses[1]) == 10, f"{len(losses[0])} and {len(losses[1])} losses"
worst = max(abs(a - b) / a for a, b in zip(*losses))
print(f"{losses[0][0]:.4f} to {losses[0][-1]:.4f}, furthest apart {worst:.1e}")
sys.exit(not worst <= 5e-3)
PYTHON
  ) && ok=yes || ok=NO
  row "ten training losses" "the host's within 5e-3" "$(tail -n 1 <<<"$seen")" $ok
}

same_files() { # RUN RUN: the weights and moments of step 10
  local file
  for file in model optimizer; do
    cmp "$work/$1/checkpoints/step-00000010/$file.safetensors" "$work/$2/checkpoints/step-00000010/$file.safetensors" ||
      return 1
  done
}

# Twice the same, and once interrupted: the same bits.
part_repeat() {
  local gpu
  gpu=$(bundle tiny) || { row "two runs" "the same bits" "no bundle" NO; return; }
  train_tiny "$gpu" "$device" once --steps 10
  train_tiny "$gpu" "$device" twice --steps 10
  train_tiny "$gpu" "$device" parts --steps 10 --stop-after 4
  attempt train-resumed 300 "$player" train "$gpu" --device "$device" --data "$from/text.txt" --out "$work/parts" \
    --lr 1e-3 --warmup 1 --seed 5 --steps 10 --resume
  compare_runs "two runs" twice
  compare_runs "interrupted and resumed" parts
  for name in once twice; do
    attempt "text-$name" 120 bash -c '"$1" generate "$2" --device "$3" --prompt "class " --max-tokens 200 --seed 3 >"$4"' - \
      "$player" "$work/once" "$device" "$out/text-$name.txt"
  done
  row "a text written twice" "the same" "$(wc -c <"$out/text-once.txt") bytes" \
    "$(verdict cmp "$out/text-once.txt" "$out/text-twice.txt")"
}
compare_runs() { # TITLE NAME
  local seen ok
  seen=$(same_files once "$2" 2>&1) && ok=yes || ok=NO
  row "$1" "the same bits" "$([ $ok = yes ] && echo "weights and moments of step 10 agree" || echo "$seen")" $ok
}

# Every kernel of a small model, launched one by one and as entries, under each tool.
part_sanitizer() {
  local tool sanitizer
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | head -n 1)
  if [ -z "$sanitizer" ]; then
    row compute-sanitizer "no errors" "not installed" -
    return
  fi
  for tool in $tools; do
    attempt "sanitizer-$tool" 550 "$sanitizer" --tool "$tool" --error-exitcode 9 "$samba" verify \
      "$from/models/small.mlir" --device "$device" --batch 1 --seq 70 --chunk 30 &
  done
  wait
  for tool in $tools; do
    seen=$(grep -E 'ERROR SUMMARY|RACECHECK SUMMARY' "$out/sanitizer-$tool.log" | tail -n 1 | sed 's/=* *//')
    row "compute-sanitizer $tool" "0 errors" "${seen:-$(why "sanitizer-$tool")}" \
      "$(verdict grep -qE ' 0 (errors|hazards)' <<<"$seen")"
  done
}

# Long sequences against the same in pieces.
part_long() {
  local name whole pieces of
  for name in long longer odd wide; do
    of=$name
    [ "$name" = longer ] && of=long
    whole=$(bundle "$name-whole") && pieces=$(bundle "$of-pieces") || { row "$name" "as in pieces" "no bundle" NO; continue; }
    attempt "pieces-$name" 280 "$pieces_check" "$whole" "$pieces" --device "$device"
    while IFS='|' read -r title asked seen ok; do
      row "$title" "$asked" "$seen" "$ok"
    done < <(sed -n 's/^row|//p' "$out/pieces-$name.log")
    grep -q '^row|' "$out/pieces-$name.log" && [ "$(cat "$out/pieces-$name.status")" -le 1 ] ||
      row "$name sequences" "as in pieces" "$(why "pieces-$name")" NO
  done
}

# What training takes, against what info says.
part_memory() {
  local gpu ok
  gpu=$(bundle 421m) || { row "memory of training" "as info says" "no bundle" -; return; }
  attempt info-421m 60 "$player" info "$gpu" --device "$device" --json
  rm -rf "$work/memory"
  attempt train-421m 400 "$player" train "$gpu" --device "$device" --data "$from/text.txt" --out "$work/memory" \
    --steps 12 --lr 1e-4 --warmup 1 --keep 1
  seen=$(python3 - "$out/info-421m.log" "$work/memory/metrics.jsonl" 2>&1 <<'PYTHON'
import json, sys
text = open(sys.argv[1]).read()
told = json.loads(text[text.index("{"):])["training_memory_bytes"]
steps = [row for row in map(json.loads, open(sys.argv[2])) if "grad_norm" in row]
used = max(row["memory_bytes"] for row in steps)
late = sorted(row["tokens_per_s"] for row in steps[4:])
print(f"{used / 2**30:.2f} GiB, info: {told / 2**30:.2f} GiB; {late[len(late) // 2]:,.0f} tokens/s in the loop of train")
sys.exit(not abs(used - told) <= 0.02 * told)
PYTHON
  ) && ok=yes || ok=NO
  row "memory of training samba-421m" "info's within 2%" "$(tail -n 1 <<<"$seen")" $ok
}

# bench NAME BUNDLE FLAG...: JSON in OUT/bench-NAME.json
bench() {
  local name=$1 folder
  folder=$(bundle "$2") || return 1
  attempt "bench-$name" 280 bash -c '"$1" bench "$2" --device "$3" --json "${@:5}" >"$4"' - "$player" "$folder" \
    "$device" "$out/bench-$name.json" "${@:3}"
}

# bar NAME FIELD below|above LIMIT UNIT TITLE: a row about the one entry of a bench.
bar() {
  local seen ok
  if [ ! -s "$out/bench-$1.json" ]; then
    row "$6" "$3 $4 $5" "$(why "bench-$1")" NO
    return
  fi
  seen=$(python3 - "$out/bench-$1.json" "$2" "$3" "$4" "$5" 2>&1 <<'PYTHON'
import json, sys
name, field, side, limit, unit = sys.argv[1:]
result = json.load(open(name))
value = result["entries"][0][field] * (1e3 if unit == "ms" else 1)
print(f"{value:,.3f} {unit}" if unit == "ms" else f"{value:,.0f} {unit}", "on", result["device"])
sys.exit(not (value <= float(limit) if side == "below" else value >= float(limit)))
PYTHON
  ) && ok=yes || ok=NO
  row "$6" "$3 $4 $5" "$(tail -n 1 <<<"$seen")" $ok
}

# The bars are those of an H200.
part_bench() {
  local start
  if [ -s "$from/compile.tsv" ]; then
    while IFS=$'\t' read -r name seconds cores; do
      [ "$name" = 421m ] && row "compile the train entry of samba-421m" "below 30 s on 2 cores" \
        "$seconds s on $cores cores" "$(verdict python3 -c "import sys; sys.exit(not $seconds <= 30)")"
    done <"$from/compile.tsv"
  fi
  bench train 421m --entry train
  bar train tokens_per_s above 122000 tokens/s "train samba-421m, B 8, T 4096"
  bench decode1 421m-step1 --entry decode --after 2048
  bar decode1 seconds below 0.42 ms "decode samba-421m, batch 1, after 2048 tokens"
  bench decode16 421m-step16 --entry decode --after 2048
  bar decode16 seconds below 0.90 ms "decode samba-421m, batch 16, after 2048 tokens"
  bench prefill 1.3b --entry prefill
  bar prefill tokens_per_s above 157000 tokens/s "prefill samba-1.3b, 32,768 tokens"
  first_token
}

# From the command to the first token, with a bundle that is compiled.
first_token() {
  local gpu seconds
  gpu=$(bundle 421m-run) || { row "first token of samba-421m" "below 3 s" "no bundle" NO; return; }
  rm -rf "$work/random"
  attempt train-random 200 "$player" train "$gpu" --device "$device" --data "$from/text.txt" --out "$work/random" \
    --steps 1 --lr 1e-8 --warmup 1
  attempt first-token-cold 60 "$player" generate "$work/random" --device "$device" --prompt a --max-tokens 1
  seconds=$(date +%s.%N)
  if attempt first-token 60 "$player" generate "$work/random" --device "$device" --prompt a --max-tokens 1; then
    seconds=$(python3 -c "import time; print(round(time.time() - $seconds, 2))")
    row "first token of samba-421m" "below 3 s" "$seconds s" "$(verdict python3 -c "import sys; sys.exit(not $seconds < 3)")"
  else
    row "first token of samba-421m" "below 3 s" "$(why first-token)" NO
  fi
}

# Every kernel of a training step; those that only move memory must move it fast.
part_kernels() {
  bench kernels 421m --entry kernels || { row "kernels of training samba-421m" "a bench" "$(why bench-kernels)" NO; return; }
  python3 - "$out/bench-kernels.json" >"$out/kernels.rows" 2>"$out/kernels.log" <<'PYTHON'
import json, sys
# What moves memory, by the name of the root op; small vectors are not worth a bar.
movers = ("causal_conv", "rms_norm", "silu", "mul", "rotary", "adamw", "convert", "embedding", "linear_cross_entropy")
kernels = json.load(open(sys.argv[1]))["kernels"]
for kernel in kernels:
    name = kernel["kernel"].rsplit("_", 1)[0]
    if not any(name.startswith(mover) for mover in movers) or kernel["share"] < 0.002:
        continue
    share = kernel["roofline_share"]
    # The loss rides in the head's products: its bar is the rate of products, 0.62 of the tensor cores' peak.
    bar = 0.62 if name.startswith("linear") else 0.8
    print(f"{kernel['kernel']} of training samba-421m|at least {bar:.2f} of its roofline|{share:.2f}, "
          f"{kernel['gb_per_s']:,.0f} GB/s, {kernel['gflop_per_s'] / 1e3:,.0f} TFLOP/s, "
          f"{100 * kernel['share']:.1f}% of the step|{'yes' if share >= bar else 'NO'}")
PYTHON
  [ -s "$out/kernels.rows" ] || row "kernels of training samba-421m" "a bench" "$(tail -n 1 "$out/kernels.log")" NO
  while IFS='|' read -r title asked seen ok; do row "$title" "$asked" "$seen" "$ok"; done <"$out/kernels.rows"
}

# Single ops at the shapes by which they are judged, and the layers of a training step.
part_shapes() {
  shape_rows scan ms \
    b8=0.66 b8_backward=1.95 b4=0.52 b4_backward=1.60 long=4.2 long_backward=9.6 wide=1.9 wide_backward=4.4 \
    conv=0.12 conv_backward=0.18
  # The smallest has no bar: what it must read takes half a microsecond, a launch takes more.
  shape_rows decode-attention share --after 4096 -- \
    step_1_12_12=0.85 step_16_12_12=0.85 step_128_12_12=0.85 step_16_32_4=0.85 step_128_32_4=0.85 \
    step_1_32_4=-
  bench layers 421m --entry layers
  layers_row
}

# shape_rows FILE ms|share [FLAG... --] FUNCTION=BAR...: at most so many ms, or at least such a share of the roofline.
shape_rows() {
  local name=$1 unit=$2 flags=() title asked seen ok
  shift 2
  if [[ " $* " = *" -- "* ]]; then
    while [ "$1" != -- ]; do flags+=("$1") && shift; done
    shift
  fi
  timeout -k 10 300 "$samba" bench "$from/shapes/$name.mlir" --device "$device" --json --repeats 3 --seconds 0.05 \
    "${flags[@]}" >"$out/bench-$name.json" 2>"$out/bench-$name.log"
  echo $? >"$out/bench-$name.status"
  python3 - "$out/bench-$name.json" "$name" "$unit" "$@" >"$out/$name.rows" 2>>"$out/bench-$name.log" <<'PYTHON'
import json, sys
path, name, unit, *bars = sys.argv[1:]
functions = {row["function"]: row for row in json.load(open(path))["functions"]}
for function, bar in (each.split("=") for each in bars):
    row = functions[function]
    ms, share, asked, ok = row["seconds"] * 1e3, row["roofline_share"], "", "-"
    if bar != "-":
        asked = f"at most {bar} ms" if unit == "ms" else f"at least {bar} of its roofline"
        ok = "yes" if (ms <= float(bar) if unit == "ms" else share >= float(bar)) else "NO"
    print(f"{name}: {function}|{asked}|{ms:.3f} ms, {row['gb_per_s']:,.0f} GB/s, {share:.2f}|{ok}")
PYTHON
  [ -s "$out/$name.rows" ] || row "$name" "a bench" "$(why "bench-$name")" NO
  while IFS='|' read -r title asked seen ok; do row "$title" "$asked" "$seen" "$ok"; done <"$out/$name.rows"
}

# Whether something is lost between the launches of a layer.
layers_row() {
  local seen ok
  seen=$(python3 - "$out/bench-layers.json" 2>&1 <<'PYTHON'
import json, sys
layers = {row["layer"]: row["seconds"] / row["seconds_of_launches"] for row in json.load(open(sys.argv[1]))["layers"]}
most = max((name for name in layers if name.startswith("layers.")), key=layers.get)
print(f"{most} {layers[most]:.3f}, all {layers['all']:.3f}")
sys.exit(layers[most] > 1.05)
PYTHON
  ) && ok=yes || ok=NO
  row "a layer of training samba-421m to the sum of its launches" "at most 1.05" "$(tail -n 1 <<<"$seen")" $ok
}

# Matrix products against cuBLAS, attention against FlexAttention and cuDNN, attention with decay against
# flash-linear-attention, each in one run.
part_peers() {
  if ! python3 -c 'import torch; assert torch.cuda.is_available()' 2>"$out/peers.log"; then
    row "PyTorch" "a comparison" "no PyTorch with CUDA" -
    return
  fi
  compare gemm_vs_cublas
  compare attention_vs_flex
  if [ -n "${FLA:-}" ]; then compare decay_vs_fla --fla "$FLA"; else row decay_vs_fla "a comparison" "no FLA" -; fi
}
compare() { # a script that writes rows, FLAG...
  attempt "$1" 900 python3 "$from/$1.py" --samba-run "$samba" --rows "$out/$1.rows" "${@:2}"
  [ -s "$out/$1.rows" ] || row "$1" "a comparison" "$(why "$1")" NO
  [ -s "$out/$1.rows" ] && while IFS='|' read -r title asked seen ok; do
    row "$title" "$asked" "$seen" "$ok"
  done <"$out/$1.rows"
}

# The models of the paper side by side.
part_paper() { compare paper_speed --models "$from/models/paper"; }

run() {
  from=$(realpath "$1") out=$2
  shift 2
  local chosen=("$@") part started
  [ ${#chosen[@]} -gt 0 ] || chosen=("${parts[@]}")
  for part in "${chosen[@]}"; do
    [[ " ${parts[*]} " = *" $part "* ]] || fail "unknown part '$part'; expected ${parts[*]}"
  done
  [ -d "$from/numerics" ] || fail "'$from' is not what --pack writes"
  mkdir -p "$out" || exit 1
  out=$(realpath "$out")
  work=$(mktemp -d) || exit 1
  trap 'rm -rf "$work"' EXIT
  for program in samba-run samba-player samba-pieces; do
    decompress "$from/bin/$program.xz" "$work/$program" && chmod +x "$work/$program"
  done
  samba=$work/samba-run player=$work/samba-player pieces_check=$work/samba-pieces
  export XDG_CACHE_HOME=$work/cache NO_COLOR=1
  rm -f "$out/table.md" "$out/failures.txt"
  nvidia-smi >"$out/nvidia-smi.log" 2>&1
  {
    echo "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null || uname -srm), $(nproc) cores"
    echo
    echo "| what | asked | seen | ok |"
    echo "| --- | --- | --- | --- |"
  } >"$out/table.md"
  for part in "${chosen[@]}"; do
    say "$part"
    started=$SECONDS
    "part_$part"
    echo "$part: $((SECONDS - started)) s" | tee -a "$out/times.txt" >&2
  done
  cat "$out/table.md"
  [ -s "$out/failures.txt" ] && { echo; head -n 60 "$out/failures.txt"; }
  echo
  echo "$(grep -c '| yes |$' "$out/table.md") ok, $(grep -c '| NO |$' "$out/table.md") not, $(grep -c '| - |$' "$out/table.md") not tried"
  ! grep -q '| NO |$' "$out/table.md"
}

case ${1:-} in
  --pack) [ $# -eq 2 ] || usage; source "$(dirname "${BASH_SOURCE[0]}")/gpu-pack.sh"; pack "$2" ;;
  --run) [ $# -ge 3 ] || usage; run "${@:2}" ;;
  *) usage ;;
esac
