// How long losses take over a batch of 4096 x 1000, value and gradient, against moving the same bytes: a plain loop that reads
// prediction and target and writes as much as the gradient. Medians of rounds that take turns, in milliseconds of one thread.
//   build/release/tests/bench_losses [rounds [samples outputs]]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <numeric>
#include <random>
#include <treino/kit/vector_loops.hpp>

#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "manifest/toml_reader.hpp"
#include "plugins/conformance/batch.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/instance.hpp"

namespace {

using namespace treino;
using conformance::Batch;

struct Subject {
  std::string id;
  std::uint32_t target;
  bool soft = false;            // rows that sum to 1
  std::string parameters = {};  // lines of a manifest's section
  std::vector<double> milliseconds = {}, ratios = {};
};

class Loaded {
 public:
  Loaded(const Subject& subject, const conformance::Problem& problem)
      : component_(load(subject.id)),
        plugin_(under_test(subject.id, *component_)),
        instance_(plugin_, parameters(subject.parameters)) {
    const treino_problem facts = problem.info();
    conformance::ErrorBuffer error;
    error.check(plugin_.loss->prepare(instance_.self(), &facts, error.get()));
  }
  void evaluate(const conformance::Views& views, const treino_tensor& gradient) const {
    treino_loss_value value{};
    conformance::ErrorBuffer error;
    error.check(
        plugin_.loss->evaluate(instance_.self(), views.prediction(), views.target(), nullptr, &gradient, &value, error.get()));
  }

 private:
  static std::filesystem::path library(const std::string& id) { return std::filesystem::path(PLUGINS) / "losses" / (id + ".so"); }
  static std::shared_ptr<const host::Component> load(const std::string& id) {
    std::vector<std::string> warnings;
    return host::load(host::inspect(library(id), true), warnings).at(0);
  }
  static conformance::PluginUnderTest under_test(const std::string& id, const host::Component& component) {
    return {library(id), "", component.description, &component.lifecycle, nullptr, nullptr, &component.loss, nullptr};
  }
  manifest::Table parameters(const std::string& lines) const {
    manifest::Faults faults;
    std::string refusal;
    return completed(plugin_, manifest::parse_toml(lines, "parameters", faults).value(), refusal).value();
  }

  std::shared_ptr<const host::Component> component_;
  conformance::PluginUnderTest plugin_;
  conformance::Instance instance_;
};

/// Of the processor's time that this thread gets, so that a busy machine disturbs little.
double milliseconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  work();
  return now() - start;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void make_distributions(Batch& batch) {
  const auto columns = static_cast<std::ptrdiff_t>(batch.target_columns);
  for (auto row = batch.target.begin(); row != batch.target.end(); row += columns) {
    const float sum = std::accumulate(row, row + columns, 0.0f);
    std::transform(row, row + columns, row, [&](float value) { return value / sum; });
  }
}

/// With a target of rows, or of indices, which are next to nothing.
void move_bytes(const conformance::Views& views, std::vector<float>& gradient, bool rows) {
  treino::with_widest_vectors([&]() TREINO_ALWAYS_INLINE {
    const auto *prediction = static_cast<const float*>(views.prediction()->data),
               *target = static_cast<const float*>(views.target()->data);
    float* to = gradient.data();
    const std::size_t count = gradient.size();
    if (rows) {
      for (std::size_t i = 0; i < count; ++i) to[i] = prediction[i] + target[i];
    } else {
      for (std::size_t i = 0; i < count; ++i) to[i] = 2 * prediction[i];
    }
  });
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 25;
  const std::int64_t samples = count > 3 ? std::atoll(arguments[2]) : 4096, outputs = count > 3 ? std::atoll(arguments[3]) : 1000;
  // A formula may take three times as long as the plugin of it.
  const std::string asymmetric = "loss = 'mean(where(y > p, alpha * (y - p)^2, (y - p)^2))'\nparameters = { alpha = 2.0 }";
  std::vector<Subject> subjects{{"asymmetric_mse", TREINO_TARGET_VALUES},
                                {"lambda", TREINO_TARGET_VALUES, false, asymmetric},
                                {"mse", TREINO_TARGET_VALUES},
                                {"mae", TREINO_TARGET_VALUES},
                                {"huber", TREINO_TARGET_VALUES},
                                {"quantile", TREINO_TARGET_VALUES},
                                {"log_cosh", TREINO_TARGET_VALUES},
                                {"poisson", TREINO_TARGET_VALUES},
                                {"msle", TREINO_TARGET_VALUES},
                                {"cosine_similarity", TREINO_TARGET_VALUES},
                                {"hinge", TREINO_TARGET_VALUES},
                                {"binary_cross_entropy", TREINO_TARGET_VALUES},
                                {"focal", TREINO_TARGET_VALUES},
                                {"dice", TREINO_TARGET_VALUES},
                                {"cross_entropy", TREINO_TARGET_INDEX},
                                {"cross_entropy", TREINO_TARGET_ONE_HOT},
                                {"kl_divergence", TREINO_TARGET_ONE_HOT},
                                {"cross_entropy", TREINO_TARGET_VALUES, true},
                                {"kl_divergence", TREINO_TARGET_VALUES, true},
                                {"categorical_hinge", TREINO_TARGET_INDEX}};
  std::vector<double> floor_rows, floor_index;
  for (Subject& subject : subjects) {
    const bool rows = subject.target != TREINO_TARGET_INDEX;
    const conformance::Problem problem(subject.target, TREINO_PREDICTION_VALUES, false, outputs,
                                       subject.target == TREINO_TARGET_VALUES ? 0 : outputs);
    const Loaded loss(subject, problem);
    std::mt19937 random(1);
    conformance::Ranges ranges;
    ranges.target_low = 0, ranges.target_high = 1;
    Batch batch = random_batch(problem, TREINO_PREDICTION_VALUES, false, samples, false, ranges, random);
    if (subject.soft) make_distributions(batch);
    const conformance::Views views(batch);
    std::vector<float> gradient(batch.prediction.size());
    const std::int64_t shape[] = {samples, outputs}, strides[] = {outputs, 1};
    const treino_tensor view{gradient.data(), shape, strides, 0, 2, TREINO_DTYPE_FLOAT, 32, 1, TREINO_DEVICE_CPU, 0};
    for (int round = -2; round < rounds; ++round) {
      const double moved = milliseconds([&] { move_bytes(views, gradient, rows); });
      const double taken = milliseconds([&] { loss.evaluate(views, view); });
      if (round < 0) continue;
      (rows ? floor_rows : floor_index).push_back(moved);
      subject.milliseconds.push_back(taken);
      subject.ratios.push_back(taken / moved);
    }
  }
  fmt::print("{} x {}: moving the bytes takes {:.4f} ms with a target of rows, {:.4f} ms with one of indices\n", samples, outputs,
             median(floor_rows), median(floor_index));
  for (const Subject& subject : subjects) {
    const bool rows = subject.target != TREINO_TARGET_INDEX;
    const double time = median(subject.milliseconds);
    fmt::print("{:24} {:8} {:9.4f} ms {:6.2f} times the bytes\n", subject.id,
               subject.soft ? "soft"
               : rows       ? "rows"
                            : "indices",
               time, median(subject.ratios));
  }
}
