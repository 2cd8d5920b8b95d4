// The heads of the data files against the rest of the manifest: what a run would find when it reads them.
#include <algorithm>

#include "data/head.hpp"
#include "train/class_outputs.hpp"
#include "train/run_data.hpp"

namespace treino::train {

namespace {

constexpr std::int64_t rows_looked_at = 1000;

/// Nothing where the file is not there, or is at fault, which is added.
std::optional<data::Head> head_of(const manifest::FileSection& section, const data::Source& source, manifest::Faults& faults) {
  if (!std::filesystem::is_regular_file(source.file)) return std::nullopt;  // that has been said
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

/// A loss that takes the number of a class and a row of ones and zeros alike sees a score for each class in the outputs. One of
/// numbers alone may see something else.
bool takes_scores_of_classes(const PlannedPlugin& loss) {
  const auto takes = [&](const char* kind) {
    const auto& target = loss.description->target;
    return std::find(target.begin(), target.end(), kind) != target.end();
  };
  return loss.description != nullptr && takes("index") && takes("one_hot");
}

}  // namespace

void check_data_heads(const Plan& plan, manifest::Faults& faults) {
  const manifest::DataSection& section = plan.manifest.data;
  if (!section.train || !plan.input) return;
  std::optional<data::Head> train = head_of(*section.train, to_source(*section.train), faults);
  if (!train) return;
  if (is_sure_of_classes(*section.train, *train) && takes_scores_of_classes(plan.loss)) {
    const bool all = train->all || !section.train->class_names.empty();
    check_class_outputs(plan, plan.shapes, train->data.class_names, all, faults);
  }
  if (!train->all) {  // the rest may have more classes, and numbers that are none
    train->data.class_names = {};
    train->data.target_kind = data::TargetKind::none;
  }
  for (const auto* other : {&section.validation, &section.test})
    if (*other) head_of(**other, to_source_like(**other, *section.train, train->data), faults);
}

}  // namespace treino::train
