// Hands libFuzzer's bytes to one reader, named by --reader=NAME (libFuzzer itself passes over options with two dashes).
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "robustness/fuzz/readers.hpp"

namespace {
const treino::test::FuzzedReader* fuzzed = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) try {
  constexpr std::string_view option = "--reader=";
  for (int i = 1; i < *count; ++i)
    if (const std::string_view argument = (*arguments)[i]; argument.starts_with(option))
      fuzzed = &treino::test::fuzzed_reader(argument.substr(option.size()));
  if (fuzzed != nullptr) return 0;
  std::cerr << "name a reader with --reader=NAME\n";
  std::exit(2);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  fuzzed->accepts({reinterpret_cast<const char*>(bytes), count});
  return 0;
}
