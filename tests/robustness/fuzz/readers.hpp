// Everything in the product that reads bytes from outside, one entry each: whatever the bytes are, they are read or refused.
//   test_fuzz_corpora replays the corpora in every build of the tests.
//   tests/robustness/fuzz/run.sh READER lets libFuzzer (clang) look for bytes that reach new code, and adds them to the corpus.
#pragma once
#include <span>
#include <string_view>

namespace treino::test {

struct FuzzedReader {
  std::string_view name;  // and the folder of its corpus
  /// Returns whether the bytes were accepted. Throws, or crashes, only where the reader breaks its promise.
  bool (*accepts)(std::string_view bytes);
};

std::span<const FuzzedReader> fuzzed_readers();

/// Throws std::invalid_argument with the names that there are.
const FuzzedReader& fuzzed_reader(std::string_view name);

}  // namespace treino::test
