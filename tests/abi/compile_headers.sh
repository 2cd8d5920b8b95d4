#!/bin/sh
# compile_headers.sh <include folder> <Eigen's include folder>: every header of the SDK compiles alone and without warnings, with each
# compiler that is there; the contract itself as C11, without holes in its structs.
set -eu
include=$1
eigen=$2
strict="-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror -I$include -isystem $eigen"
tried=0

for compiler in gcc clang; do
  command -v "$compiler" > /dev/null || continue
  tried=$((tried + 1))
  echo '#include <treino/abi.h>' | "$compiler" -std=c11 -xc $strict -Wpadded -
done
for compiler in g++ clang++; do
  command -v "$compiler" > /dev/null || continue
  tried=$((tried + 1))
  for header in "$include"/treino/*.h "$include"/treino/*.hpp; do
    echo "#include <treino/$(basename "$header")>" | "$compiler" -std=c++17 -xc++ $strict -Wnon-virtual-dtor -
  done
done
echo "compiled by $tried compilers"
test "$tried" -gt 0
