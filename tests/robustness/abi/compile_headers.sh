#!/bin/sh
# compile_headers.sh <include folder> <Eigen's include folder> <plugins' folder>: every header of the SDK and of plugins/shared compiles
# alone and without warnings, with each compiler that is there; so does the example in the first comment of each header of the kit; the
# contract itself as C11, without holes in its structs.
set -eu
include=$1
eigen=$2
plugins=$3
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
  for header in $(cd "$include" && find treino -name '*.h' -o -name '*.hpp'); do
    echo "#include <$header>" | "$compiler" -std=c++17 -xc++ $strict -Wnon-virtual-dtor -
  done
  for header in $(cd "$include" && ls treino/kit/*.hpp); do
    example=$(sed '/^#pragma once/,$d' "$include/$header" | sed -n 's|^//   ||p')
    test "$(echo "$example" | wc -l)" -ge 5 || { echo "$header opens without an example of use"; exit 1; }
    printf '#include <treino/loss.hpp>\n#include <cstdio>\n#include <%s>\n%s\n' "$header" "$example" |
      "$compiler" -std=c++17 -xc++ $strict -Wno-unused -
  done
  for header in $(cd "$plugins" && find shared -name '*.hpp'); do
    echo "#include \"$header\"" | "$compiler" -std=c++20 -xc++ $strict "-I$plugins" -Wnon-virtual-dtor -
  done
done
# An older language, or one without exceptions, is told in one error what is needed.
for compiler in g++ clang++; do
  command -v "$compiler" > /dev/null || continue
  for flags in "-std=c++14" "-std=c++17 -fno-exceptions"; do
    for header in callback scheduler loss metric host; do
      if errors=$(echo "#include <treino/$header.hpp>" | "$compiler" $flags -fsyntax-only -xc++ "-I$include" - 2>&1); then
        echo "$compiler $flags takes $header.hpp"
        exit 1
      fi
      test "$(echo "$errors" | grep -c 'Treino.s C++ headers need C++17 and exceptions')" -ge 1
      test "$(echo "$errors" | grep -c 'error: ')" -le 2  # it, and the end of the compilation
    done
  done
done
echo "compiled by $tried compilers"
test "$tried" -gt 0
