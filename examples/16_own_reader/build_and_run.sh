#!/usr/bin/env bash
# Builds the reader against an installed SDK alone, and trains with it; then with the same data from CSV.
#   build_and_run.sh [Treino's build folder]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/treino" >/dev/null
cmake -S "$here" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/treino" -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build "$work/build" >/dev/null
cp "$work/build/cifar.so" "$work/treino/lib/treino/plugins/"
treino=$work/treino/bin/treino

"$treino" describe cifar
"$here/make_records.sh"
"$treino" check "$here/digits.toml"
"$treino" run "$here/digits.toml" --folder "$work/records"
"$treino" run "$here/csv.toml" --folder "$work/csv"
