#!/usr/bin/env bash
# On a bare Debian 12 or 13: installs what is needed, builds everything, runs all tests.
#   tests/run.sh [preset ...]      dev (the default), release, asan, tsan
set -euo pipefail
cd "$(dirname "$0")/.."
./install_packages.sh
for preset in "${@:-dev}"; do
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset"
  ctest --preset "$preset" -j "$(nproc)"
done
