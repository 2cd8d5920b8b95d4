// What the host and a built-in optimizer do together: state, frozen parameters, threads. That each follows its formula is checked by
// its cases.toml.
#include <algorithm>
#include <cmath>
#include <fstream>

#include "loaded_optimizer.hpp"
#include "nn_helpers.hpp"
#include "plugins/conformance/allocations.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::nn;
using namespace treino::nn::test;
using treino::test::LoadedOptimizer;

namespace {

const char* const every_id[] = {"sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "nadam", "radam", "lion", "lamb"};

/// Parameters with which it remembers all that it can, and shrinks weights.
std::string full(const std::string& id) {
  const std::string decay = "weight_decay = 0.1\n";
  if (id == "sgd") return decay + "momentum = 0.9\n";
  if (id == "rmsprop") return decay + "momentum = 0.9\ncentered = true\n";
  return id == "adam" || id == "adamw" ? decay + "amsgrad = true\n" : decay;
}

/// 37 weights, so that no vector register divides them, and a batch_norm whose running statistics have no business with it.
struct Bench {
  Model model{{dense(37), layer("batch_norm")}, {1}, 1, 3};
  Parameter& weight = parameter(model, "dense_1/weight");
  void new_gradient(std::uint64_t step) {
    const std::vector<float> numbers = normal_numbers(37, 100 + step);
    std::copy(numbers.begin(), numbers.end(), weight.gradient.begin());
  }
};

/// One step with every kind of update that could move a weight: a gradient, a moment and weight decay.
void train_step(Model& model, LoadedOptimizer& optimizer, std::uint64_t step = 0) {
  const std::vector<float> input = normal_numbers(3 * size_of(model.input_shape()), 5 + step);
  const std::vector<float> gradient = normal_numbers(3 * size_of(model.output_shape()), 6 + step);
  model.forward(input.data(), 3, Mode::train, step);
  model.backward(gradient.data());
  optimizer->step(0.1);
}

const std::vector<LayerSpec> every_kind_of_weight{
    conv2d(3, 2), layer("batch_norm"), layer("relu"), layer("flatten"), layer("layer_norm"), dense(4), layer("relu"), dense(2)};

std::vector<float> all_of(std::span<const Parameter> parameters) {
  std::vector<float> all;
  for (const Parameter& one : parameters) all.insert(all.end(), one.value.begin(), one.value.end());
  return all;
}

std::int64_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  status >> total >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("two steps of sgd with momentum by hand") {
  Bench bench;
  LoadedOptimizer optimizer("sgd", "momentum = 0.5", bench.model.parameters());
  bench.weight.value[0] = 1;
  bench.weight.gradient[0] = 2;
  optimizer->step(0.25);  // 1 - 0.25 * 2
  CHECK(bench.weight.value[0] == 0.5f);
  optimizer->step(0.25);  // 0.5 - 0.25 * (0.5 * 2 + 2)
  CHECK(bench.weight.value[0] == -0.25f);
}

TEST_CASE("the first step of adam is the learning rate, whatever the gradient's size") {
  Bench bench;
  LoadedOptimizer optimizer("adam", "", bench.model.parameters());
  bench.weight.value[0] = bench.weight.value[1] = 1;
  bench.weight.gradient[0] = 1000;
  bench.weight.gradient[1] = -0.001f;
  optimizer->step(0.25);
  CHECK(bench.weight.value[0] == Approx(0.75));
  CHECK(bench.weight.value[1] == Approx(1.25).epsilon(1e-4));
}

TEST_CASE("a momentum given with the step replaces the optimizer's own, or beta1") {
  for (const char* id : {"sgd", "rmsprop", "adam", "adamw", "radam", "lamb"}) {
    const std::string key = std::string(id) == "sgd" || std::string(id) == "rmsprop" ? "momentum" : "beta1";
    Bench one, two;
    LoadedOptimizer passed(id, key + " = 0.3", one.model.parameters()), fixed(id, key + " = 0.7", two.model.parameters());
    CHECK(passed->momentum() == 0.3);
    CHECK(passed->takes_momentum());
    for (std::uint64_t step = 0; step < 3; ++step) {
      one.new_gradient(step);
      two.new_gradient(step);
      passed->step(0.1, 0.7);
      fixed->step(0.1);
    }
    CAPTURE(id);
    CHECK(copy_of(one.weight.value) == copy_of(two.weight.value));
  }
}

TEST_CASE("a momentum that an optimizer cannot take is refused and nothing changes") {
  for (const char* id : {"sgd", "rmsprop", "adagrad", "adadelta", "nadam", "lion"}) {
    CAPTURE(id);
    Bench bench;
    LoadedOptimizer optimizer(id, "", bench.model.parameters());
    CHECK_FALSE(optimizer->takes_momentum());
    bench.new_gradient(1);
    const std::vector<float> before = copy_of(bench.weight.value);
    CHECK_THROWS_WITH(optimizer->step(0.1, 0.5),
                      std::string(id) + ": takes no momentum with the parameters that it has, and is given 0.5");
    CHECK(copy_of(bench.weight.value) == before);
    CHECK(optimizer->steps() == 0);
    optimizer->step(0.1, 0);
    CHECK(optimizer->steps() == 1);
  }
}

TEST_CASE("an optimizer continues bit for bit from its state and count of steps") {
  for (const char* id : every_id) {
    CAPTURE(id);
    Bench whole, resumed;
    LoadedOptimizer first(id, full(id), whole.model.parameters());
    for (std::uint64_t step = 0; step < 8; ++step) {
      whole.new_gradient(step);
      first->step(0.1);
    }
    LoadedOptimizer second(id, full(id), resumed.model.parameters());
    std::copy(whole.weight.value.begin(), whole.weight.value.end(), resumed.weight.value.begin());
    REQUIRE(second->state().size() == first->state().size());
    REQUIRE_FALSE(first->state().empty());
    for (std::size_t i = 0; i < first->state().size(); ++i) {
      CHECK(first->state()[i].name == second->state()[i].name);
      std::copy(first->state()[i].value.begin(), first->state()[i].value.end(), second->state()[i].value.begin());
    }
    second->set_steps(first->steps());
    whole.new_gradient(9);
    resumed.new_gradient(9);
    first->step(0.1);
    second->step(0.1);
    CHECK(copy_of(whole.weight.value) == copy_of(resumed.weight.value));
    CHECK(second->steps() == 9);
  }
}

TEST_CASE("an optimizer without a plugin remembers nothing and takes no step") {
  train::Optimizer none;
  CHECK(none.state().empty());
  CHECK_THROWS_AS(none.step(0.1), std::logic_error);
  CHECK(none.steps() == 0);
  CHECK(std::isnan(none.momentum()));
}

TEST_CASE("state has the names that checkpoints have, in their order, and the parameters' shapes") {
  Bench bench;
  LoadedOptimizer optimizer("adam", "", bench.model.parameters());
  REQUIRE(optimizer->state().size() == 8);  // weight and bias of dense and batch_norm, two arrays each
  CHECK(optimizer->state()[0].name == "dense_1/weight/first_moment");
  CHECK(optimizer->state()[0].shape == Shape{1, 37});
  CHECK(optimizer->state()[4].name == "dense_1/weight/second_moment");
  CHECK(LoadedOptimizer("sgd", "", bench.model.parameters())->state().empty());
  CHECK(LoadedOptimizer("sgd", "momentum = 0.9", bench.model.parameters())->state()[3].name == "batch_norm_1/bias/momentum");
  CHECK(LoadedOptimizer("rmsprop", "momentum = 0.9", bench.model.parameters())->state()[4].name == "dense_1/weight/momentum");
  CHECK(LoadedOptimizer("rmsprop", "", bench.model.parameters())->state()[0].name == "dense_1/weight/square_average");
  CHECK(LoadedOptimizer("adagrad", "", bench.model.parameters())->state()[0].name == "dense_1/weight/square_sum");
}

TEST_CASE("a frozen parameter keeps its value, with every optimizer, and the others learn") {
  for (const char* id : every_id) {
    Model model(every_kind_of_weight, {2, 4, 4}, 3, 1);
    LoadedOptimizer optimizer(id, full(id), model.parameters());
    train_step(model, optimizer);  // moments that would continue moving the weights
    for (std::size_t frozen = 0; frozen < model.parameters().size(); ++frozen) {
      if (!model.parameters()[frozen].trainable) continue;
      model.set_trainable(frozen, false);
      std::vector<std::vector<float>> before;
      for (const Parameter& one : model.parameters()) before.push_back(copy_of(one.value));
      train_step(model, optimizer, frozen);
      for (std::size_t i = 0; i < before.size(); ++i) {
        CAPTURE(id, model.parameters()[frozen].name, model.parameters()[i].name);
        CHECK((copy_of(model.parameters()[i].value) == before[i]) == (i == frozen));
      }
      model.set_trainable(frozen, true);
    }
  }
}

TEST_CASE("a parameter thawed again continues with the moments that it had, and one frozen at first has some too") {
  Model model({dense(2)}, {3}, 3, 1);
  model.set_trainable(1, false);
  LoadedOptimizer optimizer("adam", "", model.parameters());
  CHECK(optimizer->state().size() == 4);
  train_step(model, optimizer);
  const std::vector<float> moment = copy_of(optimizer->state()[0].value);
  model.set_trainable(0, false);
  model.set_trainable(1, true);
  train_step(model, optimizer);
  CHECK(copy_of(optimizer->state()[0].value) == moment);
  CHECK_FALSE(all_zero(optimizer->state()[1].value));
  model.set_trainable(0, true);
  train_step(model, optimizer);
  CHECK(copy_of(optimizer->state()[0].value) != moment);
}

TEST_CASE("one thread and four come to the same values bit for bit, with every optimizer") {
  for (const char* id : every_id) {
    CAPTURE(id);
    const auto trained = [&](int threads) {
      Model model({dense(700), layer("relu"), dense(300)}, {400}, 2, 1, threads);
      LoadedOptimizer optimizer(id, full(id), model.parameters());
      for (std::uint64_t step = 0; step < 3; ++step) {
        for (Parameter& one : model.parameters()) {
          const std::vector<float> numbers = normal_numbers(static_cast<std::int64_t>(one.gradient.size()), 7 + step);
          std::copy(numbers.begin(), numbers.end(), one.gradient.begin());
        }
        optimizer->step(0.01);
      }
      return all_of(model.parameters());
    };
    CHECK(trained(1) == trained(4));
  }
}

TEST_CASE("the factor of a group multiplies the learning rate") {
  Bench one, two;
  LoadedOptimizer plain("sgd", "", one.model.parameters()), faster("sgd", "", two.model.parameters(), 4);
  one.new_gradient(1);
  two.new_gradient(1);
  plain->step(0.5);
  faster->step(0.125);
  CHECK(copy_of(one.weight.value) == copy_of(two.weight.value));
}

TEST_CASE("steps allocate nothing, on one thread and on two") {
  for (const char* id : every_id)
    for (const int threads : {1, 2}) {
      CAPTURE(id, threads);
      Model model({dense(700)}, {400}, 2, 1, threads);
      LoadedOptimizer optimizer(id, full(id), model.parameters());
      optimizer->step(0.01);  // starts the pool
      const std::uint64_t before = conformance::allocations();
      for (int step = 0; step < 5; ++step) optimizer->step(0.01);
      CHECK(conformance::allocations() == before);
    }
}

TEST_CASE("steps leave the floating-point mode as it was") {
  Bench bench;
  LoadedOptimizer optimizer("adam", "", bench.model.parameters());
  bench.new_gradient(1);
  optimizer->step(0.1);
  volatile float tiny = 1e-30f;
  CHECK(tiny * 1e-10f > 0);
}

TEST_CASE("state that is never used takes no memory") {
  Model model({dense(4096)}, {4096}, 1, 5, 1, InitialValues::zero);
  const std::int64_t before = resident_bytes();
  LoadedOptimizer optimizer("adam", "", model.parameters());
  CHECK(resident_bytes() - before < std::int64_t{4096} * 4096 * 4);
}

TEST_CASE("a small convolutional network fits random samples with every optimizer") {
  const std::pair<const char*, double> rates[] = {{"sgd", 0.05},     {"adam", 0.01},    {"adamw", 0.01}, {"rmsprop", 0.003},
                                                  {"adagrad", 0.05}, {"adadelta", 1.0}, {"nadam", 0.01}, {"radam", 0.03},
                                                  {"lion", 0.003},   {"lamb", 0.05}};
  for (const auto& [id, rate] : rates) {
    Model model({conv2d(8, 3), layer("batch_norm"), layer("relu"), max_pool(2), layer("dropout"), layer("flatten"), dense(16),
                 layer("layer_norm"), layer("gelu"), dense(4)},
                {1, 12, 12}, 16, 7);
    LoadedOptimizer optimizer(id, std::string(id) == "sgd" ? "momentum = 0.9" : "", model.parameters());
    const std::vector<float> input = normal_numbers(16 * 144, 8);
    std::vector<float> gradient(16 * 4);
    double first = 0, last = 0;
    for (std::uint64_t step = 0; step < 150; ++step) {
      last = cross_entropy_gradient(model.forward(input.data(), 16, Mode::train, step), 4, gradient);
      if (step == 0) first = last;
      model.backward(gradient.data());
      optimizer->step(rate);
    }
    CAPTURE(id, last);
    CHECK(first > 1.0);
    CHECK(last < 0.2);
  }
}
