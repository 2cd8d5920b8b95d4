// Says what is different, and what the model was trained on.
#include "data/preparation_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/dataset.hpp"
#include "data/message.hpp"

namespace treino::data {

namespace {

std::string shape_text(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

bool has_classes(const Dataset& dataset) {
  return dataset.target_kind == TargetKind::index || dataset.target_kind == TargetKind::one_hot;
}

/// Files of earlier versions do not say what the target was like.
void check_columns(const std::string& target, TargetKind kind, TargetKind trained_kind, std::int64_t columns,
                   std::int64_t trained) {
  if (kind == TargetKind::none || kind != trained_kind || columns == trained) return;
  throw DataError(fmt::format("{} has {} columns; the model was trained on {}", target, columns, trained));
}

}  // namespace

void check_like_training(const Dataset& dataset, const Preparation& training) {
  if (dataset.sample_shape != training.sample_shape)
    throw DataError(fmt::format("samples of shape {}; the model was trained on {}", shape_text(dataset.sample_shape),
                                shape_text(training.sample_shape)));
  if (dataset.inputs != training.inputs)
    throw DataError(
        fmt::format("the inputs are {}; the model was trained on {}", to_text(dataset.inputs), to_text(training.inputs)));
  if (has_classes(dataset) && training.class_names.empty())
    throw DataError(fmt::format("the targets are the classes {}; the model was trained on values, or without a target",
                                listed(dataset.class_names)));
  if (has_classes(dataset) && dataset.class_names != training.class_names)
    throw DataError(fmt::format("the classes are {}; the model was trained on {}", listed(dataset.class_names),
                                listed(training.class_names)));
  check_columns("the target", dataset.target_kind, training.target_kind, dataset.target_columns(),
                training.target_kind == TargetKind::index ? training.target_steps : training.target_width);
  for (std::size_t i = 0; i < std::min(dataset.targets.size(), training.targets.size()); ++i) {
    const Targets &here = dataset.targets[i], &then = training.targets[i];
    if (here.class_names != then.class_names)
      throw DataError(fmt::format("the classes of target {} of [[loss]] are {}; the model was trained on {}", i + 1,
                                  listed(here.class_names), listed(then.class_names)));
    check_columns(fmt::format("target {} of [[loss]]", i + 1), here.kind, then.kind, here.columns(), then.columns());
  }
}

}  // namespace treino::data
