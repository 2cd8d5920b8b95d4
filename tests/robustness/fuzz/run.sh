#!/usr/bin/env bash
# Lets libFuzzer try a reader; files that reach new code go to its corpus, what breaks it lies in the current folder as crash-*.
#   tests/robustness/fuzz/run.sh READER [seconds]    needs Debian's packages clang and libclang-rt-dev
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,3s/^# *//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../.." && pwd)
(cd "$top" && cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target fuzz_readers)
corpus=$top/tests/robustness/fuzz/corpora/$1
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
failed=0
"$top/build/fuzz/tests/fuzz_readers" "--reader=$1" -max_total_time="${2:-60}" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
  -verbosity=0 -print_final_stats=1 "$found" "$corpus" || failed=$?
# The smallest set of files that reaches all that was reached takes the corpus' place.
smallest=$(mktemp -d)
"$top/build/fuzz/tests/fuzz_readers" "--reader=$1" -merge=1 -max_len=4096 -verbosity=0 "$smallest" "$corpus" "$found" 2>/dev/null
rm -rf "$corpus"
mv "$smallest" "$corpus"
chmod 755 "$corpus"
echo "$(ls "$corpus" | wc -l) files in $corpus"
exit "$failed"
