#!/usr/bin/env bash
# Measures the imagery module: the kernels (JMH), a whole scene to encoded tiles, and the peers.
# usage: tests/benchmarks/imagery.sh [--quick] [WORK_FOLDER]
# The scene is a simulated, uncompressed Sentinel-1 IW GRD of 25,000 x 16,700 pixels in two
# polarizations (1.7 GB, written once to WORK_FOLDER, default the temporary folder); --quick takes
# one of 2,560 rows and fewer repetitions. Every JDK in $JDKS (default: that of `java`) is measured.
# Peers run where they are installed: Python with rasterio and SciPy, and Orfeo ToolBox with GDAL.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=16700 repetitions=5 jmh=() peer_bands=2
if [ "${1:-}" = --quick ]; then
  rows=2560 repetitions=3 jmh=(-f 1 -wi 2 -i 3) peer_bands=1
  shift
fi
work=${1:-${TMPDIR:-/tmp}/sarscribe-benchmark}
mkdir -p "$work"

echo "# $(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)"
mvn -q -B -ntp -DskipTests package >/dev/null
mvn -q -B -ntp -pl imagery dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$work/classpath" >/dev/null
classpath="imagery/target/test-classes:imagery/target/classes:tests/target/test-classes:$(cat "$work/classpath")"

scene=$work/scene-$rows
if ! ls -d "$scene"/*.SAFE >/dev/null 2>&1; then
  ./sarscribe simulate "$scene" --truth "$work/truth-$rows" --width 25000 --height "$rows" --seed 7 >/dev/null
fi
safe=$(ls -d "$scene"/*.SAFE)
cat "$safe"/measurement/* >/dev/null # into the page cache

jdks=${JDKS:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
echo "## a scene of 25,000 x $rows to encoded tiles"
for jdk in $jdks; do
  for recipe in sarlang/1 sarlang-lee/1; do
    for threads in 1 2; do
      # a new process each, as its largest memory is quoted
      "$jdk/bin/java" -Xmx640m -XX:+UseG1GC -cp "$classpath" \
        dev.sarscribe.tests.benchmark.SceneToTiles "$safe" "$recipe" "$threads" "$repetitions" 2>/dev/null
    done
  done
done

echo "## peers, one thread"
python=$(for p in python3 /usr/bin/python3; do "$p" -c 'import rasterio, scipy' 2>/dev/null && echo "$p" && break; done || true)
if [ -n "$python" ]; then
  "$python" tests/benchmarks/numpy_chain.py "$safe" lee
  "$python" tests/benchmarks/numpy_chain.py "$safe" refined "$peer_bands"
else
  echo "numpy: not run, no Python with rasterio and scipy"
fi
if command -v otbcli_SARCalibration >/dev/null && command -v gdal_retile.py >/dev/null; then
  tests/benchmarks/otb_chain.sh "$safe" "$work/otb" 1
else
  echo "otb+gdal: not run, not installed"
fi

echo "## kernels, JMH"
for jdk in $jdks; do
  "$jdk/bin/java" -cp "$classpath" org.openjdk.jmh.Main -jvm "$jdk/bin/java" "${jmh[@]}" \
    'KernelBenchmark|ReadBenchmark' >"$work/jmh.log" 2>&1
  grep -m1 '^# VM version' "$work/jmh.log"
  sed -n '/^Benchmark /,$p' "$work/jmh.log"
done
