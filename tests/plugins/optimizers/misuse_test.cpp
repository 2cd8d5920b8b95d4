// Optimizers that do not keep to their contract, and the least that does.
#include "loaded_optimizer.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;
using treino::test::LoadedOptimizer;

namespace {

/// What is said when it is made, or takes three steps.
std::string said_by(const std::string& fault, int threads = 1) {
  Model model({dense(700)}, {400}, 2, 1, threads);
  try {
    LoadedOptimizer optimizer(OWN_PLUGINS "/faulty_optimizer.so", "fault = \"" + fault + "\"", model.parameters());
    for (int step = 0; step < 3; ++step) optimizer->step(0.1);
  } catch (const treino::host::CallError& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("an optimizer in C that has no begin_step and keeps nothing is enough") {
  Model model({dense(3)}, {2}, 1, 1);
  LoadedOptimizer optimizer(OWN_PLUGINS "/plain_optimizer.so", "", model.parameters());
  CHECK(optimizer->state().empty());
  parameter(model, "dense_1/bias").gradient[1] = 2;
  optimizer->step(0.25);
  CHECK(parameter(model, "dense_1/bias").value[1] == -0.5f);
}

TEST_CASE("what an optimizer refuses, or asks for in vain, is reported with its name") {
  CHECK(said_by("none") == "nothing");
  CHECK(said_by("prepare") == "faulty_optimizer: cannot update dense_1/weight (in prepare)");
  CHECK(said_by("many") == "faulty_optimizer: asks for 65 arrays of state; there are 64 at most (in prepare)");
  CHECK(said_by("name") ==
        "faulty_optimizer: gives an array of state a name that is not of letters, digits and underscores (in prepare)");
  CHECK(said_by("twice") == "faulty_optimizer: gives the name 'momentum' to two arrays of state (in prepare)");
}

TEST_CASE("a step that fails says why, on whichever thread it fails") {
  CHECK(said_by("begin") == "faulty_optimizer: the third step is too many (in step)");
  for (const int threads : {1, 2}) {
    CHECK(said_by("update", threads) == "faulty_optimizer: the last slice of dense_1/weight fails (in step)");
    CHECK(said_by("state", threads) == "faulty_optimizer: state() names no array 'velocity' (in step)");
    CHECK(said_by("foreign", threads) == "faulty_optimizer: threw something that is not a std::exception (in step)");
  }
}

TEST_CASE("a step that fails is not counted") {
  Model model({dense(3)}, {2}, 1, 1);
  LoadedOptimizer optimizer(OWN_PLUGINS "/faulty_optimizer.so", "fault = \"begin\"", model.parameters());
  optimizer->step(0.1);
  optimizer->step(0.1);
  CHECK_THROWS_AS(optimizer->step(0.1), treino::host::CallError);
  CHECK(optimizer->steps() == 2);
}

TEST_CASE("an optimizer with a state of its own is refused when it is loaded") {
  CHECK_THROWS_WITH(
      treino::test::optimizer_component(OWN_PLUGINS "/stateful_optimizer.so"),
      ContainsSubstring("gives its optimizer 'stateful_optimizer' a state of its own; what an optimizer remembers are "
                        "arrays that it names in prepare"));
}
