#!/usr/bin/env bash
# Measures how busy the caption stage keeps its engine, between the topics of a real broker.
# usage: tests/benchmarks/stage.sh [WORK_FOLDER]
# The engine is a step of 40 ms per batch that takes no core, as a GPU's; all else is real: decoding,
# encoding of the images, records, transactions. Broker and stage share the machine's cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=${1:-$(mktemp -d)}
mkdir -p "$work"

echo "# $(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)${NOTE:+, $NOTE}"
mvn -q -B -ntp -pl tests -am -DskipTests package dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >/dev/null
# From the environment, as in inference.sh.
export CLASSPATH="tests/target/test-classes:$(cat "$work/classpath")"

# tiles, edge, tiles per batch, milliseconds per batch
for run in "2000 256 8 40" "1000 512 2 40"; do
  rm -rf "$work/kafka"
  # shellcheck disable=SC2086
  java -Xmx1g dev.sarscribe.tests.benchmark.StageThroughput "$work/kafka" $run 2>/dev/null
done
