#!/usr/bin/env bash
# Pairs of models that `--set` turns into each other: both give the same core ops.
#
#   neighbours.sh FOLDER
set -euo pipefail
folder=$1

core() { samba-run compile "$@" --emit 01-core --seq 16 | sed 's/samba.model_name = "[^"]*"//'; }

# pair MODEL OTHER PATH=VALUE...: MODEL with the edits is OTHER.
pair() {
  local edits=()
  for edit in "${@:3}"; do edits+=(--set "$edit"); done
  local one other
  one=$(core "$folder/$1.mlir" "${edits[@]}")
  other=$(core "$folder/$2.mlir")
  if [ "$one" = "$other" ]; then
    echo "same: $1 and $2"
  else
    echo "other: $1 and $2"
  fi
}

pair llama-438m llama-438m-swa attention.window=2048
pair llama-438m llama-438m2k attention.window=full
pair llama-438m-swa llama-438m-swa-sc attention.short_conv=4
pair llama-438m-swa llama-438m-swa-gqa2 attention.n_kv_heads=2 mlp.d_ff=4608
pair llama-438m-swa llama-438m-swa-mqa6 attention.n_heads=6 attention.n_kv_heads=1 mlp.d_ff=4608
pair llama-438m-swa-8k2k llama-438m-swa-8k4k attention.window=4096
pair llama-438m-swa-gla llama-438m-swa-gla-sc gla.short_conv=4
pair llama-446m-swa-ret llama-446m-swa-ret-sc retention.short_conv=4
pair samba-421m samba-421m-nope attention.rope_theta=none
pair samba-421m samba-421m-1k-window attention.window=1024
pair samba-421m samba-421m-512-window attention.window=512
pair samba-421m samba-421m-mqa attention.n_kv_heads=1 mlp.d_ff=4608
pair samba-421m samba-421m-gqa4 attention.n_kv_heads=4 mlp.d_ff=4608
pair samba-1.3b samba-1.3b-nope attention.rope_theta=none
pair llama-3-1.6b mistral-1.6b attention.window=2048
