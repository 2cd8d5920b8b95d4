// Losses and the outputs that they look at: exactly one is the last layer's, and no output has two.
#include <algorithm>
#include <map>

#include "manifest/suggestion.hpp"
#include "nn/topology.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using manifest::Faults;
using manifest::PluginSection;

class Outputs {
 public:
  Outputs(const Plan& plan, std::vector<nn::LayerSpec>& layers, Faults& faults)
      : plan_(plan), layers_(layers), names_(nn::names_of(layers)), faults_(faults) {}

  std::optional<std::size_t> mark() {
    const std::vector<PluginSection>& losses = plan_.manifest.losses;
    if (plan_.own_loop) refuse_outputs_of_own_loop();
    if (layers_.empty()) return std::nullopt;
    for (std::size_t i = 0; i < losses.size(); ++i) mark_loss(losses[i], i);
    // A misspelled output may be the last layer.
    if (!losses.empty() && !main_ && !faulty_)
      fault(losses.front().output,
            "the last layer's output, \"" + names_.back() + "\", has no loss: one of [[loss]] has to be its");
    const auto result = faulty_ ? std::nullopt : main_;
    for (const PluginSection& metric : plan_.manifest.metrics) check_metric(metric);
    return result;
  }

 private:
  void fault(const manifest::Located<std::string>& output, const std::string& text) {
    add(output.location, "output of " + text_of_kind_ + ": " + text);
  }

  void add(const manifest::Location& at, const std::string& text) {
    faulty_ = true;
    faults_.add(at, text);
  }

  void refuse_outputs_of_own_loop() {
    for (const PluginSection& metric : plan_.manifest.metrics)
      if (!metric.output.value.empty())
        faults_.add(metric.output.location, "output of " + metric.id.value + ": the program's own loop has a single one");
  }

  std::string named(std::size_t layer) const { return '"' + names_[layer] + '"'; }

  /// Nothing after a fault.
  std::optional<std::size_t> find(const PluginSection& section) {
    if (section.output.value.empty()) return layers_.size() - 1;
    const auto found = std::find(names_.begin() + first(), names_.end(), section.output.value);
    if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
    const std::vector<std::string> known(names_.begin() + first(), names_.end());
    fault(section.output, "there is no layer '" + section.output.value + "'." +
                              manifest::suggestion(section.output.value, known) + " There are: " + manifest::enumerate(known));
    return std::nullopt;
  }
  std::ptrdiff_t first() const { return static_cast<std::ptrdiff_t>(plan_.data_inputs()); }

  void mark_loss(const PluginSection& loss, std::size_t number) {
    text_of_kind_ = loss.id.value.empty() ? "[[loss]]" : loss.id.value;
    const std::optional<std::size_t> layer = find(loss);
    if (!layer) return;
    const auto [other, fresh] = losses_.emplace(*layer, &loss);
    if (!fresh)
      return add(loss.output.value.empty() ? loss.id.location : loss.output.location,
                 "the output of " + named(*layer) + " has the loss at " + to_text(other->second->id.location) +
                     " already: weighted_sum makes one of several");
    if (*layer + 1 != layers_.size()) {
      layers_[*layer].is_output = true;
      return;
    }
    main_ = number;
    if (!loss.target.columns.empty())
      add(loss.target.location, "target of " + text_of_kind_ + ": the last layer's output is compared with the target in [data]");
  }

  void check_metric(const PluginSection& metric) {
    text_of_kind_ = metric.id.value.empty() ? "[[metric]]" : metric.id.value;
    const std::optional<std::size_t> layer = find(metric);
    if (!layer || *layer + 1 == layers_.size() || losses_.contains(*layer)) return;
    std::vector<std::string> known;
    for (const auto& [number, loss] : losses_) known.push_back(names_[number]);
    fault(metric.output,
          named(*layer) + " has no loss, and metrics look at outputs that have one: " + manifest::enumerate(known));
  }

  const Plan& plan_;
  std::vector<nn::LayerSpec>& layers_;
  const std::vector<std::string> names_;
  Faults& faults_;
  std::map<std::size_t, const PluginSection*> losses_;  // by layer
  std::optional<std::size_t> main_;
  bool faulty_ = false;
  std::string text_of_kind_;
};

}  // namespace

std::optional<std::size_t> mark_outputs(const Plan& plan, std::vector<nn::LayerSpec>& layers, Faults& faults) {
  return Outputs(plan, layers, faults).mark();
}

void plan_losses(Plan& plan, Faults& faults) {
  for (std::size_t i = 0; i < plan.manifest.losses.size(); ++i) {
    auto loss = plan_plugin(plan, plan.manifest.losses[i], faults);
    if (!loss) continue;
    if (i == plan.main_loss)
      plan.loss = std::move(*loss);
    else
      plan.further_losses.push_back(std::move(*loss));
  }
}

std::vector<std::string> loss_scalars(const Plan& plan) {
  if (plan.further_losses.empty()) return {};
  std::vector<std::string> names{nn::names_of(plan.layers).back() + "_loss"};
  for (const PlannedPlugin& loss : plan.further_losses) names.push_back(loss.name());
  return names;
}

std::size_t Plan::layer_of(const PluginSection& section) const {
  const std::vector<std::string> names = nn::names_of(layers);
  const auto found = std::find(names.begin(), names.end(), section.output.value);
  return found == names.end() ? layers.size() - 1 : static_cast<std::size_t>(found - names.begin());
}

std::optional<std::size_t> Plan::target_of(const PluginSection& section) const {
  if (section.output.value.empty()) return std::nullopt;
  std::size_t number = 0;
  for (const PluginSection& each : manifest.losses) {
    const bool own = !each.target.columns.empty();
    if (layer_of(each) == layer_of(section)) return own ? std::optional(number) : std::nullopt;
    number += own ? 1 : 0;
  }
  return std::nullopt;
}

}  // namespace treino::train
