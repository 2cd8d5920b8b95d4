// Plugins in C, C++ and Rust, through the loaded library and nothing but the contract.
#include <cmath>

#include "host/library/finder.hpp"
#include "host/library/search_path.hpp"
#include "support/catch.hpp"
#include "unit/sdk/sample.hpp"

using treino::test::Bytes;
using treino::test::sample;
using treino::test::sample_path;
using treino::test::SampleInstance;

namespace {

treino_event_info info_of(std::uint32_t event, double loss = 0) {
  treino_event_info info{};
  info.size = sizeof info;
  info.type = event;
  info.loss = loss;
  info.text = "";
  return info;
}

double rate_of(const SampleInstance& scheduler, std::uint64_t t, double base) {
  treino_schedule_value value{0, NAN};
  REQUIRE(scheduler->scheduler.learning_rate(scheduler.self(), t, base, &value, nullptr) == TREINO_OK);
  CHECK(std::isnan(value.momentum));
  return value.learning_rate;
}

/// rows x 1, float32.
struct Column {
  std::vector<float> values;
  std::int64_t shape[2] = {static_cast<std::int64_t>(values.size()), 1};
  std::int64_t strides[2] = {1, 1};
  treino_tensor view() { return {values.data(), shape, strides, 0, 2, TREINO_DTYPE_FLOAT, 32, 1, TREINO_DEVICE_CPU, 0}; }
};

/// What a model of one output on values looks like to losses and metrics.
treino_problem one_output() {
  treino_problem problem{};
  problem.size = sizeof problem;
  problem.target = TREINO_TARGET_VALUES;
  problem.prediction = TREINO_PREDICTION_VALUES;
  problem.outputs = problem.target_columns = 1;
  problem.batch_capacity = 8;
  return problem;
}

}  // namespace

TEST_CASE("a library in plain C may hold a callback and a scheduler") {
  SampleInstance counter("good/plain.so", "plain_counter");
  CHECK(counter->description.id == "plain_counter");
  CHECK(counter->callback.events == 1u << TREINO_EPOCH_END);
  CHECK(counter->callback.wanted == nullptr);
  const treino_event_info event = info_of(TREINO_EPOCH_END);
  REQUIRE(counter->callback.on(counter.self(), &event, nullptr) == TREINO_OK);
  REQUIRE(counter->callback.on(counter.self(), &event, nullptr) == TREINO_OK);
  CHECK(counter.save() == std::vector<unsigned char>{2, 0, 0, 0, 0, 0, 0, 0});

  const SampleInstance constant("good/plain.so", "plain_constant");
  CHECK(constant->description.kind == "scheduler");
  CHECK(constant->lifecycle.save == nullptr);
  CHECK(rate_of(constant, 7, 0.25) == 0.25);
}

TEST_CASE("a callback in C++ gets its parameters, keeps its state and reports its exceptions") {
  treino_parameter start{"start", {}};
  start.value.type = TREINO_FLOAT;
  start.value.as.real = 3.0;
  SampleInstance best("good/best_loss.so", "best_loss", {start});
  const treino_event_info batch = info_of(TREINO_BATCH_END, 2.5), end = info_of(TREINO_RUN_END);
  REQUIRE(best->callback.on(best.self(), &batch, nullptr) == TREINO_OK);

  SampleInstance other("good/best_loss.so", "best_loss", {start});
  Bytes state(best.save());
  const treino_source source = state.source();
  REQUIRE(other->lifecycle.load(other.self(), &source, 1, nullptr) == TREINO_OK);
  char text[64] = {};
  treino_error error{sizeof error, sizeof text, text};
  CHECK(other->callback.on(other.self(), &end, &error) == TREINO_FAILED);
  CHECK(std::string(text) == "the best loss was 2.500000");
}

TEST_CASE("a C++ plugin that misses a parameter says so and makes no instance") {
  CHECK_THROWS_WITH(SampleInstance("good/best_loss.so"), "parameter 'start' is missing");
}

TEST_CASE("a scheduler in C++ works, stripped too") {
  const SampleInstance whole("good/halving.so"), stripped("stripped/halving.so");
  CHECK(whole->sha256 != stripped->sha256);
  CHECK(rate_of(whole, 3, 8.0) == 1.0);
  CHECK(rate_of(stripped, 3, 8.0) == 1.0);
}

TEST_CASE("a loss in C++ gives the value and, where requested, the gradient") {
  const SampleInstance loss("good/distance.so");
  Column prediction{{3.0f, 1.0f}}, target{{1.0f, 2.0f}}, gradient{{9.0f, 9.0f}};
  treino_tensor p = prediction.view(), t = target.view(), g = gradient.view();
  treino_loss_value value{};
  const treino_problem problem = one_output();
  REQUIRE(loss->loss.prepare(loss.self(), &problem, nullptr) == TREINO_OK);
  REQUIRE(loss->loss.evaluate(loss.self(), &p, &t, nullptr, &g, &value, nullptr) == TREINO_OK);
  CHECK(value.sum == 1.0);  // (3 - 1) + (1 - 2)
  CHECK(value.weight == 2.0);
  CHECK(gradient.values == std::vector<float>{0.5f, 0.5f});
  std::uint32_t independent = 7;
  CHECK(loss->loss.takes(loss.self(), &independent) == TREINO_PREDICTION_VALUES);
  CHECK(independent == 0);
}

TEST_CASE("a metric in C++ adds up batches and other instances") {
  const SampleInstance metric("good/samples_seen.so"), other("good/samples_seen.so");
  const treino_problem problem = one_output();
  Column column{{1.0f, 2.0f, 3.0f}};
  const treino_tensor view = column.view();
  for (const SampleInstance* instance : {&metric, &other}) {
    REQUIRE((*instance)->metric.prepare(instance->self(), &problem, nullptr) == TREINO_OK);
    REQUIRE((*instance)->metric.update(instance->self(), &view, &view, nullptr, nullptr) == TREINO_OK);
  }
  REQUIRE(metric->metric.count(metric.self()) == 1);
  CHECK(std::string(metric->metric.name(metric.self(), 0)) == "samples_seen");
  Bytes state(other.save());
  const treino_source source = state.source();
  REQUIRE(metric->metric.merge(metric.self(), &source, 1, nullptr) == TREINO_OK);
  double values[1] = {};
  REQUIRE(metric->metric.compute(metric.self(), values, nullptr) == TREINO_OK);
  CHECK(values[0] == 6.0);
}

TEST_CASE("a plugin in Rust is a plugin like any other") {
  if (!std::filesystem::exists(sample_path("rust/rusty.so"))) {
    WARN("rustc was not there when the samples were built: skipped");
    return;
  }
  const SampleInstance rusty("rust/rusty.so");
  CHECK(rusty->description.summary == "the base rate over t + 1");
  CHECK(rate_of(rusty, 3, 1.0) == 0.25);
}

TEST_CASE("the samples that are meant to load are found, with their descriptions, before anything is loaded") {
  treino::host::FinderOptions options;
  options.folders = {sample_path("good")};
  options.allow_unsafe_paths = true;
  std::vector<std::string> ids;
  for (const auto& candidate : treino::host::find_plugins(options)) {
    CAPTURE(candidate.path, candidate.refusal);
    CHECK(candidate.refusal.empty());
    CHECK(candidate.built_minor == TREINO_ABI_MINOR);
    CHECK(candidate.needed_minor == TREINO_ABI_OLDEST_MINOR);
    CHECK(candidate.sha256.size() == 64);
    for (const auto& description : candidate.descriptions) ids.push_back(description.id);
  }
  std::sort(ids.begin(), ids.end());  // the compiler chooses the order of the two in plain.so
  CHECK(ids == std::vector<std::string>{"best_loss", "distance", "halving", "plain_constant", "plain_counter", "samples_seen"});
}
