// Replays what coverage-guided fuzzing has found: files that reached code which nothing before them had.
#include <filesystem>
#include <map>

#include "robustness/fuzz/readers.hpp"
#include "store/input_file.hpp"
#include "support/catch.hpp"

using namespace treino::test;

TEST_CASE("every reader accepts or refuses every file of its corpus, and some of both kinds") {
  for (const FuzzedReader& reader : fuzzed_readers()) {
    std::map<bool, int> outcomes;
    for (const auto& entry : std::filesystem::directory_iterator("tests/robustness/fuzz/corpora/" + std::string(reader.name))) {
      CAPTURE(entry.path().string());
      bool accepted = false;
      REQUIRE_NOTHROW(accepted = reader.accepts(treino::store::read_file(entry.path())));
      ++outcomes[accepted];
    }
    CAPTURE(reader.name);
    CHECK(outcomes[true] > 0);
    CHECK(outcomes[false] > 0);
  }
}
