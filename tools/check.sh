#!/usr/bin/env bash
# Everything that has to hold, from a bare clone: format, build without warnings, every test, and the player built
# alone. It can be run again after an interruption. The last line counts what passed and what failed.
#
#   tools/check.sh [--gcc]     --gcc also compiles everything with g++ (slow); environment: BUILD (build)
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build}
gcc=false
case ${1:-} in
  "") ;;
  --gcc) gcc=true ;;
  *) echo "check: unknown argument '$1'; expected --gcc or nothing" >&2; exit 1 ;;
esac

passed=0
failed=0
say() { printf '\n== %s\n' "$*"; }

# check TITLE COMMAND...: one more thing that passed or failed.
check() {
  say "$1"
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $1"
  fi
}

finish() {
  echo
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

# Adds the tests that lit ran, GoogleTest's among them, to the counts.
count_tests() {
  local counts
  counts=$(python3 - "$1" <<'PYTHON'
import collections, json, sys
codes = collections.Counter(test["code"] for test in json.load(open(sys.argv[1]))["tests"])
good = codes["PASS"] + codes["XFAIL"] + codes["FLAKYPASS"]
apart = codes["UNSUPPORTED"] + codes["SKIPPED"] + codes["EXCLUDED"]
print(good, sum(codes.values()) - good - apart)
PYTHON
  ) || return 1
  read -r good bad <<<"$counts"
  passed=$((passed + good))
  failed=$((failed + bad))
}

run_tests() {
  local results
  results=$(realpath "$build")/tests.json
  rm -f "$results"
  LIT_OPTS="-o $results" ninja -C "$build" check-samba
  count_tests "$results" || { failed=$((failed + 1)); echo "FAILED: the tests did not run"; }
}

# build_with_gcc BUILD [CMAKE OPTION...]
build_with_gcc() {
  local options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++)
  if command -v ccache >/dev/null; then
    options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S . -B "$1" "${options[@]}" "${@:2}" && ninja -C "$1" -j "$(nproc)"
}

links_no_compiler() {
  local libraries
  libraries=$(ldd "$build-player/bin/samba-run") || return 1
  echo "$libraries"
  ! grep -qiE 'llvm|mlir' <<<"$libraries"
}

check "Set-up: packages, and a build in which every warning is an error" tools/setup.sh "$build"
[ "$failed" -eq 0 ] || finish
check "Format: clang-format 22 on every source" tools/format.sh --check
say "Tests: lit and GoogleTest"
run_tests
check "The player alone, with g++ and without MLIR and LLVM" build_with_gcc "$build-player" -DSAMBA_RUNTIME_ONLY=ON
check "The player links no compiler" links_no_compiler
check "The player's own tests, as g++ built them" "$build-player/bin/samba-runtime-tests" --gtest_brief=1
if $gcc; then
  check "Everything compiles with g++ too" build_with_gcc "$build-gcc"
fi
finish
