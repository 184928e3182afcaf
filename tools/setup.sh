#!/usr/bin/env bash
# Installs the Debian packages that are missing, configures, and builds the given targets (all of them without any).
# It can be run again at any time: it does only what is not done yet.
#
#   tools/setup.sh [BUILD [TARGET...]]     BUILD is the build folder, build by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build}
[ $# -gt 0 ] && shift

say() { printf '\n== %s\n' "$*"; }

packages=(cmake ninja-build g++ ccache python3 clang-22 lld-22 clang-format-22 llvm-22-dev llvm-22-tools
          libmlir-22-dev mlir-22-tools nlohmann-json3-dev libgtest-dev libsentencepiece-dev)

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "no apt-get here: taking it that the equivalents of these are installed: ${packages[*]}"
    return
  fi
  local missing=() sudo=()
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo "all there: ${packages[*]}"
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "setup: not root and no sudo; install: ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  echo "installing: ${missing[*]}"
  "${sudo[@]}" apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
}

configure() {
  local options=(-G Ninja -DCMAKE_BUILD_TYPE=Release)
  if command -v clang++-22 >/dev/null && command -v ld.lld-22 >/dev/null; then
    options+=(-DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22)
    options+=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld)
  else
    options+=(-DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++)
  fi
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    # Without this ccache does not keep what was compiled with a precompiled header.
    options+=("-DCMAKE_CXX_COMPILER_LAUNCHER=env;CCACHE_SLOPPINESS=pch_defines,time_macros;ccache")
  fi
  cmake -S . -B "$build" "${options[@]}"
}

say "Packages: what Samba needs from Debian 12 (LLVM and MLIR 22 come from its security suite)"
install_packages

say "Configure: $build"
configure

say "Build: $build (${*:-everything})"
ninja -C "$build" -j "$(nproc)" "$@"
