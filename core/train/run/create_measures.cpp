// Asks the loss what it takes, and compares that with what the last layer makes.
#include "train/run/create_measures.hpp"

#include <algorithm>

#include "train/plan/class_outputs.hpp"
#include "train/plan/target_fault.hpp"
#include "train/plan/target_steps.hpp"
#include "train/run/create_plugins.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

bool sums(const manifest::Value& value);

/// Whether a loss with these parameters, or one among them, has reduction = "sum".
bool sums(const manifest::Table& parameters) {
  const manifest::Value* reduction = manifest::find(parameters, "reduction");
  const std::string* text = reduction == nullptr ? nullptr : reduction->as<std::string>();
  return (text != nullptr && *text == "sum") ||
         std::any_of(parameters.begin(), parameters.end(), [](const manifest::Entry& entry) { return sums(entry.value); });
}
bool sums(const manifest::Value& value) {
  if (const auto* table = value.as<manifest::Table>()) return sums(*table);
  const auto* list = value.as<manifest::List>();
  return list != nullptr && std::any_of(list->begin(), list->end(), [](const manifest::Value& element) { return sums(element); });
}

/// An output with its loss, while they are held against each other.
struct Measured {
  const PlannedPlugin& plugin;
  std::size_t layer;
  treino_problem& problem;
  const data::Dataset& target;  // what it is compared with
  host::Instance* loss = nullptr;
};

void check_outputs(const Run& run, const Measured& output, manifest::Faults& faults) {
  if (output.problem.classes == 0) return;
  std::vector<nn::Shape> shapes;
  for (const nn::LayerInfo& layer : run.model.layers()) shapes.push_back(layer.output);
  check_class_outputs(run.plan, shapes, output.layer, output.target, true, faults);
}

void create_loss(Run& run, Measured& output) {
  output.loss = &create_plugin(run, output.plugin);
  const treino_loss& loss = output.loss->component().loss;
  try {
    output.loss->call("prepare", [&](void* self, treino_error* error) {
      return loss.prepare == nullptr ? treino_status{TREINO_OK} : loss.prepare(self, &output.problem, error);
    });
  } catch (const host::CallError& failure) {
    const std::int64_t steps = steps_of(run.model.layers()[output.layer].output);
    // Where the number of outputs may be what it does not like, the layer is told too.
    manifest::Faults faults;
    faults.add(output.plugin.section.id.location, failure.what() + class_hint(output.target, steps));
    check_outputs(run, output, faults);
    throw manifest::ManifestError(faults);
  }
}

/// What a loss says of the outputs that it takes.
struct Taken {
  std::uint32_t prediction = TREINO_PREDICTION_VALUES, independent = 0;
  bool margins() const { return prediction == TREINO_PREDICTION_VALUES && independent != 0; }
};

Taken taken_by(host::Instance& loss) {
  Taken taken;
  loss.call("takes", [&](void* self, treino_error*) {
    taken.prediction = loss.component().loss.takes(self, &taken.independent);
    return TREINO_OK;
  });
  return taken;
}

/// Why the layer does not make what the loss takes; empty where it does. `whose`: "the model", where `last` is its last.
std::string fault_of(const Taken& taken, const treino_problem& problem, const std::string& whose, const std::string& last) {
  const bool probabilities = problem.prediction == TREINO_PREDICTION_PROBABILITIES;
  if (taken.prediction < TREINO_PREDICTION_VALUES || taken.prediction > TREINO_PREDICTION_LOGITS || taken.independent > 1)
    return ": says that it takes predictions of kind " + std::to_string(taken.prediction) + ", independent " +
           std::to_string(taken.independent) + ", which this host does not know (in takes)";
  if (taken.prediction == TREINO_PREDICTION_LOGITS && probabilities)
    return " takes logits, but " + whose + " ends with " + last +
           ": leave that layer out (the loss applies it), or set from_logits = false";
  if (taken.prediction == TREINO_PREDICTION_PROBABILITIES && !probabilities)
    return " takes probabilities, but " + whose + " ends with " + last + ": end it with " +
           (taken.independent != 0 ? "sigmoid" : "softmax") + ", or let the loss take logits";
  if (taken.margins() && probabilities) return " takes margins, but " + whose + " ends with " + last + ": leave that layer out";
  return "";
}

/// The loss says what it takes the outputs for; that must be what the layer makes of them, and it is what metrics are told.
void state_problem_for_metrics(Run& run, const Measured& output) {
  const Taken taken = taken_by(*output.loss);
  const bool is_last = output.layer + 1 == run.plan.layers.size();
  const std::string whose = is_last ? "the model" : "the output \"" + run.model.layers()[output.layer].name + '"';
  const std::string fault = fault_of(taken, output.problem, whose, run.plan.layers[output.layer].type);
  if (!fault.empty()) refuse(output.plugin, output.loss->name() + fault);
  if (taken.prediction == TREINO_PREDICTION_VALUES && !taken.margins()) return;
  // Plain values of a loss of classes may be something else than a score for each: a place among the classes, for example.
  manifest::Faults faults;
  check_outputs(run, output, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  output.problem.prediction = taken.prediction;
  output.problem.independent = taken.independent;
}

/// A loss that is summed, itself or by the losses within it, and does not say so, would have the batches of a step averaged in
/// silence.
void check_accumulation(const Run& run, const Measured& output) {
  if (!run.plan.manifest.run.accumulate.joins() || output.loss->component().loss.adds_up != nullptr ||
      !sums(output.plugin.parameters))
    return;
  refuse(output.plugin,
         output.loss->name() +
             " does not say that its batches add up, as losses can (treino_loss.adds_up): with reduction = \"sum\" the " +
             "gradients of the batches of a step would be averaged. Build it with this SDK, or set accumulate = 1 in [run], or " +
             "another reduction");
}

/// The batches of a step are added, or averaged, for all outputs alike.
void check_sums(const Run& run) {
  if (!run.plan.manifest.run.accumulate.joins()) return;
  for (std::size_t i = 0; i < run.further.size(); ++i)
    if (run.measured->adds_up(i + 1) != run.measured->adds_up(0))
      refuse(run.plan.further_losses[i],
             run.further[i].loss->name() + " is " + (run.measured->adds_up(0) ? "averaged" : "summed") + " over a batch, and " +
                 run.loss->name() +
                 " is not: with accumulate in [run], the batches of a step are added for all losses or averaged "
                 "for all. Give them the same reduction");
}

void create_loss_of(Run& run, Measured& output) {
  create_loss(run, output);
  state_problem_for_metrics(run, output);
  check_accumulation(run, output);
}

std::vector<LossAndMetrics::Loss> create_losses(Run& run) {
  treino_problem problem = run.problem();
  Measured last{run.plan.loss, run.plan.layers.size() - 1, problem, run.data.training};
  create_loss_of(run, last);
  run.backend.set_problem(problem);
  run.loss = last.loss;
  std::vector<LossAndMetrics::Loss> losses{{run.loss, run.plan.loss.section.weight}};
  for (std::size_t i = 0; i < run.further.size(); ++i) {
    FurtherOutput& further = run.further[i];
    std::optional<data::Dataset> own;
    if (further.target) own = run.data.training.of_target(*further.target);
    Measured output{run.plan.further_losses[i], further.layer, further.problem, own ? *own : run.data.training};
    create_loss_of(run, output);
    further.loss = output.loss;
    losses.push_back({output.loss, further.weight});
  }
  return losses;
}

/// Which of the outputs, the last layer's first, a metric looks at.
std::size_t output_of(const Run& run, const PlannedPlugin& metric) {
  if (run.plan.own_loop) return 0;
  const std::size_t layer = run.plan.layer_of(metric.section);
  const auto found =
      std::find_if(run.further.begin(), run.further.end(), [&](const FurtherOutput& output) { return output.layer == layer; });
  return found == run.further.end() ? 0 : static_cast<std::size_t>(found - run.further.begin()) + 1;
}

LossAndMetrics::Metric create_metric(Run& run, const PlannedPlugin& plugin) {
  host::Instance& metric = create_plugin(run, plugin);
  const std::size_t output = output_of(run, plugin);
  const treino_problem& problem = output == 0 ? run.problem() : run.further[output - 1].problem;
  in_manifest(plugin, [&] {
    metric.call("prepare",
                [&](void* self, treino_error* error) { return metric.component().metric.prepare(self, &problem, error); });
  });
  run.metrics.push_back(&metric);
  return {&metric, plugin.section.weighted, output};
}

}  // namespace

void create_measures(Run& run) {
  manifest::Faults targets;
  check_targets(run.plan, run.data.training, "", targets);
  if (!targets.empty()) throw manifest::ManifestError(targets);
  std::vector<LossAndMetrics::Loss> losses;
  if (!run.plan.own_loop) losses = create_losses(run);
  std::vector<LossAndMetrics::Metric> metrics;
  for (const PlannedPlugin& plugin : run.plan.metrics) metrics.push_back(create_metric(run, plugin));
  naming_one_of(run.plan.metrics,
                [&] { run.measured.emplace(run.session, std::move(losses), std::move(metrics), run.regularization); });
  check_sums(run);
}

}  // namespace treino::train
