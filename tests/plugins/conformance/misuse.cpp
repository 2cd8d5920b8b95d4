// What no plugin may do whatever it is given: random state, short state, bad shapes.
#include "plugins/conformance/misuse.hpp"

#include <cmath>
#include <limits>

#include "plugins/conformance/instance.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace {

/// What a call is given, to be spoilt.
struct Arguments {
  explicit Arguments(const Batch& batch)
      : views(batch), prediction(*views.prediction()), target(*views.target()), has_weight(views.weights() != nullptr) {
    if (has_weight) weight = *views.weights();
    copy_shape(prediction, shapes[0]);
    copy_shape(target, shapes[1]);
    copy_shape(weight, shapes[2]);
  }
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  Views views;
  treino_tensor prediction, target, weight{};
  bool has_weight;
  std::int64_t shapes[3][2] = {};

 private:
  static void copy_shape(treino_tensor& view, std::int64_t* shape) {
    for (std::uint32_t i = 0; i < view.rank; ++i) shape[i] = view.shape[i];
    view.shape = shape;
  }
};

class Misuse {
 public:
  Misuse(const Call& call, const Batch& batch) : call_(call), batch_(batch) {}

  void refused(const std::string& what, const std::function<void(Arguments&)>& spoil) const {
    Arguments arguments(batch_);
    spoil(arguments);
    run(what, arguments);
  }
  void refused(const std::string& what, const Batch& batch) const {
    const Arguments arguments(batch);
    run(what, arguments);
  }

 private:
  void run(const std::string& what, const Arguments& arguments) const {
    INFO(what << " has to be refused with a text");
    ErrorBuffer error;
    const treino_status status =
        call_(&arguments.prediction, &arguments.target, arguments.has_weight ? &arguments.weight : nullptr, error.get());
    CHECK_THROWS_AS(error.check(status), Refusal);
  }
  const Call& call_;
  const Batch& batch_;
};

void check_shapes(const Misuse& misuse, const Problem& problem) {
  misuse.refused("a prediction with a column more", [](Arguments& with) { ++with.shapes[0][1]; });
  misuse.refused("a prediction with a column less", [](Arguments& with) { --with.shapes[0][1]; });
  misuse.refused("a prediction with 2,000 columns", [](Arguments& with) { with.shapes[0][1] = 2000; });
  misuse.refused("a prediction of rank 1", [](Arguments& with) { with.prediction.rank = 1; });
  misuse.refused("a negative number of samples", [](Arguments& with) { with.shapes[0][0] = -1; });
  misuse.refused("a target of fewer samples", [](Arguments& with) { --with.shapes[1][0]; });
  misuse.refused("weights of fewer samples", [](Arguments& with) { --with.shapes[2][0]; });
  if (!problem.index()) misuse.refused("a target with a column more", [](Arguments& with) { ++with.shapes[1][1]; });
}

void check_types(const Misuse& misuse, const Problem& problem) {
  misuse.refused("a prediction of integers", [](Arguments& with) { with.prediction.type_code = TREINO_DTYPE_INT; });
  misuse.refused("a prediction of doubles", [](Arguments& with) { with.prediction.type_bits = 64; });
  misuse.refused("a prediction on another device", [](Arguments& with) { with.prediction.device_type = 2; });
  misuse.refused("a target on another device", [](Arguments& with) { with.target.device_type = 2; });
  misuse.refused("a prediction without memory", [](Arguments& with) { with.prediction.data = nullptr; });
  misuse.refused("a target of the other kind", [&](Arguments& with) {
    with.target.rank = problem.index() ? 2 : 1;
    with.target.type_code = problem.index() ? TREINO_DTYPE_FLOAT : TREINO_DTYPE_INT;
    with.shapes[1][1] = 1;
  });
}

void check_numbers(const Misuse& misuse, const Batch& batch, const Problem& problem, std::optional<std::int64_t> ignored) {
  for (const float wrong : {-1.0f, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Batch weighted = batch;
    weighted.weights.back() = wrong;
    misuse.refused("the weight " + std::to_string(wrong), weighted);
  }
  for (const std::int64_t wrong : {std::int64_t{-77}, problem.classes, problem.classes + 100000}) {
    if (!problem.index() || wrong == ignored) continue;
    Batch labeled = batch;
    labeled.labels.back() = static_cast<std::int32_t>(wrong);
    misuse.refused("the class index " + std::to_string(wrong), labeled);
  }
}

}  // namespace

void check_misuse(const Call& call, const Batch& batch, const Problem& problem, std::optional<std::int64_t> ignored) {
  Batch weighted = batch;
  weighted.weights.assign(static_cast<std::size_t>(batch.samples), 1.0f);
  const Misuse misuse(call, weighted);
  check_shapes(misuse, problem);
  check_types(misuse, problem);
  check_numbers(misuse, weighted, problem, ignored);
}

}  // namespace treino::conformance
