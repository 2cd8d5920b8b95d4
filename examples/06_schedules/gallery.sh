#!/usr/bin/env bash
# Draws every scheduler into one picture: gallery.svg beside this file.
#   gallery.sh [treino program]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
treino=$here/../../build/release/treino
[ -x "$treino" ] || treino=treino  # examples that are installed
treino=${1:-$treino}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One schedule a line, in steps; the name, if any, is the picture's title.
cat >"$work/list" <<'LIST'
plugin = "step_decay", step_size = 250, gamma = 0.4
plugin = "exponential_decay", gamma = 0.997
plugin = "cosine_annealing", t_max = 400
plugin = "cyclical", min = 0.01, step_size_up = 125, mode = "triangular2"
plugin = "multi_step", milestones = [300, 600, 900], gamma = 0.3
plugin = "constant", factor = 0.3, total_iters = 300
plugin = "linear", start_factor = 0.1, total_iters = 600
plugin = "polynomial", total_iters = 900, power = 2
plugin = "cosine_warm_restarts", t_0 = 140, t_mult = 2
plugin = "one_cycle"
plugin = "lambda", learning_rate = "b * (0.6 + 0.4 * cos(t / 60)) * 0.998 ^ t"
plugin = "multiplicative", lr_lambda = "t % 100 == 0 and 0.7 or 0.9995"
plugin = "sequential", milestones = [300, 600], stages = [{ plugin = "linear", start_factor = 0.1, total_iters = 300 }, { plugin = "constant", factor = 1.0 }, { plugin = "exponential_decay", gamma = 0.99 }]
plugin = "chained", stages = [{ plugin = "step_decay", step_size = 300, gamma = 0.5 }, { plugin = "lambda", lr_lambda = "1 + 0.1 * sin(t / 20)" }]
plugin = "inverse_time_decay", decay_steps = 100, decay_rate = 0.5
plugin = "polynomial_decay", decay_steps = 250, end_learning_rate = 0.005, cycle = true
plugin = "piecewise_constant", boundaries = [200, 500, 800], values = [0.05, 0.1, 0.03, 0.01]
plugin = "cosine_decay", decay_steps = 700, alpha = 0.05, warmup_steps = 200, warmup_target = 0.2
plugin = "cosine_decay_restarts", first_decay_steps = 150, m_mul = 0.7
plugin = "warmup", steps = 400, shape = "cosine"
plugin = "warmup_stable_decay", warmup_steps = 100, decay_steps = 250, decay = "sqrt"
plugin = "noam", warmup_steps = 200
plugin = "inverse_sqrt", warmup_steps = 200
plugin = "cosine_with_min_lr", warmup_steps = 100, min_lr_rate = 0.1
LIST

count=0
while IFS= read -r schedule; do
  "$treino" lr "$here/schedules.toml" --steps-per-epoch 100 --set "scheduler=[{ $schedule, unit = \"step\" }]" \
    --svg "$work/$count.svg" >/dev/null
  count=$((count + 1))
done <"$work/list"

# Three beside each other, each at 60 per cent.
rows=$(((count + 2) / 3))
{
  echo "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1152\" height=\"$((rows * 192))\" viewBox=\"0 0 1152 $((rows * 192))\">"
  for ((i = 0; i < count; ++i)); do
    sed "1s/width=\"640\" height=\"320\"/x=\"$((i % 3 * 384))\" y=\"$((i / 3 * 192))\" width=\"384\" height=\"192\"/" "$work/$i.svg"
  done
  echo '</svg>'
} >"$here/gallery.svg"
echo "$count schedules: examples/06_schedules/gallery.svg"
