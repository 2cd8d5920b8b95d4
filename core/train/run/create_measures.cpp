// Asks the loss what it takes, and compares that with what the last layer makes.
#include "train/run/create_measures.hpp"

#include <algorithm>

#include "train/plan/class_outputs.hpp"
#include "train/plan/target_fault.hpp"
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

void check_outputs(const Run& run, manifest::Faults& faults) {
  if (run.problem().classes == 0) return;
  std::vector<nn::Shape> shapes;
  for (const nn::LayerInfo& layer : run.model.layers()) shapes.push_back(layer.output);
  check_class_outputs(run.plan, shapes, run.data.training, true, faults);
}

void create_loss(Run& run) {
  run.loss = &create_plugin(run, run.plan.loss);
  const treino_loss& loss = run.loss->component().loss;
  try {
    run.loss->call("prepare", [&](void* self, treino_error* error) {
      return loss.prepare == nullptr ? treino_status{TREINO_OK} : loss.prepare(self, &run.problem(), error);
    });
  } catch (const host::CallError& failure) {
    // Where the number of outputs may be what it does not like, the layer is told too.
    manifest::Faults faults;
    faults.add(run.plan.loss.section.id.location, failure.what() + class_hint(run.data.training));
    check_outputs(run, faults);
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

/// Why the last layer does not make what the loss takes; empty where it does.
std::string fault_of(const Taken& taken, const treino_problem& problem, const std::string& last) {
  const bool probabilities = problem.prediction == TREINO_PREDICTION_PROBABILITIES;
  if (taken.prediction < TREINO_PREDICTION_VALUES || taken.prediction > TREINO_PREDICTION_LOGITS || taken.independent > 1)
    return ": says that it takes predictions of kind " + std::to_string(taken.prediction) + ", independent " +
           std::to_string(taken.independent) + ", which this host does not know (in takes)";
  if (taken.prediction == TREINO_PREDICTION_LOGITS && probabilities)
    return " takes logits, but the model ends with " + last +
           ": leave that layer out (the loss applies it), or set from_logits = false";
  if (taken.prediction == TREINO_PREDICTION_PROBABILITIES && !probabilities)
    return " takes probabilities, but the model ends with " + last + ": end it with " +
           (taken.independent != 0 ? "sigmoid" : "softmax") + ", or let the loss take logits";
  if (taken.margins() && probabilities) return " takes margins, but the model ends with " + last + ": leave that layer out";
  return "";
}

/// The loss says what it takes the outputs for; that must be what the last layer makes of them, and it is what metrics are told.
void state_problem_for_metrics(Run& run) {
  const Taken taken = taken_by(*run.loss);
  const std::string fault = fault_of(taken, run.problem(), run.plan.layers.back().type);
  if (!fault.empty()) refuse(run.plan.loss, run.loss->name() + fault);
  if (taken.prediction == TREINO_PREDICTION_VALUES && !taken.margins()) return;
  // Plain values of a loss of classes may be something else than a score for each: a place among the classes, for example.
  manifest::Faults faults;
  check_outputs(run, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  treino_problem problem = run.problem();
  problem.prediction = taken.prediction;
  problem.independent = taken.independent;
  run.backend.set_problem(problem);
}

/// A loss that is summed, itself or by the losses within it, and does not say so, would have the batches of a step averaged in
/// silence.
void check_accumulation(const Run& run) {
  if (!run.plan.manifest.run.accumulate.joins() || run.loss->component().loss.adds_up != nullptr ||
      !sums(run.plan.loss.parameters))
    return;
  refuse(run.plan.loss,
         run.loss->name() +
             " does not say that its batches add up, as losses can (treino_loss.adds_up): with reduction = \"sum\" the " +
             "gradients of the batches of a step would be averaged. Build it with this SDK, or set accumulate = 1 in [run], or " +
             "another reduction");
}

LossAndMetrics::Metric create_metric(Run& run, const PlannedPlugin& plugin) {
  host::Instance& metric = create_plugin(run, plugin);
  in_manifest(plugin, [&] {
    metric.call("prepare",
                [&](void* self, treino_error* error) { return metric.component().metric.prepare(self, &run.problem(), error); });
  });
  run.metrics.push_back(&metric);
  return {&metric, plugin.section.weighted};
}

}  // namespace

void create_measures(Run& run) {
  manifest::Faults targets;
  check_targets(run.plan, run.data.training, "", targets);
  if (!targets.empty()) throw manifest::ManifestError(targets);
  if (!run.plan.own_loop) {
    create_loss(run);
    state_problem_for_metrics(run);
    check_accumulation(run);
  }
  std::vector<LossAndMetrics::Metric> metrics;
  for (const PlannedPlugin& plugin : run.plan.metrics) metrics.push_back(create_metric(run, plugin));
  naming_one_of(run.plan.metrics, [&] { run.measured.emplace(run.session, run.loss, std::move(metrics)); });
}

}  // namespace treino::train
