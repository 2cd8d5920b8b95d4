// Sequences of labels, learnt by a manifest.
#include <algorithm>
#include <cmath>

#include "small_model.hpp"

using namespace treino::test;

namespace {

/// Four samples, each with a feature of its own, of up to two labels in three steps of three classes.
std::string manifest(int epochs, const std::string& layer, const std::string& rate) {
  return "[run]\nname = 'labels'\nseed = 1\nepochs = " + std::to_string(epochs) +
         "\n[data]\ntrain = { file = 's.csv', target = ['l1', 'l2'], target_kind = 'values' }\nbatch_size = 4\n"
         "[model]\nlayers = [ { type = 'dense', units = 9" +
         layer + " } ]\n[optimizer]\nplugin = 'adam'\nlearning_rate = " + rate + "\n[loss]\nplugin = 'ctc'\nclasses = 3\n";
}

struct Labels {
  Labels() { workshop.write("s.csv", "a,b,c,d,l1,l2\n1,0,0,0,1,2\n0,1,0,0,2,1\n0,0,1,0,1,0\n0,0,0,1,2,2\n"); }
  Workshop workshop;
};

}  // namespace

TEST_CASE("ctc of outputs that are all alike counts the ways to write the labels") {
  const Labels labels;
  const Workshop& workshop = labels.workshop;
  const Finished finished = workshop.run(manifest(1, ", initializer = 'zeros'", "1e-3"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  // Of 27 ways to fill three steps five are 12 (112, 122, -12, 1-2, 12-), five 21, six 1 (1--, -1-, --1, 11-, -11, 111), one 22
  // (2-2).
  const double expected = -(2 * std::log(5 / 27.0) + std::log(6 / 27.0) + std::log(1 / 27.0)) / 4;
  CHECK(std::stod(fact(workshop / "run", "/scalars/loss")) == Approx(expected).epsilon(1e-6));
}

TEST_CASE("ctc learns where the labels are without being told") {
  const Labels labels;
  const Workshop& workshop = labels.workshop;
  const Finished finished = workshop.run(manifest(300, "", "0.1"), "run");
  INFO(finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(std::stod(fact(workshop / "run", "/scalars/loss")) < 0.05);
  const Finished predicted = workshop.treino({"predict", workshop / "run", workshop / "s.csv"});
  INFO(predicted.error);
  REQUIRE(predicted.exit_code == kDone);
  // The most probable class of each step, without repetitions and blanks, is the labels.
  const auto rows = lines(predicted.output);
  REQUIRE(rows.size() == 5);
  const std::vector<std::string> expected = {"12", "21", "1", "22"};
  for (std::size_t row = 0; row < expected.size(); ++row) {
    std::vector<double> values;
    std::string rest = rows[row + 1] + ",";
    for (std::size_t end; (end = rest.find(',')) != std::string::npos; rest.erase(0, end + 1))
      values.push_back(std::atof(rest.c_str()));
    REQUIRE(values.size() >= 9);
    std::string found;
    std::size_t before = 0;
    for (std::size_t step = 0; step < 3; ++step) {
      const auto first = values.end() - 9 + static_cast<std::ptrdiff_t>(3 * step);
      const auto best = static_cast<std::size_t>(std::max_element(first, first + 3) - first);
      if (best != 0 && best != before) found += std::to_string(best);
      before = best;
    }
    CHECK(found == expected[row]);
  }
}

TEST_CASE("ctc refuses outputs that are not a whole number of steps before training") {
  const Labels labels;
  const Workshop& workshop = labels.workshop;
  std::string text = manifest(1, "", "0.1");
  text.replace(text.find("units = 9"), 9, "units = 8");
  const Finished finished = workshop.run(text, "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "the model has 8 outputs, which is no multiple of classes = 3"));
}
