#!/usr/bin/env bash
# Builds the program against an installed Treino, and trains.
#   build_and_run.sh [Treino's build folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/treino" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/treino" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$work/build" >/dev/null
gzip -dc "$here/../data/digits.csv.gz" >"$work/digits.csv"

"$work/build/own_loop" "$work/digits.csv" "$here/plugins.toml" "$work/run"
head -3 "$work/run/history.csv"
