#!/usr/bin/env bash
# Builds the layer against an installed SDK alone, and trains with it; then the same model out of built-in layers.
#   build_and_run.sh [Treino's build folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/treino" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/treino" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$work/build" >/dev/null
cp "$work/build/swiglu.so" "$work/treino/lib/treino/plugins/"
treino=$work/treino/bin/treino

"$treino" describe swiglu
"$treino" run "$here/digits.toml" --folder "$work/swiglu"
"$treino" run "$here/builtin.toml" --folder "$work/builtin"
