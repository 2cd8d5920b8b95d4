#!/usr/bin/env bash
# Installs Treino into a folder of its own, builds the plugin against that SDK alone, drops it into the plugins folder, and uses it by name.
#   build_and_run.sh [Treino's build folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/treino" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/treino" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$work/build" >/dev/null
cp "$work/build/epoch_notes.so" "$work/treino/lib/treino/plugins/"

"$work/treino/bin/treino" describe epoch_notes
"$work/treino/bin/treino" run "$here/digits.toml" --folder "$work/run"
