#!/usr/bin/env bash
# On a bare Debian 12 or 13: installs what is needed, builds Treino, trains a network on handwritten digits.
set -euo pipefail
cd "$(dirname "$0")/.."
./install_packages.sh
cmake --preset release >/dev/null
cmake --build --preset release --target treino plugins libtreino
build/release/treino run examples/01_digits/digits.toml
