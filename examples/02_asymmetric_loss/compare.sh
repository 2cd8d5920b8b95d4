#!/usr/bin/env bash
# Trains the same network with three values of alpha and shows, on all 442 patients, which way the errors lean.
#   compare.sh [treino program]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
treino=$here/../../build/release/treino
[ -x "$treino" ] || treino=treino  # examples that are installed
treino=${1:-$treino}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf '%6s  %12s  %12s  %10s  %s\n' alpha 'too low' 'too high' 'mean error' ''
for alpha in 0.25 1 4; do
  "$treino" run "$here/diabetes.toml" --set loss.alpha=$alpha --folder "$work/$alpha" --quiet
  "$treino" predict "$work/$alpha" "$here/../data/diabetes.csv" >"$work/$alpha.csv"
  paste -d, <(tail -n +2 "$here/../data/diabetes.csv") <(tail -n +2 "$work/$alpha.csv") |
    awk -F, -v alpha=$alpha '
      { error = $NF - $11; sum += error; if (error < 0) low++; else high++ }
      END { bar = sprintf("%*s", int(40 * low / NR + 0.5), ""); gsub(/ /, "<", bar)
            rest = sprintf("%*s", 40 - length(bar), ""); gsub(/ /, ">", rest)
            printf "%6s  %11.0f%%  %11.0f%%  %10.1f  %s%s\n", alpha, 100 * low / NR, 100 * high / NR, sum / NR, bar, rest }'
done
