// lbfgs and the closure that the host gives it: in a run, resumed, refused, and where the closure fails.
#include <cmath>

#include "loaded_optimizer.hpp"
#include "nn_helpers.hpp"
#include "support/replaced.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;
using treino::nn::test::dense;
using treino::nn::test::parameter;

namespace {

/// y = 2 + 3 a - b, of five points, and another y = 1 - a.
const std::string line_data = "a,b,y\n0,0,2\n1,0,5\n0,1,1\n1,1,4\n2,-1,9\n";

std::string regression(const std::filesystem::path& data, const std::string& optimizer, const std::string& more = "") {
  return "[run]\nname = \"line\"\nseed = 1\nepochs = 3\nthreads = 1\n" + more + "[data]\ntrain = { file = \"" + data.string() +
         "\", target = \"y\" }\nscaling = \"none\"\nbatch_size = 5\n[model]\nlayers = [ { type = \"dense\", units = 1 } ]\n" +
         "[optimizer]\nplugin = \"lbfgs\"\nlearning_rate = 1.0\n" + optimizer + "[loss]\nplugin = \"mse\"\n";
}

struct Line : Workshop {
  std::filesystem::path data = path() / "line.csv";
  Line() { write_text(data, line_data); }
};

/// Minimizes (w - 3)^2 for each weight of a layer, whose bias has no gradient, as a host would have it computed.
struct Parabola {
  nn::Model model{{dense(1)}, {2}, 1, 1};
  nn::Parameter& weight = parameter(model, "dense_1/weight");
  int evaluations = 0, fails_at = 0, nan_at = 0;

  double evaluate() {
    if (++evaluations == fails_at) throw std::runtime_error("the loss cannot be computed");
    double loss = 0;
    for (std::size_t i = 0; i < weight.value.size(); ++i) {
      const double distance = static_cast<double>(weight.value[i]) - 3;
      loss += distance * distance;
      weight.gradient[i] = static_cast<float>(2 * distance);
    }
    return evaluations == nan_at ? std::nan("") : loss;
  }
  train::BatchClosure closure() {
    return {evaluate(), this, [](void* context) { return static_cast<Parabola*>(context)->evaluate(); }};
  }
};

}  // namespace

TEST_CASE("lbfgs finds the line through points in a few steps on the whole of them") {
  const Line line;
  for (const char* search : {"strong_wolfe", "none"}) {
    CAPTURE(search);
    SilentRun silent(line.plan(regression(line.data, std::string("line_search = \"") + search + "\"\n")), line.path() / search);
    const train::Result result = silent.fit();
    const std::vector<float> weights = weights_of(silent);
    REQUIRE(weights.size() == 3);
    CHECK(static_cast<double>(weights[0]) == Approx(3).margin(1e-4));
    CHECK(static_cast<double>(weights[1]) == Approx(-1).margin(1e-4));
    CHECK(static_cast<double>(weights[2]) == Approx(2).margin(1e-4));
    CHECK(number(result, "loss") < 1e-7);
  }
}

TEST_CASE("lbfgs resumes bit for bit from a checkpoint, and dropout drops the same in all evaluations of a step") {
  const Workshop workshop;
  const std::string begin = wine.substr(0, wine.find("[optimizer]"));
  const char* const layers[] = {
      "{ type = \"dense\", units = 8 }, { type = \"tanh\" }, { type = \"dense\", units = 3 }",
      "{ type = \"dense\", units = 8 }, { type = \"dropout\", rate = 0.5 }, { type = \"dense\", units = 3 }"};
  for (const char* model : layers) {
    const std::string text =
        replaced(begin, "batch_size = 16", "batch_size = 1000") +
        "[optimizer]\nplugin = \"lbfgs\"\nlearning_rate = 1\nmax_iterations = 5\nhistory_size = 4\n[loss]\nplugin = "
        "\"cross_entropy\"\n[model]\nlayers = [ " +
        model + " ]\n";
    SilentRun whole(workshop.plan(text), workshop.path() / "whole");
    const train::Result result = whole.fit();
    SilentRun half(workshop.plan(text, {"run.epochs=2"}), workshop.path() / "half");
    const train::Result before = half.fit();
    train::CheckpointWriter(half.run).save_everything(workshop.path() / "half.safetensors");
    SilentRun rest(workshop.plan(text), workshop.path() / "rest");
    rest.restore(workshop.path() / "half.safetensors");
    rest.fit();
    CHECK(weights_of(rest) == weights_of(whole));
    if (model == layers[0]) CHECK(number(result, "loss") < number(before, "loss"));
    std::filesystem::remove_all(workshop.path() / "whole");
    std::filesystem::remove_all(workshop.path() / "half");
    std::filesystem::remove_all(workshop.path() / "rest");
  }
}

TEST_CASE("with lbfgs, accumulated batches and groups are refused with their places, all at once") {
  const Line line;
  const std::vector<std::string> faults = line.faults(
      regression(line.data, "[[optimizer.group]]\nmatch = \"*/bias\"\nlearning_rate_factor = 2\n", "accumulate = 2\n"));
  REQUIRE(faults.size() == 2);
  CHECK(faults[0] ==
        "train.toml:14:10: accumulate: lbfgs computes the loss again within a step, which is that of one batch: leave accumulate "
        "out and raise batch_size");
  CHECK(
      faults[1] ==
      "train.toml:17:9: [[optimizer.group]]: lbfgs moves all parameters along one direction, so that there are no groups: leave "
      "it out");
}

TEST_CASE("a parabola's minimum is found, and then no step is taken") {
  Parabola parabola;
  LoadedOptimizer optimizer("lbfgs", "", parabola.model.parameters());
  CHECK(optimizer->needs_closure());
  train::BatchClosure closure = parabola.closure();
  optimizer->step(1, std::nan(""), &closure);
  CHECK(static_cast<double>(parabola.weight.value[0]) == Approx(3));
  closure = parabola.closure();
  const int before = parabola.evaluations;
  optimizer->step(1, std::nan(""), &closure);
  CHECK(parabola.evaluations == before);
  CHECK(optimizer->steps() == 2);
}

TEST_CASE("what the closure throws comes through as it is, and the step does not count") {
  Parabola parabola;
  parabola.fails_at = 3;
  LoadedOptimizer optimizer("lbfgs", "", parabola.model.parameters());
  const train::BatchClosure closure = parabola.closure();
  CHECK_THROWS_WITH(optimizer->step(0.01, std::nan(""), &closure), "the loss cannot be computed");
  CHECK(optimizer->steps() == 0);
  CHECK_THROWS_WITH(optimizer->step(0.01), "lbfgs takes no step without a closure");
}

TEST_CASE("a step whose loss is NaN is not taken, and a line search that meets one goes back") {
  Parabola parabola;
  LoadedOptimizer optimizer("lbfgs", "", parabola.model.parameters());
  const std::vector<float> before(parabola.weight.value.begin(), parabola.weight.value.end());
  train::BatchClosure closure = parabola.closure();
  closure.loss = std::nan("");
  optimizer->step(1, std::nan(""), &closure);
  CHECK(std::vector<float>(parabola.weight.value.begin(), parabola.weight.value.end()) == before);
  closure = parabola.closure();
  parabola.nan_at = parabola.evaluations + 1;
  optimizer->step(1, std::nan(""), &closure);
  CHECK(static_cast<double>(parabola.weight.value[0]) == Approx(3));
}

TEST_CASE("frozen parameters are left alone") {
  nn::Model model({dense(2), dense(1)}, {2}, 1, 1);
  LoadedOptimizer optimizer("lbfgs", "line_search = \"none\"\nmax_iterations = 1\n", model.parameters());
  model.set_trainable(0, false);
  for (nn::Parameter& one : model.parameters()) std::fill(one.gradient.begin(), one.gradient.end(), 0.5f);
  const std::vector<float> frozen(model.parameters()[0].value.begin(), model.parameters()[0].value.end());
  const float before = model.parameters()[1].value[0];
  const train::BatchClosure closure{1, nullptr, [](void*) { return 0.5; }};
  optimizer->step(1, std::nan(""), &closure);
  CHECK(std::vector<float>(model.parameters()[0].value.begin(), model.parameters()[0].value.end()) == frozen);
  CHECK(model.parameters()[1].value[0] < before);
}

TEST_CASE("a closure that the description does not announce, or announces in vain, is refused") {
  nn::Model model({dense(1)}, {2}, 1, 1);
  const auto said = [&](const std::string& plugin) {
    return what_is_thrown([&] { LoadedOptimizer(OWN_PLUGINS "/" + plugin + ".so", "", model.parameters()); });
  };
  CHECK(said("undeclared_closure") ==
        "undeclared_closure: asks for a closure, though its description does not say closure = true (in prepare)");
  CHECK(said("unused_closure") == "unused_closure: asks for no closure, though its description says closure = true (in prepare)");
}
