// The last layer's output is what a forward returns; the further ones are asked for.
#include "train/output_views.hpp"

#include "train/plan/target_steps.hpp"
#include "train/run/run.hpp"

namespace treino::train {

OutputViews::OutputViews(Run& run, const data::Dataset& dataset) : run_(run) {
  views_.emplace_back(dataset, run.problem().outputs, steps_of(run.model.output_shape()));
  // Data that are predicted for have no targets.
  for (const FurtherOutput& output : run.further) {
    const bool own = output.target && *output.target < dataset.targets.size();
    views_.emplace_back(dataset, output.problem.outputs, output.steps, own ? &dataset.targets[*output.target] : nullptr);
  }
  for (const BatchViews& views : views_) pointers_.push_back(&views);
}

void OutputViews::bind(const data::Batch& batch, std::span<const float> prediction, bool with_gradients) {
  nn::Model& model = run_.model;
  views_.front().bind(batch, prediction.data(), with_gradients ? model.output_gradient().data() : nullptr);
  for (std::size_t i = 0; i < run_.further.size(); ++i) {
    const std::size_t number = run_.further[i].number;
    views_[i + 1].bind(batch, model.further_output(number).data(),
                       with_gradients ? model.further_gradient(number).data() : nullptr);
  }
}

}  // namespace treino::train
