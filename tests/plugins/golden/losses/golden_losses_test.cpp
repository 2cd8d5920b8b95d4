// Every loss gives the value and the gradient that PyTorch gives in double precision: see generate.py for where the numbers come
// from.
#include <cmath>
#include <map>
#include <set>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/loss_under_test.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treino;
using namespace treino::conformance;

constexpr double tolerance = 1e-6;

/// The generator of generate.py: in [0, 1).
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : state_(seed) {}
  double operator()() {
    state_ = state_ * 1664525u + 1013904223u;
    return (state_ >> 8) / 0x1p24;
  }
  std::vector<float> uniform(std::int64_t count, double low, double high) {
    return drawn(count, [&] { return low + (high - low) * (*this)(); });
  }
  std::vector<float> answers(std::int64_t count, bool signs) {
    return drawn(count, [&] {
      const double u = 5 * (*this)(), yes = u < 2 ? 0 : u < 4 ? 1 : u - 4;
      return signs ? 2 * yes - 1 : yes;
    });
  }
  std::vector<float> weights(std::int64_t count) {
    return drawn(count, [&] {
      const double u = (*this)();
      return u < 0.2 ? 0 : 3 * u;
    });
  }
  std::vector<std::int32_t> labels(std::int64_t count, std::int64_t classes) {
    std::vector<std::int32_t> labels;
    while (std::ssize(labels) < count) labels.push_back(static_cast<std::int32_t>((*this)() * static_cast<double>(classes)));
    return labels;
  }
  std::vector<float> distributions(std::int64_t rows, std::int64_t columns) {
    std::vector<float> values;
    for (std::int64_t row = 0; row < rows; ++row) {
      std::vector<double> parts;
      double sum = 0;
      for (std::int64_t column = 0; column < columns; ++column) sum += parts.emplace_back(0.05 + (*this)());
      for (const double part : parts) values.push_back(static_cast<float>(part / sum));
    }
    return values;
  }
  std::vector<float> one_hot(std::int64_t rows, std::int64_t columns) {
    std::vector<float> values(static_cast<std::size_t>(rows * columns));
    std::size_t row = 0;
    for (const std::int32_t label : labels(rows, columns))
      values[row++ * static_cast<std::size_t>(columns) + static_cast<std::size_t>(label)] = 1;
    return values;
  }
  /// What a case draws its values as: a range, or a word.
  std::vector<float> rows_of(const manifest::Table& draw, const char* key, std::int64_t rows, std::int64_t columns) {
    if (find(draw, key)->as<std::string>() == nullptr) {
      const std::vector<double> range = numbers(draw, key);
      return uniform(rows * columns, range.at(0), range.at(1));
    }
    const std::string kind = text(draw, key);
    if (kind == "distribution") return distributions(rows, columns);
    return kind == "one_hot" ? one_hot(rows, columns) : answers(rows * columns, kind == "signs");
  }

 private:
  template <class Number>
  static std::vector<float> drawn(std::int64_t count, const Number& number) {
    std::vector<float> values;
    while (std::ssize(values) < count) values.push_back(static_cast<float>(number()));
    return values;
  }

  std::uint32_t state_;
};

Problem problem_of(const manifest::Table& one) {
  const manifest::Table said = table(one, "problem"), draw = table(one, "draw");
  const std::vector<double> shape = numbers(one, "shape");
  const bool is_word = find(draw, "target")->as<std::string>() != nullptr;
  const std::string target = is_word ? text(draw, "target") : "";
  const std::uint32_t kind = target == "index"     ? TREINO_TARGET_INDEX
                             : target == "one_hot" ? TREINO_TARGET_ONE_HOT
                                                   : TREINO_TARGET_VALUES;
  const auto outputs = static_cast<std::int64_t>(shape.at(1));
  const std::uint32_t prediction = has(said, "prediction") ? TREINO_PREDICTION_PROBABILITIES : TREINO_PREDICTION_VALUES;
  const std::int64_t classes = kind == TREINO_TARGET_INDEX ? std::max<std::int64_t>(outputs, 2) : outputs;
  Problem problem(kind, prediction, flag(said, "independent", false), outputs, kind == TREINO_TARGET_VALUES ? 0 : classes);
  problem.value_columns = static_cast<std::int64_t>(shape.at(2));
  return problem;
}

Batch batch_of(const manifest::Table& one, const Problem& problem) {
  const manifest::Table draw = table(one, "draw");
  Draw random(static_cast<std::uint32_t>(number(draw, "seed")));
  Batch batch;
  batch.samples = static_cast<std::int64_t>(numbers(one, "shape").at(0));
  batch.outputs = problem.outputs;
  batch.target_columns = problem.target_columns();
  batch.prediction = random.rows_of(draw, "prediction", batch.samples, batch.outputs);
  if (problem.index()) {
    batch.labels = random.labels(batch.samples, problem.outputs);
  } else {
    batch.target = random.rows_of(draw, "target", batch.samples, batch.target_columns);
  }
  if (flag(draw, "weights", false)) batch.weights = random.weights(batch.samples);
  return batch;
}

/// Loads plugins once each, as the host does.
class Plugins {
 public:
  const PluginUnderTest& of(const std::string& id) {
    auto& plugin = plugins_[id];
    if (plugin != nullptr) return *plugin;
    const host::Candidate candidate = host::inspect(fs::path(PLUGINS) / (id + ".so"), true);
    REQUIRE(candidate.refusal == "");
    std::vector<std::string> warnings;
    components_.push_back(host::load(candidate, warnings).at(0));
    const host::Component& component = *components_.back();
    plugin = std::make_unique<PluginUnderTest>(PluginUnderTest{candidate.path, "", component.description, &component.lifecycle,
                                                               nullptr, nullptr, &component.loss, nullptr});
    return *plugin;
  }
  std::set<std::string> ids() const {
    std::set<std::string> ids;
    for (const auto& [id, plugin] : plugins_) ids.insert(id);
    return ids;
  }

 private:
  std::map<std::string, std::unique_ptr<PluginUnderTest>> plugins_;
  std::vector<std::shared_ptr<const host::Component>> components_;
};

void check(const PluginUnderTest& plugin, const manifest::Table& one) {
  const Problem problem = problem_of(one);
  const Evaluation found = Loss(plugin, parameters_of(plugin, one), problem).evaluate(batch_of(one, problem));
  CHECK(found.value() == Approx(number(one, "value")).epsilon(tolerance).margin(1e-14));
  CHECK(found.weight == Approx(number(one, "divisor")).epsilon(1e-12));
  double largest = 0, squares = 0;
  for (const float entry : found.gradient) {
    largest = std::max(largest, std::abs(static_cast<double>(entry)));
    squares += static_cast<double>(entry) * static_cast<double>(entry);
  }
  CHECK(squares == Approx(number(one, "squares")).epsilon(2 * tolerance).margin(1e-30));
  // What a number cannot tell from 0 beside the largest entry is not asked for: in double 1 - p for p near 1, in float, in which
  // binary_cross_entropy computes, the difference of p and a soft target.
  const double cancelled = (text(one, "plugin") == "binary_cross_entropy" ? 1e-7 : 1e-14) * largest;
  const std::vector<double> expected = numbers(one, "gradient");
  const auto stride = static_cast<std::size_t>(number(one, "stride"));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto entry = static_cast<double>(found.gradient.at(i * stride));
    const bool near = std::abs(entry - expected[i]) <= tolerance * std::abs(expected[i]) + cancelled + 1e-37;
    if (!near) FAIL_CHECK("gradient entry " << i * stride << ": " << entry << ", expected " << expected[i]);
  }
}

}  // namespace

TEST_CASE("losses equal torch in value and gradient over shapes, reductions, weights and extreme logits") {
  const std::vector<manifest::Table> cases = tables(read_cases(fs::path(GOLDEN) / "golden.toml"), "case");
  Plugins plugins;
  std::size_t place = 0;
  for (const manifest::Table& one : cases) {
    const std::string id = text(one, "plugin");
    INFO("case " << ++place << ", " << id << ", seed " << number(table(one, "draw"), "seed"));
    check(plugins.of(id), one);
  }
  std::set<std::string> built, tried = plugins.ids();
  for (const auto& entry : fs::directory_iterator(PLUGINS))
    if (entry.path().extension() == ".so") built.insert(entry.path().stem());
  tried.insert(
      {"circle", "ctc", "lambda"});  // their references are in their own cases.toml; lambda's in tests/plugins/formulas too
  CHECK(tried == built);
}

TEST_CASE("cross_entropy of few classes and of many is the formula, whatever is left over of vectors") {
  Plugins plugins;
  const PluginUnderTest& plugin = plugins.of("cross_entropy");
  Draw random(7);
  for (std::int64_t outputs = 2; outputs <= 34; ++outputs) {
    const Problem problem(TREINO_TARGET_INDEX, TREINO_PREDICTION_VALUES, false, outputs, outputs);
    Loss loss(plugin, parameters_of(plugin, {}), problem);
    for (const std::int64_t samples : {1, 2, 3, 4, 5, 7, 15, 16, 17, 30, 33}) {
      for (const bool weighted : {false, true}) {
        CAPTURE(outputs, samples, weighted);
        Batch batch;
        batch.samples = samples;
        batch.outputs = outputs;
        batch.prediction = random.uniform(samples * outputs, -5, 5);
        batch.labels = random.labels(samples, outputs);
        if (weighted) batch.weights = random.weights(samples);
        for (std::size_t s = 0; weighted && s < batch.labels.size(); ++s)
          if (batch.weights[s] == 0) batch.labels[s] = -1;  // is not looked at
        const Evaluation found = loss.evaluate(batch);
        double sum = 0;
        for (std::int64_t s = 0; s < samples; ++s) {
          const auto at = static_cast<std::size_t>(s);
          const float* row = batch.prediction.data() + s * outputs;
          const double weight = weighted ? static_cast<double>(batch.weights[at]) : 1;
          double denominator = 0;
          for (std::int64_t c = 0; c < outputs; ++c) denominator += std::exp(static_cast<double>(row[c]));
          if (weight != 0) sum += weight * (std::log(denominator) - static_cast<double>(row[batch.labels[at]]));
          for (std::int64_t c = 0; c < outputs; ++c) {
            const double p = std::exp(static_cast<double>(row[c])) / denominator - (c == batch.labels[at] ? 1 : 0);
            const double expected = weight == 0 ? 0 : weight * p / static_cast<double>(samples);
            REQUIRE(static_cast<double>(found.gradient.at(static_cast<std::size_t>(s * outputs + c))) ==
                    Approx(expected).epsilon(tolerance));
          }
        }
        REQUIRE(found.value() == Approx(sum / static_cast<double>(samples)).epsilon(tolerance).margin(1e-14));
      }
    }
  }
}
