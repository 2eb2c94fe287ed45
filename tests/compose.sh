#!/usr/bin/env bash
# Starts the compose file with its demo, waits until every container is healthy and the demo's acquisition is done, and stops
# it. Fails unless each tile of the demo is in the corpus once and every stage ended by itself on SIGTERM.
# usage: tests/compose.sh [--build]     --build compiles in the container; otherwise the distribution in app/target is taken
set -euo pipefail
cd "$(dirname "$0")/.."
export KAFKA_PORT=${KAFKA_PORT:-29092} REGISTRY_PORT=${REGISTRY_PORT:-28080} COMPOSE_PROJECT_NAME=sarscribe-check
SARSCRIBE_INCOMING=$(mktemp -d)
export SARSCRIBE_INCOMING
chmod 755 "$SARSCRIBE_INCOMING"
compose() { if docker compose version >/dev/null 2>&1; then docker compose --profile demo "$@"; else docker-compose --profile demo "$@"; fi; }
say() { printf '%5d s  %s\n' $SECONDS "$*"; }
finish() { compose down -v --remove-orphans >/dev/null 2>&1 || true; rm -rf "$SARSCRIBE_INCOMING"; }
trap finish EXIT
stages="producer stream-processor captioner"

if [ "${1:-}" = --build ]; then compose build -q >/dev/null; else docker build -q --target prebuilt -t sarscribe:latest . >/dev/null; fi
say "image sarscribe:latest, $(docker image inspect -f '{{.Size}}' sarscribe:latest | awk '{printf "%.0f MB", $1 / 1e6}')"
compose up -d --no-build >/dev/null 2>&1 || { compose logs --tail 20; exit 1; }
say "started"
state() { docker inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$(compose ps -q "$1")"; }
for service in kafka registry $stages; do
  until [ "$(state "$service")" = healthy ]; do
    ((SECONDS < 400)) || { compose logs --tail 50 "$service"; say "$service is $(state "$service")"; exit 1; }
    sleep 1
  done
  say "$service is healthy"
done

corpus() {
  docker run --rm --network host sarscribe:latest tail -b "localhost:$KAFKA_PORT" \
    --registry "http://localhost:$REGISTRY_PORT/apis/registry/v3" --from-beginning --json --limit "$1" | sed -E 's/.*"tileId":"([^"]*)".*/\1/'
}
timeout 300 bash -c "$(declare -f corpus); corpus 60" >"$SARSCRIBE_INCOMING/.tiles" || { compose logs --tail 50; say "the demo was not done"; exit 1; }
say "the demo's 60 tiles are in the corpus"
docker stats --no-stream --format '         {{.Name}}  {{.MemUsage}}' $(compose ps -q)
[ "$(sort -u "$SARSCRIBE_INCOMING/.tiles" | wc -l)" = 60 ] || { say "a tile is there twice"; exit 1; }

compose stop -t 60 >/dev/null 2>&1
for service in $stages; do
  code=$(docker inspect -f '{{.State.ExitCode}}' "$(compose ps -aq "$service" 2>/dev/null || compose ps -q "$service")")
  [ "$code" = 0 ] || [ "$code" = 143 ] || { compose logs --tail 50 "$service"; say "$service ended with $code"; exit 1; }
  say "$service ended with exit code $code"
done
