#!/usr/bin/env bash
# Builds the five plugins against an installed SDK alone, trains with all of them, and shows that the scheduler in one line of Lua gives
# the same rates.
#   build_and_run.sh [Treino's build folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/treino" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/treino" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$work/build" >/dev/null
cp "$work"/build/*.so "$work/treino/lib/treino/plugins/"
treino=$work/treino/bin/treino

"$treino" run "$here/custom.toml" --folder "$work/run"
head -2 "$work/run/history.csv"

"$treino" lr "$here/custom.toml" --csv "$work/compiled.csv" >/dev/null
"$treino" lr "$here/custom.toml" --csv "$work/lua.csv" >/dev/null \
  --set 'scheduler=[{ plugin = "lambda", lr_lambda = "1 + 0.5 * sin(2 * pi * t / 20)" }]'
cmp "$work/compiled.csv" "$work/lua.csv"
echo "the same rates from C++ and from Lua"
