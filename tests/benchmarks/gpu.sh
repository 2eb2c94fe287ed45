#!/usr/bin/env bash
# Tests and measures the GPU engines, and compares what they write with the CPU, text by text.
# usage: tests/benchmarks/gpu.sh [--cpu] TILES [LOG]
# TILES is a folder of real 8-bit PNG tiles (the first 64 by name); LOG is tests/benchmarks/gpu.log
# unless named. It needs Linux on x86-64 and an NVIDIA driver of 525 or newer; what else is needed
# (some 7 GB) is fetched into the user's cache folder or into $SARSCRIBE_GPU_DIR. --cpu measures the
# engine onnxruntime alone, by the same program, on a machine without a GPU.
# Not yet run on a GPU: none was there when it was written. The part for the CPU was run.
# Environment: MODEL (models/default) with graphs of fixed shapes; their batch is what a GPU sees at
# once, so that larger batches are several runs: `python -m sarvlm.fixed --batch 64` writes others.
# REPOSITORY: the address of Maven Central or of a mirror, to install from.
# PER_POINT (10) seconds for each batch size; BATCHES (1 2 4 8 16 32 64).
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  printf 'gpu.sh: %s\n' "$1" >&2
  exit 2
}

gpu=yes
if [ "${1:-}" = --cpu ]; then
  gpu=
  shift
fi
[ $# -ge 1 ] && [ $# -le 2 ] || fail 'usage: tests/benchmarks/gpu.sh [--cpu] TILES [LOG]'
tiles=$1 log=${2:-tests/benchmarks/gpu.log}
compgen -G "$tiles/*.png" >/dev/null || fail "$tiles holds no PNG files"
if [ -n "$gpu" ]; then
  command -v nvidia-smi >/dev/null || fail 'no nvidia-smi: this needs an NVIDIA driver (--cpu does not)'
fi
model=${MODEL:-models/default}
[ -f "$model/manifest.json" ] || fail "$model is no model folder"
read -ra batches <<<"${BATCHES:-1 2 4 8 16 32 64}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -q -B -ntp -DskipTests package >/dev/null
libraries=$(ls -d app/target/sarscribe-*/lib | head -1)

# Measures an engine in a precision; its texts are left in the work folder.
measure() {
  java -Xmx4g -cp "tests/target/test-classes:$libraries/*" \
    dev.sarscribe.tests.benchmark.CaptionerThroughput \
    "$1" "$2" "$model" "$tiles" "$work/$1-$2" "${PER_POINT:-10}" "${batches[@]}" 2>"$work/errors" ||
    { echo "$1 $2: failed: $(grep -m1 -v SLF4J "$work/errors")"; return 1; }
}

# Measures, and says how many texts are not those of the CPU. Of fp32 all must be.
compare() {
  measure "$1" "$2" || { failures=$((failures + 1)); return 0; }
  local all different
  all=$(wc -l <"$work/onnxruntime-fp32")
  different=$(diff --speed-large-files "$work/onnxruntime-fp32" "$work/$1-$2" | grep -c '^>' || true)
  echo "$1 $2: $different of $all texts differ from the CPU's"
  if [ "$2" = fp32 ] && [ "$different" -gt 0 ]; then
    failures=$((failures + 1))
  fi
}

# The contract, on both models of the repository, in a JVM of its own.
contract() {
  local answer=failed
  if mvn -B -ntp -pl captioner -am test -Dtest='GpuCaptionerTest*' -Dsarscribe.test.gpu="$1" \
    -Dsurefire.failIfNoSpecifiedTests=false >"$work/contract" 2>&1; then
    answer=passed
  else
    failures=$((failures + 1))
  fi
  echo "contract of $1: $answer: $(grep -E '^\[(INFO|ERROR|WARNING)\] Tests run:' "$work/contract" | tail -1)"
}

run() {
  failures=0
  echo "# $(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
  echo "# $(git rev-parse --short HEAD), $model, $(find "$tiles" -maxdepth 1 -name '*.png' | wc -l) tiles"
  measure onnxruntime fp32
  [ -n "$gpu" ] || return 0
  echo "# $(nvidia-smi --id=0 --query-gpu=name,driver_version,memory.total --format=csv,noheader)"
  ./sarscribe gpu install --repository "${REPOSITORY:?the address of Maven Central or of a mirror}" --yes >"$work/install" || fail "$(tail -1 "$work/install")"
  for folder in models/tiny models/default "$model"; do
    ./sarscribe gpu plan --model "$folder" --precision fp32
  done
  ./sarscribe gpu plan --model "$model" --precision fp16
  ./sarscribe doctor | grep engine
  for engine in onnxruntime-cuda onnxruntime-tensorrt tensorrt; do
    contract "$engine"
    compare "$engine" fp32
    # CUDA alone has no switch for it.
    [ "$engine" = onnxruntime-cuda ] || compare "$engine" fp16
  done
  echo "# $failures failures"
  return "$failures"
}

run 2>&1 | tee "$log"
