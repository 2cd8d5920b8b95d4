// A file that is something else altogether must not flood the terminal.
#include <algorithm>

#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

TEST_CASE("of many faults the first hundred are printed, and how many more there are") {
  std::string text = kDigits + "[extra]\n";
  for (int i = 0; i < 20000; ++i) text.insert(text.find("[data]"), "wrong_" + std::to_string(i) + " = 1\n");
  const Workshop workshop;
  Faults faults;
  workshop.read(text, faults);
  CHECK(faults.sorted().size() >= 20000);
  const std::string told = ManifestError(faults).what();
  CHECK(std::count(told.begin(), told.end(), '\n') == 100);
  CHECK(told.substr(told.rfind('\n') + 1) == "and " + std::to_string(faults.sorted().size() - 100) + " more faults");
  CHECK(told.size() < 40000);
}
