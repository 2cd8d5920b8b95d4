// Thousands of spoiled copies of good plugins, read as the finder reads them. The seed is fixed: what fails once fails again.
#include <random>

#include "host/library/elf_dynamic.hpp"
#include "host/library/library_inspection.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;

namespace {

constexpr int rounds = 6000;

/// Headers, dynamic section, hash table and notes lie in the first pages and the last: damage there does the most.
std::size_t place(std::mt19937_64& random, std::size_t size) {
  const std::size_t whole = random() % size;
  switch (random() % 4) {
    case 0:
      return whole % std::min<std::size_t>(size, 1024);
    case 1:
      return whole % std::min<std::size_t>(size, 4096);
    default:
      return whole;
  }
}

std::string spoiled(std::string bytes, std::mt19937_64& random) {
  for (auto faults = random() % 8 + 1; faults > 0; --faults) {
    const std::size_t at = place(random, bytes.size());
    switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.replace(at, std::min<std::size_t>(8, bytes.size() - at), std::min<std::size_t>(8, bytes.size() - at), '\xff');
        break;
      case 3:
        bytes.replace(at, std::min<std::size_t>(4, bytes.size() - at), std::min<std::size_t>(4, bytes.size() - at), '\0');
        break;
      default:
        if (random() % 16 == 0) bytes.resize(at + 1);
    }
  }
  return bytes;
}

/// Reads everything that can be read; whether it is refused is another matter.
void read(const std::string& bytes) {
  treino::host::Candidate candidate;
  candidate.path = "spoiled.so";
  const auto span = std::as_bytes(std::span(bytes));
  treino::host::inspect_bytes(span, candidate);
  try {
    treino::host::elf_dependencies(treino::host::ElfReader(span));
  } catch (const treino::host::FormatError& refusal) {
    REQUIRE_FALSE(std::string(refusal.what()).empty());
  }
}

}  // namespace

TEST_CASE("no damage to a plugin makes the reader crash, hang or throw") {
  for (const char* name : {"good/plain.so", "good/halving.so", "stripped/halving.so", "others/companion.so"}) {
    const std::string good = read_file(sample_path(name));
    REQUIRE_FALSE(good.empty());
    std::mt19937_64 random(20240607);
    for (int round = 0; round < rounds; ++round) read(spoiled(good, random));
  }
}
