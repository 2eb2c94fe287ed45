#!/usr/bin/env bash
# Measures inference on the CPU: the captioner beside ONNX Runtime's own API, the whole pipeline from a
# simulated Sentinel-1 product to the corpus, and the caption stage beside a Python loop that does its job.
# usage: tests/benchmarks/inference.sh [--quick] [--turns N] [--only captioner|product|loop] [WORK_FOLDER]
# A product has 25,000 x 16,700 pixels in two polarizations (3,234 tiles), and there are two, so that the first seconds of a
# new JVM weigh less; --quick takes one of 5,120 x 5,120. --only runs one part; loop needs what product left in WORK_FOLDER.
# The stage and the loop caption the same kept tiles from the same broker, in turns: first on one core each while the broker
# has all, then on all cores, with a worker or an ONNX Runtime thread for each. The loop, being slower, takes the first
# 800 tiles, or 400; it is written in three ways, from batches of tiles with all prompts at once down to what most people
# write: tile by tile and prompt by prompt, though still with one run of the encoder per tile.
# $PYTHON (default python3) needs confluent-kafka, fastavro, onnxruntime, tokenizers, numpy and pillow for the loop.
set -euo pipefail
cd "$(dirname "$0")/../.."
width=25000 height=16700 products=2 rounds=5 turns=1 parts="captioner product loop"
while [[ ${1:-} == --* ]]; do
  case $1 in
    --quick) width=5120 height=5120 products=1 rounds=3 ;;
    --turns)
      turns=${2:-} && shift
      [[ $turns =~ ^[1-9][0-9]*$ ]] || { echo "inference.sh: --turns needs a number of rounds" >&2 && exit 2; }
      ;;
    --only) parts=$2 && shift ;;
    *) echo "inference.sh: unknown option $1" >&2 && exit 2 ;;
  esac
  shift
done
work=${1:-$(mktemp -d)}
python=${PYTHON:-python3} port=${PORT:-19092}
broker=

captioner() {
  echo "## tiles to both captions and all standard answers, one core"
  ./sarscribe simulate "$work/tiles" --format tiles --count 128 --width 512 --seed 51 >/dev/null 2>&1
  # The class path comes from the environment: ONNX Runtime crashes where a command line is long.
  for precision in fp32 int8; do
    CLASSPATH="tests/target/test-classes:$(cat "$work/classpath")" taskset -c 0 java -Xmx1g \
      dev.sarscribe.tests.benchmark.TilesToTexts models/default "$work/tiles/tiles" 8 "$rounds" "$precision" 2>/dev/null
  done
}

product() {
  if ! ls -d "$work/scenes"/*.SAFE >/dev/null 2>&1; then
    ./sarscribe simulate "$work/scenes" --truth "$work/truth" --width "$width" --height "$height" --count "$products" --seed 52 >/dev/null 2>&1
  fi
  echo "## $(ls -d "$work/scenes"/*.SAFE | wc -l) of $width x $height pixels in two polarizations to the corpus, $(nproc) cores, one process"
  rm -rf "$work/data"
  /usr/bin/env time -f '%e s from start to end, %U s of CPU, peak %M KB' \
    ./sarscribe local "$work/scenes" --data "$work/data" --port "$port" --exit-when-done 2>&1 | grep -E 'captioned|from start'
}

# The stage in both precisions and the three loops, each started by the words after the first; $1 workers or threads.
in_turns() {
  local count=$1
  shift
  for precision in fp32 int8; do
    echo "stage, $precision, $count workers:"
    "$@" ./sarscribe recaption -b "localhost:$port" --force --workers "$count" --precision "$precision" 2>&1 | tail -2
  done
  if "$python" -c 'import confluent_kafka, fastavro, onnxruntime, tokenizers' 2>/dev/null; then
    for options in "--batch 8 --tiles 800" "--batch 1 --tiles 800" "--batch 1 --prompts 1 --tiles 400"; do
      # shellcheck disable=SC2086 # the options are words of their own
      "$@" "$python" tests/benchmarks/onnx_kafka_loop.py --bootstrap "localhost:$port" --threads "$count" $options
    done
  else
    echo "python loop: not run, $python lacks a library"
  fi
}

loop() {
  ./sarscribe local "$work/scenes" --data "$work/data" --port "$port" >"$work/local.log" 2>&1 &
  broker=$!
  trap 'kill $broker 2>/dev/null || true' EXIT
  until ./sarscribe topics -b "localhost:$port" >/dev/null 2>&1; do sleep 1; done
  for ((turn = 0; turn < turns; turn++)); do
    echo "## the kept tiles again: the caption stage and a Python loop, one core each, the broker on all"
    in_turns 1 taskset -c 0
    echo "## the same on all $(nproc) cores, the broker's too"
    in_turns "$(nproc)" env
  done
}

mkdir -p "$work"
echo "# $(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)${NOTE:+, $NOTE}"
mvn -q -B -ntp -pl tests -am -DskipTests package dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >/dev/null
for part in $parts; do "$part"; done
