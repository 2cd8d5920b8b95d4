// Against the formulas in the documentation of torch.optim 1.13, worked out here in double, one element at a time.
#include "nn/optimizers/optimizer.hpp"

#include <cmath>
#include <map>

#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// One element's weight and state.
struct Element {
  double weight, first = 0, second = 0;
};

/// The coefficients of all formulas. Those that a type does not have do nothing.
struct Coefficients {
  std::string type;
  double momentum = 0;
  bool nesterov = false;
  double beta1 = 0.9, beta2 = 0.999, rho = 0.99, epsilon = 1e-8, weight_decay = 0;

  operator OptimizerSpec() const {
    OptimizerSpec spec = optimizer(type);
    for (const auto& [name, value] : std::map<std::string, Settings::Value>{{"momentum", momentum},
                                                                            {"nesterov", nesterov},
                                                                            {"beta1", beta1},
                                                                            {"beta2", beta2},
                                                                            {"rho", rho},
                                                                            {"epsilon", epsilon},
                                                                            {"weight_decay", weight_decay}})
      if (spec.settings.has(name)) spec.settings.set(name, value);
    return spec;
  }
};

using Formula = void (*)(Element&, double gradient, double rate, const Coefficients&, int t);

void sgd(Element& e, double g, double rate, const Coefficients& s, int) {
  g += s.weight_decay * e.weight;
  if (s.momentum > 0) {
    e.first = s.momentum * e.first + g;
    g = s.nesterov ? g + s.momentum * e.first : e.first;
  }
  e.weight -= rate * g;
}

void adam_step(Element& e, double g, double rate, const Coefficients& s, int t) {
  if (s.type == "adam") g += s.weight_decay * e.weight;
  if (s.type == "adamw") e.weight -= rate * s.weight_decay * e.weight;
  e.first = s.beta1 * e.first + (1 - s.beta1) * g;
  e.second = s.beta2 * e.second + (1 - s.beta2) * g * g;
  const double first = e.first / (1 - std::pow(s.beta1, t)), second = e.second / (1 - std::pow(s.beta2, t));
  e.weight -= rate * first / (std::sqrt(second) + s.epsilon);
}

void rmsprop(Element& e, double g, double rate, const Coefficients& s, int) {
  g += s.weight_decay * e.weight;
  e.second = s.rho * e.second + (1 - s.rho) * g * g;
  e.first = s.momentum * e.first + g / (std::sqrt(e.second) + s.epsilon);
  e.weight -= rate * e.first;
}

void adagrad(Element& e, double g, double rate, const Coefficients& s, int) {
  g += s.weight_decay * e.weight;
  e.second += g * g;
  e.weight -= rate * g / (std::sqrt(e.second) + s.epsilon);
}

Coefficients spec_of(const std::string& type) { return {.type = type}; }

/// 37 weights, so that no vector register divides them, and a batch_norm whose running statistics have no business with it.
struct Bench {
  Model model{{dense(37), layer("batch_norm")}, {1}, 1, 3};
  Parameter& weight = parameter(model, "dense_1/weight");
  void new_gradient(std::uint64_t step) {
    const std::vector<float> numbers = normal_numbers(37, 100 + step);
    std::copy(numbers.begin(), numbers.end(), weight.gradient.begin());
  }
};

void check_formula(const Coefficients& spec, Formula formula) {
  Bench bench;
  Optimizer optimizer(spec, bench.model.parameters());
  std::vector<Element> expected;
  for (const float weight : bench.weight.value) expected.push_back({static_cast<double>(weight)});
  for (int t = 1; t <= 25; ++t) {
    const double rate = 0.05 / t;
    bench.new_gradient(static_cast<std::uint64_t>(t));
    for (std::size_t i = 0; i < 37; ++i) formula(expected[i], static_cast<double>(bench.weight.gradient[i]), rate, spec, t);
    optimizer.step(rate);
  }
  CAPTURE(spec.type, spec.momentum, spec.nesterov, spec.weight_decay);
  for (std::size_t i = 0; i < 37; ++i) CHECK(bench.weight.value[i] == Approx(expected[i].weight).margin(3e-6));
  CHECK(parameter(bench.model, "batch_norm_1/running_var").value[0] == 1);
}

std::string refused(const OptimizerSpec& spec) {
  Bench bench;
  try {
    Optimizer(spec, bench.model.parameters());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("sgd follows its formula, with momentum, nesterov and weight decay") {
  for (const double momentum : {0.0, 0.9}) {
    for (const double decay : {0.0, 0.1}) {
      Coefficients spec = spec_of("sgd");
      spec.momentum = momentum;
      spec.weight_decay = decay;
      check_formula(spec, sgd);
      spec.nesterov = momentum > 0;
      check_formula(spec, sgd);
    }
  }
}

TEST_CASE("adam, adamw, rmsprop and adagrad follow their formulas") {
  for (const double decay : {0.0, 0.1}) {
    for (const double epsilon : {1e-8, 0.1}) {
      for (const double momentum : {0.0, 0.9}) {
        Coefficients spec = spec_of("rmsprop");
        spec.weight_decay = decay;
        spec.epsilon = epsilon;
        spec.momentum = momentum;
        check_formula(spec, rmsprop);
        spec.beta1 = momentum;
        for (const char* type : {"adam", "adamw", "adagrad"}) {
          spec.type = type;
          check_formula(spec, spec.type == "adagrad" ? adagrad : adam_step);
        }
      }
    }
  }
}

TEST_CASE("two steps of sgd with momentum by hand") {
  Bench bench;
  Coefficients spec = spec_of("sgd");
  spec.momentum = 0.5;
  Optimizer optimizer(spec, bench.model.parameters());
  bench.weight.value[0] = 1;
  bench.weight.gradient[0] = 2;
  optimizer.step(0.25);  // 1 - 0.25 * 2
  CHECK(bench.weight.value[0] == 0.5f);
  optimizer.step(0.25);  // 0.5 - 0.25 * (0.5 * 2 + 2)
  CHECK(bench.weight.value[0] == -0.25f);
}

TEST_CASE("the first step of adam is the learning rate, whatever the gradient's size") {
  Bench bench;
  Optimizer optimizer(spec_of("adam"), bench.model.parameters());
  bench.weight.value[0] = bench.weight.value[1] = 1;
  bench.weight.gradient[0] = 1000;
  bench.weight.gradient[1] = -0.001f;
  optimizer.step(0.25);
  CHECK(bench.weight.value[0] == Approx(0.75));
  CHECK(bench.weight.value[1] == Approx(1.25).epsilon(1e-4));
}

TEST_CASE("a momentum given with the step replaces the spec's, or beta1") {
  for (const char* type : {"sgd", "rmsprop", "adam", "adamw"}) {
    Coefficients given = spec_of(type), built = given;
    built.momentum = built.beta1 = 0.7;
    given.momentum = given.beta1 = 0.3;
    Bench one, two;
    Optimizer passed(given, one.model.parameters()), fixed(built, two.model.parameters());
    for (std::uint64_t step = 0; step < 3; ++step) {
      one.new_gradient(step);
      two.new_gradient(step);
      passed.step(0.1, 0.7);
      fixed.step(0.1);
    }
    CHECK(copy_of(one.weight.value) == copy_of(two.weight.value));
  }
}

TEST_CASE("a momentum that there is no state for is refused and nothing changes") {
  for (const char* type : {"sgd", "rmsprop", "adagrad"}) {
    Bench bench;
    Optimizer optimizer(spec_of(type), bench.model.parameters());
    bench.new_gradient(1);
    const std::vector<float> before = copy_of(bench.weight.value);
    CHECK_THROWS_AS(optimizer.step(0.1, 0.5), std::invalid_argument);
    CHECK(copy_of(bench.weight.value) == before);
    CHECK(optimizer.steps() == 0);
    optimizer.step(0.1, 0);
    CHECK(optimizer.steps() == 1);
  }
}

TEST_CASE("an optimizer continues bit for bit from its state and count of steps") {
  for (const char* type : {"sgd", "adam", "adamw", "rmsprop", "adagrad"}) {
    Coefficients spec = spec_of(type);
    spec.momentum = 0.9;
    Bench whole, resumed;
    Optimizer first(spec, whole.model.parameters());
    for (std::uint64_t step = 0; step < 3; ++step) {
      whole.new_gradient(step);
      first.step(0.1);
    }
    Optimizer second(spec, resumed.model.parameters());
    std::copy(whole.weight.value.begin(), whole.weight.value.end(), resumed.weight.value.begin());
    REQUIRE(second.state().size() == first.state().size());
    for (std::size_t i = 0; i < first.state().size(); ++i) {
      CHECK(first.state()[i].name == second.state()[i].name);
      std::copy(first.state()[i].value.begin(), first.state()[i].value.end(), second.state()[i].value.begin());
    }
    second.set_steps(first.steps());
    whole.new_gradient(9);
    resumed.new_gradient(9);
    first.step(0.1);
    second.step(0.1);
    CHECK(copy_of(whole.weight.value) == copy_of(resumed.weight.value));
    CHECK(second.steps() == 4);
  }
}

TEST_CASE("without a type there is an optimizer that remembers nothing and takes no step") {
  Bench bench;
  Optimizer none({}, bench.model.parameters());
  CHECK(none.state().empty());
  CHECK_THROWS_AS(none.step(0.1), std::logic_error);
  CHECK(none.steps() == 0);
}

TEST_CASE("state is named after its parameter and has its shape") {
  Bench bench;
  Optimizer optimizer(spec_of("adam"), bench.model.parameters());
  REQUIRE(optimizer.state().size() == 8);  // weight and bias of dense and batch_norm, two arrays each
  CHECK(optimizer.state()[0].name == "dense_1/weight/first_moment");
  CHECK(optimizer.state()[0].shape == Shape{1, 37});
  CHECK(optimizer.state()[4].name == "dense_1/weight/second_moment");
  CHECK(Optimizer(spec_of("sgd"), bench.model.parameters()).state().empty());
}

TEST_CASE("an optimizer refuses nonsense with its name, the limit and the value") {
  CHECK(refused(spec_of("sdg")) == "unknown optimizer \"sdg\"; there are sgd, adam, adamw, rmsprop, adagrad");
  Coefficients spec = spec_of("sgd");
  spec.nesterov = true;
  CHECK(refused(spec) == "sgd: nesterov wants a momentum above 0, not 0");
  spec = spec_of("rmsprop");
  spec.momentum = 1;
  CHECK(refused(spec) == "rmsprop: momentum must be in [0, 1), not 1");
  spec = spec_of("rmsprop");
  spec.rho = -0.1;
  CHECK(refused(spec) == "rmsprop: rho must be in [0, 1), not -0.1");
  spec = spec_of("adam");
  spec.beta1 = 1;
  CHECK(refused(spec) == "adam: beta1 must be in [0, 1), not 1");
  spec = spec_of("adam");
  spec.beta2 = NAN;
  CHECK(refused(spec) == "adam: beta2 must be in [0, 1), not nan");
  spec = spec_of("adagrad");
  spec.epsilon = -1;
  CHECK(refused(spec) == "adagrad: epsilon must be at least 0, not -1");
  spec = spec_of("sgd");
  spec.weight_decay = -1;
  CHECK(refused(spec) == "sgd: weight_decay must be at least 0, not -1");
}
