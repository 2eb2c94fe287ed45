#!/usr/bin/env bash
# A STAC feed for a long time: 50,000 items in 20 minutes, faults, kills, its memory, and the count at the end.
# usage: tests/benchmarks/feeds.sh [--quick] [WORK_FOLDER]
# --quick takes 2 minutes and 5,000 items. Writes tests/benchmarks/feeds.log, too.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=20 items=50000 kills=5
if [[ ${1:-} == --quick ]]; then
  minutes=2 items=5000 kills=2
  shift
fi
work=${1:-$(mktemp -d)}
mkdir -p "$work"

mvn -q -B -ntp -pl tests -am -DskipTests package dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >/dev/null
rm -rf "$work/soak"
{
  echo "# $(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)${NOTE:+, $NOTE}"
  java -Xmx1g -cp "tests/target/test-classes:$(cat "$work/classpath")" \
    dev.sarscribe.tests.benchmark.FeedSoak "$work/soak" "$minutes" "$items" "$kills" 2>"$work/errors"
} | tee tests/benchmarks/feeds.log
