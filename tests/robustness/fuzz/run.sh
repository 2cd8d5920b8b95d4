#!/usr/bin/env bash
# Lets libFuzzer try a reader; what breaks it lies in the current folder as crash-*.
#   tests/robustness/fuzz/run.sh READER [seconds]    files that reach new code go to the reader's corpus
#   tests/robustness/fuzz/run.sh --all [seconds]     every reader for so long, two at a time; the corpora stay as they are
# Needs Debian's packages clang and libclang-rt-dev.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../../.." && pwd)
export corpora=$top/tests/robustness/fuzz/corpora program=$top/build/fuzz/tests/fuzz_readers seconds=${2:-60}
(cd "$top" && cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target fuzz_readers)

# try READER FOLDER: begins with the corpus, puts what reaches new code into the folder.
try() {
  "$program" "--reader=$1" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
    -print_final_stats=1 "$2" "$corpora/$1"
}

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
if [ "$1" = --all ]; then
  export found
  export -f try
  ls "$corpora" | xargs -P 2 -I READER bash -c \
    'mkdir "$found/READER"; try READER "$found/READER" >"$found/READER.log" 2>&1 || { cat "$found/READER.log"; echo "READER: FAILED"; exit 1; }'
  echo "$(ls "$corpora" | wc -l) readers, $seconds s each"
  exit
fi

failed=0
try "$1" "$found" || failed=$?
# The smallest set of files that reaches all that was reached takes the corpus' place.
smallest=$(mktemp -d)
"$program" "--reader=$1" -merge=1 -max_len=4096 -verbosity=0 "$smallest" "$corpora/$1" "$found" 2>/dev/null
rm -rf "${corpora:?}/$1"
mv "$smallest" "$corpora/$1"
chmod 755 "$corpora/$1"
echo "$(ls "$corpora/$1" | wc -l) files in $corpora/$1"
exit "$failed"
