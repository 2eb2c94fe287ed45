#!/usr/bin/env bash
# The memory of the whole pipeline over an hour's feed: `sarscribe local` watches a folder into which new simulated Sentinel-1
# products come as fast as it takes them (96 tiles each), and every minute its resident memory and what lives in its heap after
# a full collection are written down. It fails if in the end not every tile of every product is captioned, or one twice.
# usage: tests/benchmarks/memory.sh [--minutes 60] [WORK_FOLDER]
# Needs the jcmd of a JDK, and about 60 MB of disk for each product. Prints; the committed log is memory.log.
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=60 ahead=2
if [[ ${1:-} == --minutes ]]; then
  minutes=$2
  shift 2
fi
work=${1:-$(mktemp -d)} port=${PORT:-19192} http=${HTTP_PORT:-19193}
mkdir -p "$work/incoming" "$work/made"
./sarscribe --version >/dev/null 2>&1
echo "# $(date -u +%F), $minutes minutes on $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), load $(cut -d' ' -f1 /proc/loadavg)${NOTE:+, $NOTE}"

./sarscribe local "$work/incoming" --data "$work/data" --port "$port" --http-port "$http" >"$work/local.log" 2>&1 &
process=$!
trap 'kill $process 2>/dev/null || true' EXIT
until curl -sf "localhost:$http/metrics" >/dev/null; do
  kill -0 $process || { cat "$work/local.log" >&2; exit 1; }
  sleep 1
done

# A metric's sum over its labels.
metric() {
  curl -sf "localhost:$http/metrics" | awk -v name="$1" '$1 ~ "^" name "(\\{|$)" { sum += $2 } END { printf "%d", sum }'
}

# One more product in the folder, moved there when it is whole.
feed() {
  ./sarscribe simulate "$work/made" --truth "$work/truth" --width 4000 --height 3000 --seed "$1" >/dev/null 2>&1
  mv "$work/made"/*.SAFE "$work/incoming/"
  rm -rf "$work/truth"
}

printf '%8s %9s %9s %13s %13s\n' minute products captioned 'resident MiB' 'in heap MiB'
started=$SECONDS products=0 minute=0
while ((SECONDS - started < 60 * minutes)); do
  if ((products * 96 - $(metric sarscribe_caption_tiles_total) < ahead * 96)); then
    products=$((products + 1))
    feed $((1000 + products))
    # Products that are captioned are not read again.
    find "$work/incoming" -maxdepth 1 -name '*.SAFE' -mmin +30 -exec rm -rf {} +
  else
    sleep 1
  fi
  if ((SECONDS - started >= 60 * minute)); then
    jcmd $process GC.run >/dev/null
    heap=$(jcmd $process GC.heap_info | sed -nE 's/.*heap.* used ([0-9]+)K.*/\1/p' | head -1)
    printf '%8d %9d %9d %13d %13d\n' "$minute" "$products" "$(metric sarscribe_caption_tiles_total)" \
      "$(($(awk '/^VmRSS/ { print $2 }' /proc/$process/status) / 1024))" "$((heap / 1024))"
    minute=$((minute + 1))
  fi
done
# As many tiles as the products have must come out, no fewer and, within another while, no more.
until (($(metric sarscribe_caption_tiles_total) >= products * 96)) || ((SECONDS - started > 60 * minutes + 600)); do sleep 1; done
sleep 20
captioned=$(metric sarscribe_caption_tiles_total) letters=$(metric sarscribe_dead_letters_total)
took=$((SECONDS - started))
kill $process
wait $process || true
trap - EXIT
echo "$products products = $((products * 96)) tiles, $captioned captioned, $letters dead letters, $(awk -v n="$captioned" -v s=$took 'BEGIN { printf "%.1f", n / s }') tiles/s, the products' simulation beside it"
((captioned == products * 96 && letters == 0))
