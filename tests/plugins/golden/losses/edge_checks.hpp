// A loss of one sample, or of a batch, against an expectation in long double.
#pragma once
#include <cmath>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "manifest/toml_reader.hpp"
#include "plugins/conformance/loss_under_test.hpp"
#include "support/catch.hpp"

namespace treino::conformance {

using Real = long double;

struct Expected {
  Real loss = 0;
  std::vector<Real> gradient;
};

class Plugin {
 public:
  explicit Plugin(const std::string& id) {
    const host::Candidate candidate = host::inspect(std::filesystem::path(PLUGINS) / (id + ".so"), true);
    std::vector<std::string> warnings;
    component_ = host::load(candidate, warnings).at(0);
    plugin_ = {candidate.path, "", component_->description, &component_->lifecycle, nullptr, nullptr, &component_->loss, nullptr};
  }
  void check_nan(const std::string& parameters, const std::vector<float>& row, const std::vector<float>& target,
                 bool index) const {
    CAPTURE(plugin_.description.id, parameters);
    CHECK(std::isnan(evaluate(parameters, row, target, index).sum));
  }
  /// Of one sample; within `absolute` besides the relative error of a float.
  void check(const std::string& parameters, const std::vector<float>& row, const std::vector<float>& target, bool index,
             const Expected& expected, Real absolute = 2e-38L) const {
    const Evaluation found = evaluate(parameters, row, target, index);
    CAPTURE(plugin_.description.id, parameters, row, target);
    near(found.sum, expected.loss, absolute);
    Real largest = 0;
    for (const Real entry : expected.gradient) largest = std::max(largest, std::abs(entry));
    for (std::size_t i = 0; i < row.size(); ++i) {
      CAPTURE(i);
      near(static_cast<double>(found.gradient[i]), expected.gradient[i], 1e-14L * largest + absolute);
    }
  }

  Evaluation evaluate(const std::string& parameters, const Problem& problem, const Batch& batch) const {
    manifest::Faults faults;
    const auto document = manifest::parse_toml(parameters, "parameters", faults);
    std::string refusal;
    return Loss(plugin_, completed(plugin_, document.value(), refusal).value(), problem).evaluate(batch);
  }
  static void near(double found, Real expected, Real absolute) {
    if (std::isnan(expected) || std::isinf(expected)) {
      CHECK((std::isnan(expected) ? std::isnan(found) : static_cast<Real>(found) == expected));
      return;
    }
    CAPTURE(found, static_cast<double>(expected));
    CHECK(std::abs(static_cast<Real>(found) - expected) <= 2e-6L * std::abs(expected) + absolute);
  }

 private:
  Evaluation evaluate(const std::string& parameters, const std::vector<float>& row, const std::vector<float>& target,
                      bool index) const {
    const auto outputs = static_cast<std::int64_t>(row.size());
    Problem problem(index ? TREINO_TARGET_INDEX : TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, outputs,
                    index ? std::max<std::int64_t>(outputs, 2) : 0);
    if (!index) problem.value_columns = static_cast<std::int64_t>(target.size());
    Batch batch{1, outputs, problem.target_columns(), row, {}, {}, {}};
    if (index) {
      batch.labels.push_back(static_cast<std::int32_t>(target.at(0)));
    } else {
      batch.target = target;
    }
    return evaluate(parameters, problem, batch);
  }
  std::shared_ptr<const host::Component> component_;
  PluginUnderTest plugin_;
};

}  // namespace treino::conformance
