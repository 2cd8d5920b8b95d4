// Names first, then shapes, then values: nothing is written into the model before all of it fits.
#include "train/initial_weights.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "nn/layers/layer_types.hpp"
#include "store/safetensors_read.hpp"
#include "store/store_error.hpp"
#include "train/torch_names.hpp"

namespace treino::train {

namespace {

using TensorEntry = store::TensorReader::Entry;
using manifest::Faults;

bool is_own(const std::string& name) { return name.rfind("treino.", 0) == 0; }

bool is_wanted(const manifest::InitialWeights& weights, const std::string& name) {
  const auto fits = [&](const std::string& pattern) { return manifest::fits(pattern, name); };
  // A counter of batches, which no computation depends on.
  if (weights.torch && name.ends_with("num_batches_tracked")) return false;
  return !is_own(name) && std::any_of(weights.include.begin(), weights.include.end(), fits) &&
         std::none_of(weights.exclude.begin(), weights.exclude.end(), fits);
}

/// The longest beginning that `rename` knows is replaced; it ends where the name does, or at a dot or slash.
std::string renamed(const manifest::InitialWeights& weights, const std::string& name) {
  const std::pair<std::string, manifest::Located<std::string>>* longest = nullptr;
  for (const auto& rule : weights.rename) {
    const std::size_t size = rule.first.size();
    const bool begins = name.rfind(rule.first, 0) == 0 && (name.size() == size || name[size] == '.' || name[size] == '/');
    if (begins && (longest == nullptr || size > longest->first.size())) longest = &rule;
  }
  return longest == nullptr ? name : longest->second.value + name.substr(longest->first.size());
}

class Matching {
 public:
  Matching(const Plan& plan, const nn::Model& model, Faults& faults)
      : weights_(*plan.manifest.weights), model_(model), faults_(faults) {
    try {
      file_.emplace(weights_.file.value);
    } catch (const store::StoreError& error) {
      faults_.add(weights_.file.location, error.what());
      return;
    }
    match();
  }

  /// Where all of it fits.
  void copy_to(nn::Model& model) const {
    for (const auto& [index, entry] : found_) {
      nn::Parameter& parameter = model.parameters()[index];
      if (!is_transposed(parameter)) {
        file_->read(*entry, std::as_writable_bytes(parameter.value));
        continue;
      }
      std::vector<float> values(parameter.value.size());
      file_->read(*entry, std::as_writable_bytes(std::span(values)));
      const auto rows = static_cast<std::size_t>(parameter.shape[0]), columns = static_cast<std::size_t>(parameter.shape[1]);
      for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t column = 0; column < columns; ++column)
          parameter.value[row * columns + column] = values[column * rows + row];
    }
  }
  std::vector<std::string> untouched() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < model_.parameters().size(); ++i)
      if (!found_.contains(i)) names.push_back(model_.parameters()[i].name);
    return names;
  }
  std::size_t found() const { return found_.size(); }

 private:
  /// Linear keeps its weight as outputs x inputs, dense as inputs x outputs.
  bool is_transposed(const nn::Parameter& parameter) const {
    if (!weights_.torch || parameter.shape.size() != 2) return false;
    const std::string layer = parameter.name.substr(0, parameter.name.rfind('/'));
    const auto& layers = model_.layers();
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const nn::LayerInfo& info) { return info.name == layer; });
    const nn::LayerType* type = found == layers.end() ? nullptr : nn::find_layer_type(found->type);
    return type != nullptr && type->transposed_in_torch;
  }

  void fault(const std::string& text) { faults_.add(weights_.file.location, weights_.file.value + ": " + text); }

  void match() {
    std::vector<std::pair<std::string, const TensorEntry*>> wanted;  // the model's name
    for (const TensorEntry& entry : file_->tensors())
      if (is_wanted(weights_, entry.name)) wanted.emplace_back(renamed(weights_, entry.name), &entry);
    if (wanted.empty()) return fault("holds no tensor that include and exclude leave");
    std::vector<std::string> names;
    names.reserve(model_.parameters().size());
    for (const nn::Parameter& parameter : model_.parameters()) names.push_back(parameter.name);
    if (weights_.torch) {
      std::vector<std::string> theirs;
      theirs.reserve(wanted.size());
      for (const auto& [name, entry] : wanted) theirs.push_back(name);
      const std::vector<std::string> ours = from_torch_names(theirs, names);
      for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].first = ours[i];
    }
    for (const auto& [name, entry] : wanted) take(name, *entry, names);
  }

  void take(const std::string& name, const TensorEntry& entry, const std::vector<std::string>& names) {
    const auto at = std::find(names.begin(), names.end(), name);
    const std::string called = "tensor '" + entry.name + "'" + (name == entry.name ? "" : " ('" + name + "' here)");
    if (at == names.end())
      return fault(called + " is no parameter of the model: rename it, or exclude it." + manifest::suggestion(name, names) +
                   " The model has: " + manifest::enumerate(names));
    const auto index = static_cast<std::size_t>(at - names.begin());
    const nn::Parameter& parameter = model_.parameters()[index];
    nn::Shape expected = parameter.shape;
    if (is_transposed(parameter)) std::reverse(expected.begin(), expected.end());
    if (entry.type != store::DType::F32) return fault(called + " is not of type F32 (32-bit floats)");
    if (entry.shape != expected)
      return fault(called + " has shape " + nn::to_text(entry.shape) + ", and the model's " + parameter.name + " takes " +
                   nn::to_text(expected));
    if (!found_.emplace(index, &entry).second)
      fault(called + " and tensor '" + found_[index]->name + "' are both " + parameter.name);
  }

  const manifest::InitialWeights& weights_;
  const nn::Model& model_;
  Faults& faults_;
  std::optional<store::TensorReader> file_;
  std::map<std::size_t, const TensorEntry*> found_;  // by the parameter's number
};

}  // namespace

void load_initial_weights(const Plan& plan, nn::Model& model, host::Log& log) {
  Faults faults;
  const Matching matching(plan, model, faults);
  if (!faults.empty()) throw manifest::ManifestError(faults);
  matching.copy_to(model);
  std::string text = std::to_string(matching.found()) + " parameters begin as in " + plan.manifest.weights->file.value;
  if (const std::vector<std::string> rest = matching.untouched(); !rest.empty())
    text += "; these keep their own beginning: " + manifest::enumerate(rest);
  log.message(host::Log::Level::info, "", text);
}

void check_initial_weights(const Plan& plan, Faults& faults) {
  // Which parameters a plugin's layer has is known when it is there.
  if (!plan.manifest.weights || !plan.input || plan.shapes.empty() || !plan.layer_plugins.empty()) return;
  const nn::Model model(plan.layers, *plan.input, 1, plan.manifest.run.seed, 1, nn::InitialValues::zero);
  const Matching matching(plan, model, faults);
}

}  // namespace treino::train
