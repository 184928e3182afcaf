#!/usr/bin/env bash
# What tools/gpu-check.sh packs for the machine with the GPU; it calls this file's `pack`.
# From there come `device`, `say` and `fail`.
# shellcheck disable=SC2154

# Bundles of the benches: NAME SPEC FLAG...
bundles() {
  local target=sm_90a train="--batch 8 --seq 4096" long=65537 longer=131073 odd=61441 wide=66000 piece=4096 part=1000
  [ "$device" = cuda ] || target=host train="--batch 1 --seq 64" long=129 longer=257 odd=61 wide=40 piece=32 part=7
  local context="--max-context $((longer + piece))"
  echo "tiny-host models/samba-tiny.mlir --target host --batch 4 --seq 256"
  echo "tiny models/samba-tiny.mlir --target $target --batch 4 --seq 256"
  # One sequence at once, and the same in pieces: past 61,440 and 2^16 tokens, past 2^17, and with more than 2^31
  # numbers in one activation ([B T, 2 d_inner]), where a batch is a piece too.
  echo "long-whole models/long.mlir --target $target $context --entries train,eval,prefill --batch 1 --seq $long --chunk $long"
  echo "long-pieces models/long.mlir --target $target $context --entries prefill --chunk $piece"
  echo "longer-whole models/long.mlir --target $target $context --entries eval,prefill --chunk $longer"
  echo "odd-whole models/long.mlir --target $target $context --entries eval,prefill --chunk $odd"
  echo "odd-pieces models/long.mlir --target $target $context --entries prefill --chunk $part"
  echo "wide-whole models/wide.mlir --target $target --entries train,eval,prefill --batch 2 --seq $wide --chunk $wide --step-batch 2"
  echo "wide-pieces models/wide.mlir --target $target --entries train,prefill --batch 1 --seq $wide --chunk $piece --step-batch 2"
  [ "$device" = cuda ] || return 0
  echo "421m models/samba-421m.mlir --target $target --entries train,update,eval $train"
  echo "421m-step1 models/samba-421m.mlir --target $target --entries prefill,decode"
  echo "421m-step16 models/samba-421m.mlir --target $target --entries prefill,decode --step-batch 16"
  echo "421m-run models/samba-421m.mlir --target $target --batch 1 --seq 64"
  echo "1.3b models/samba-1.3b.mlir --target $target --entries prefill --chunk 32768"
}

cached() { sed -n "s/^$1:[^=]*=//p" "$build/CMakeCache.txt"; } # what the build was configured with
compress() { xz -T0 -f "$1"; }

pack() {
  local to=$1 build=${BUILD:-build} data=${DATA:-} name spec flags seconds
  build=$(realpath "$build")
  [ -n "$data" ] || data=$(/usr/lib/llvm-22/bin/llvm-config --includedir)/mlir/IR/OpDefinition.h
  data=$(realpath "$data") || exit 1
  cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
  mkdir -p "$to/bin" "$to/bundles" || exit 1
  to=$(realpath "$to")

  say "Programs: samba-run with the compiler inside, the player alone, and what compares pieces"
  ninja -C "$build" samba-run-static >&2 || fail "samba-run-static does not build"
  cmake -G Ninja -S . -B "$build-gpu-check" -DSAMBA_RUNTIME_ONLY=ON -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$(cached CMAKE_CXX_COMPILER_LAUNCHER)" \
    -DCMAKE_EXE_LINKER_FLAGS="-static-libstdc++ -static-libgcc -s" >"$to/configure.log" 2>&1 &&
    ninja -C "$build-gpu-check" samba-run samba-pieces >&2 || fail "the player does not build"
  rm -f "$to"/bin/*
  cp "$build/bin/samba-run-static" "$to/bin/samba-run"
  cp "$build-gpu-check/bin/samba-run" "$to/bin/samba-player"
  cp "$build-gpu-check/bin/samba-pieces" "$to/bin/"

  say "Files"
  cp tools/gpu-check.sh tools/verify-paper.sh "$to/"
  cp -r test/numerics models test/bench/{peers,gemm_vs_cublas,attention_vs_flex,decay_vs_fla,paper_speed}.py test/bench/decay.mlir "$to/"
  cp test/gpu/*.mlir "$to/models/"
  mkdir -p "$to/shapes" && cp test/bench/*.mlir "$to/shapes/"
  cp "$data" "$to/text.txt"

  say "Bundles, compiled on $(nproc) cores"
  : >"$to/compile.tsv"
  while read -r name spec flags; do
    rm -rf "$to/bundles/$name".*
    seconds=$(date +%s.%N)
    # shellcheck disable=SC2086
    if (cd "$to" && bin/samba-run compile $spec $flags -o "bundles/$name.samba") >"$to/bundles/$name.log" 2>&1; then
      seconds=$(python3 -c "import time; print(round(time.time() - $seconds, 1))")
      printf '%s\t%s\t%s\n' "$name" "$seconds" "$(nproc)" >>"$to/compile.tsv"
      echo "$name: $seconds s" >&2
      tar -C "$to/bundles" -cf "$to/bundles/$name.tar" "$name.samba" && rm -rf "$to/bundles/$name.samba" &&
        compress "$to/bundles/$name.tar"
    else
      echo "$name: did not compile, see bundles/$name.log" >&2
    fi
  done < <(bundles)
  for name in "$to"/bin/*; do compress "$name"; done
  say "Packed: $(du -sh "$to" | cut -f1) in $to, of which"
  du -sh "$to"/bin/* "$to"/bundles/*.tar.xz >&2
}
