#!/usr/bin/env bash
# digits.bin: a record for each line of examples/data/digits.csv.gz, the class in front of the pixels.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
gzip -dc "$here/../data/digits.csv.gz" |
  LC_ALL=C awk -F, '{ printf "%c", $NF + 0; for (i = 1; i < NF; ++i) printf "%c", $i + 0 }' > "${1:-$here/digits.bin}"
