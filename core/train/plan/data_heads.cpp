// The heads of the data files against the rest of the manifest: what a run would find when it reads them.
#include <algorithm>
#include <cmath>

#include "base/counted.hpp"
#include "data/reading/read.hpp"
#include "train/plan/class_outputs.hpp"
#include "train/plan/data_source.hpp"
#include "train/plan/target_fault.hpp"
#include "train/plan/target_steps.hpp"

namespace treino::train {

namespace {

constexpr std::int64_t rows_looked_at = 1000;

/// Nothing where the file is not there, or is at fault, which is added.
std::optional<data::Head> head_of(const Plan& plan, const manifest::FileSection& section, const data::Source& source,
                                  manifest::Faults& faults) {
  if (!can_be_opened(plan, section, source.memory != nullptr)) return std::nullopt;
  try {
    return data::read_head(source, rows_looked_at);
  } catch (const data::DataError& error) {
    faults.add(section.file.location, error.what());
    return std::nullopt;
  }
}

/// Numbers that look like classes may turn out to be quantities in the rows that were not looked at.
bool is_sure_of_classes(const manifest::FileSection& section, const data::Head& head) {
  const bool classes = head.data.target_kind == data::TargetKind::index || head.data.target_kind == data::TargetKind::one_hot;
  return classes && (head.all || !section.target_kind.empty() || !section.class_names.empty());
}

/// Whether the rest of the file cannot make other targets of it: texts stay classes, and where a number is none, all are values.
bool is_sure_of_kind(const manifest::FileSection& section, const data::Head& head) {
  const auto is_class = [](float number) { return number >= 0 && number < 1000 && number == std::floor(number); };
  const auto& values = head.data.values;
  return head.all || !section.target_kind.empty() || !section.class_names.empty() || !head.target_text.empty() ||
         (head.data.target_kind == data::TargetKind::values &&
          (head.data.target_width > 1 || !std::all_of(values.begin(), values.end(), is_class)));
}

/// A loss that takes the number of a class and a row of ones and zeros alike sees a score for each class in the outputs. One of
/// numbers alone may see something else.
bool takes_scores_of_classes(const PlannedPlugin& loss) {
  const auto takes = [&](const char* kind) {
    const auto& target = loss.description->target;
    return std::find(target.begin(), target.end(), kind) != target.end();
  };
  return loss.description != nullptr && takes("index") && takes("one_hot");
}

/// Then others than the loss itself say what they take.
bool is_made_of_losses(const manifest::Description& loss) {
  return std::any_of(loss.parameters.begin(), loss.parameters.end(), [](const auto& parameter) {
    const auto is_loss = [](const std::string& type) { return manifest::child_kind(type) == manifest::Kind::loss; };
    return is_loss(parameter.type) || is_loss(parameter.items);
  });
}

/// Scores of classes are compared with as many columns of values. A single column of numbers is more often meant as classes.
void check_columns(const Plan& plan, const data::Dataset& data, manifest::Faults& faults) {
  if (data.target_kind != data::TargetKind::values || plan.shapes.empty() || plan.shapes.back().empty()) return;
  const std::int64_t steps = steps_of(plan.shapes.back());
  const std::int64_t columns = data.target_width / steps, outputs = plan.shapes.back().back();
  if (columns == outputs || !takes_scores_of_classes(plan.loss) || is_made_of_losses(*plan.loss.description)) return;
  faults.add(plan.loss.section.id.location, plan.loss.name() + ": the target has " + base::counted(columns, "column", "columns") +
                                                " of values, and the model has " + base::counted(outputs, "output", "outputs") +
                                                class_hint(data, steps));
}

/// Whether the target's columns fit the model's output: nothing else is compared where they do not.
bool has_fitting_target(const Plan& plan, const data::Dataset& data, manifest::Faults& faults) {
  if (plan.shapes.empty() || plan.shapes.back().empty()) return true;
  const std::string fault = target_steps_fault("the model's output", plan.shapes.back(), data.target_kind, data.target_columns());
  if (!fault.empty()) faults.add(plan.manifest.model_location, fault);
  return fault.empty();
}

}  // namespace

void check_data_heads(const Plan& plan, manifest::Faults& faults) {
  const manifest::DataSection& section = plan.manifest.data;
  if (!section.train || !plan.input) return;
  std::optional<data::Head> train = head_of(plan, *section.train, to_source(plan, *section.train, plan.in_memory.train), faults);
  if (!train) return;
  if (train->data.target_kind != data::TargetKind::none && is_sure_of_kind(*section.train, *train)) {
    check_targets(plan, train->data, train->target_text, faults);
    if (!has_fitting_target(plan, train->data, faults)) return;
    check_columns(plan, train->data, faults);
  }
  if (is_sure_of_classes(*section.train, *train) && takes_scores_of_classes(plan.loss)) {
    const bool all = train->all || !section.train->class_names.empty();
    if (!plan.shapes.empty()) check_class_outputs(plan, plan.shapes, plan.shapes.size() - 1, train->data, all, faults);
  }
  if (!train->all) {  // the rest may have more classes, and numbers that are none
    train->data.class_names = {};
    train->data.target_kind = data::TargetKind::none;
  }
  const auto look_at = [&](const std::optional<manifest::FileSection>& other, const auto& memory) {
    if (other) head_of(plan, *other, to_source_like(plan, *other, *section.train, train->data, memory), faults);
  };
  look_at(section.validation, plan.in_memory.validation);
  look_at(section.test, plan.in_memory.test);
}

}  // namespace treino::train
