#!/usr/bin/env bash
# On a bare Debian 12 or 13: installs what is needed, builds Treino, trains a network on handwritten digits. Of the plugins, those are built
# that this run uses; the others take longer than Treino itself.
set -euo pipefail
cd "$(dirname "$0")/.."
./install_packages.sh
manifest=examples/01_digits/digits.toml
used=$(awk -F'"' '/^\[/ { gsub(/[][]/, ""); kind = $0 } /^plugin = / { print "plugins/" kind (kind ~ /s$/ ? "es/" : "s/") $2 ".so" }' $manifest)
cmake --preset release >/dev/null
cmake --build --preset release --target treino libtreino $used
build/release/treino run $manifest
echo "All plugins: cmake --build --preset release --target plugins"
