// What each of the model's outputs is compared with, as plugins are told: the data's part of it, and the layer's.
#include <algorithm>

#include "base/counted.hpp"
#include "base/input_error.hpp"
#include "manifest/suggestion.hpp"
#include "train/plan/target_steps.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

std::uint32_t target_code(data::TargetKind kind) {
  return kind == data::TargetKind::index     ? std::uint32_t{TREINO_TARGET_INDEX}
         : kind == data::TargetKind::one_hot ? std::uint32_t{TREINO_TARGET_ONE_HOT}
                                             : std::uint32_t{TREINO_TARGET_VALUES};
}

/// What is known of it without the outputs that are compared with the targets. `steps`: rows of each of `capacity` samples.
treino_problem problem_of(data::TargetKind kind, std::int64_t width, const std::vector<const char*>& class_names,
                          std::int64_t capacity, std::int64_t steps) {
  treino_problem problem{};
  problem.size = sizeof problem;
  problem.target = target_code(kind);
  problem.classes = kind == data::TargetKind::values ? 0 : width;
  problem.batch_capacity = capacity * steps;
  problem.target_columns = kind == data::TargetKind::index ? 1 : width / steps;
  problem.class_names = class_names.empty() ? nullptr : class_names.data();
  return problem;
}

}  // namespace

const FurtherOutput* Run::find_output(const std::string& layer) const {
  const std::string& last = model.layers().back().name;
  if (layer.empty() || layer == last) return nullptr;
  std::vector<std::string> known{last};
  for (const FurtherOutput& output : further) {
    known.push_back(model.layers()[output.layer].name);
    if (known.back() == layer) return &output;
  }
  throw base::InputError("the model has no output '" + layer + "'." + manifest::suggestion(layer, known) +
                         " It has: " + manifest::enumerate(known));
}

void Run::check_output(const std::string& what, std::size_t layer, std::optional<std::size_t> target,
                       const manifest::Location& at) const {
  const data::Dataset& training = data.training;
  const data::TargetKind kind = target ? training.targets[*target].kind : training.target_kind;
  const std::int64_t columns = target ? training.targets[*target].columns() : training.target_columns();
  const std::string fault = target_steps_fault(what, model.layers()[layer].output, kind, columns);
  if (fault.empty()) return;
  manifest::Faults faults;
  faults.add(at, fault);
  throw manifest::ManifestError(faults);
}

treino_problem Run::describe_main_problem(const std::optional<OutputKinds>& recorded) {
  for (const std::string& name : data.training.class_names) class_names_.push_back(name.c_str());
  if (plan.own_loop) {
    treino_problem problem = problem_of(data.training.target_kind, data.training.target_width, class_names_, capacity, 1);
    problem.prediction = plan.own_loop->prediction;
    problem.independent = plan.own_loop->independent;
    problem.outputs = plan.own_loop->outputs;
    return problem;
  }
  treino_problem problem = describe_problem(plan.layers.size() - 1, std::nullopt);
  const bool has_loss = plan.loss.description != nullptr;  // which says it otherwise
  if (recorded && !has_loss) {
    problem.prediction = recorded->last.prediction;
    problem.independent = recorded->last.independent;
  }
  return problem;
}

treino_problem Run::describe_problem(std::size_t layer, std::optional<std::size_t> target) const {
  const data::Dataset& training = data.training;
  const nn::Shape& output = model.layers()[layer].output;
  treino_problem problem =
      target ? problem_of(training.targets[*target].kind, training.targets[*target].width, further_class_names_[*target],
                          capacity, steps_of(output))
             : problem_of(training.target_kind, training.target_width, class_names_, capacity, steps_of(output));
  const nn::Outputs outputs = model.layers()[layer].outputs;
  problem.prediction = outputs == nn::Outputs::values ? TREINO_PREDICTION_VALUES : TREINO_PREDICTION_PROBABILITIES;
  problem.independent = outputs == nn::Outputs::independent_probabilities;
  problem.outputs = output.back();
  return problem;
}

/// Weights are of the rows of the last layer's output.
void Run::check_weights(const std::string& output, std::int64_t steps, const manifest::Location& at) const {
  const bool weighted = plan.manifest.data.balanced || !plan.manifest.data.class_weights.empty();
  if (use != Use::training || !weighted || steps == steps_of(model.output_shape())) return;
  manifest::Faults faults;
  faults.add(at, "the output \"" + output + "\" has " + base::counted(steps, "step", "steps") + ", and the last layer's " +
                     std::to_string(steps_of(model.output_shape())) +
                     ": class_weights, which are of the steps of that, cannot weigh both");
  throw manifest::ManifestError(faults);
}

void Run::describe_further_outputs(const std::optional<OutputKinds>& recorded) {
  const std::vector<std::size_t> layers = model.further_outputs();
  const std::vector<manifest::PluginSection>& losses = plan.manifest.losses;
  for (const data::Targets& target : data.training.targets) {
    std::vector<const char*>& names = further_class_names_.emplace_back();
    for (const std::string& name : target.class_names) names.push_back(name.c_str());
  }
  std::size_t own_targets = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (i == plan.main_loss) continue;
    const std::size_t layer = plan.layer_of(losses[i]);
    const nn::LayerInfo& info = model.layers()[layer];
    const auto number = static_cast<std::size_t>(std::find(layers.begin(), layers.end(), layer) - layers.begin());
    std::optional<std::size_t> target;
    if (!losses[i].target.columns.empty()) target = own_targets++;
    check_output("the output of \"" + info.name + '"', layer, target, losses[i].output.location);
    check_weights(info.name, steps_of(info.output), losses[i].output.location);
    further.push_back({layer, number, nullptr, losses[i].weight, target, steps_of(info.output), describe_problem(layer, target)});
    const bool has_loss = plan.loss.description != nullptr;
    const auto known = recorded ? recorded->further.find(info.name) : std::map<std::string, OutputKind>::const_iterator();
    if (!recorded || has_loss || known == recorded->further.end()) continue;
    further.back().problem.prediction = known->second.prediction;
    further.back().problem.independent = known->second.independent;
  }
}

}  // namespace treino::train
