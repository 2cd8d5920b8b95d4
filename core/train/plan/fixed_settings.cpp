// The settings that a run keeps for its life, as the user writes and reads them.
#include "train/plan/fixed_settings.hpp"

#include <charconv>

#include "base/sha256.hpp"
#include "manifest/toml_writer.hpp"

namespace treino::train {

namespace {

std::string text(double value) {
  char digits[64];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}
std::string text(const std::optional<manifest::Located<double>>& value) { return value ? text(value->value) : "none"; }
std::string text(bool value) { return value ? "true" : "false"; }

std::string short_digest(const std::string& content) { return base::sha256(std::as_bytes(std::span(content))).substr(0, 8); }

std::string text(std::int64_t value) { return std::to_string(value); }
std::string text(const std::string& value) { return value; }
std::string text(const std::vector<std::int64_t>& values) {
  std::string result;
  for (const std::int64_t value : values) result += std::to_string(value) + " ";
  return result;
}

/// Types and sizes; of the whole, since a user compares manifests and not this.
std::string layers(const Plan& plan) {
  std::string all;
  for (const nn::LayerSpec& layer : plan.layers) {
    all += layer.type + ";" + layer.name + ";";
    for (const std::string& input : layer.inputs) all += "<" + input + ";";
    if (layer.is_output) all += ">;";
    for (const auto& [name, setting] : layer.settings.all())
      all += name + "=" + std::visit([](const auto& value) { return text(value); }, setting) + ";";
    all += "\n";
  }
  for (const auto& [number, plugin] : plan.layer_plugins)
    all += std::to_string(number) + ";" + manifest::to_toml(plugin.parameters) + "\n";
  return std::to_string(plan.layers.size()) + " layers (" + short_digest(all) + ")";
}

std::string scaling(const manifest::DataSection& data) {
  std::string all = data.scale ? "scale = " + text(*data.scale) : data.scaling;
  for (const manifest::DataInput& input : data.inputs)
    if (!input.scaling.empty()) all += ", " + input.name.value + ": " + input.scaling;
  return all;
}

std::string limit(const manifest::RunSection& run) {
  if (!run.limit_train) return "all batches";
  const std::string part = run.limit_train->share ? text(*run.limit_train->share) : std::to_string(run.limit_train->batches);
  return run.overfit ? part + " as overfit_batches" : part;
}

}  // namespace

std::vector<FixedSetting> fixed_settings(const Plan& plan) {
  const manifest::RunSection& run = plan.manifest.run;
  const manifest::DataSection& data = plan.manifest.data;
  // A run may move to a processor that has to emulate; changed_precision() says so.
  const std::string precision = run.precision.value == "float32" ? run.precision.value : "bf16 or bf16-emulated";
  return {{"run.seed", std::to_string(run.seed), false},
          {"model.layers", layers(plan), false},
          {"optimizer.plugin", plan.optimizer ? plan.optimizer->section.id.value : "", false},
          {"data.train.validation", text(data.validation_fraction), false},
          {"data.train.test", text(data.test_fraction), false},
          {"data.stratified", text(data.stratified), false},
          {"data.scaling", scaling(data), false},
          {"data.batch_size", std::to_string(data.batch_size), true},
          {"data.shuffle", text(data.shuffle), true},
          {"data.drop_last", text(data.drop_last), true},
          {"run.accumulate", run.accumulate.text(), true},
          {"run.precision", precision, false},
          {"run.kernels", run.kernels, false},
          {run.overfit ? "run.overfit_batches" : "run.limit_train", limit(run), true}};
}

std::string changed_setting(const Plan& plan, const std::vector<std::string>& before, bool within_epoch) {
  const std::vector<FixedSetting> now = fixed_settings(plan);
  for (std::size_t i = 0; i < std::min(now.size(), before.size()); ++i) {
    if (now[i].value == before[i] || (now[i].within_epoch && !within_epoch)) continue;
    return std::string(now[i].key) + " cannot change " +
           (now[i].within_epoch ? "in the middle of an epoch" : "when a run is resumed") + ": it was " + before[i] + ", and " +
           now[i].value + " is given";
  }
  return "";
}

std::string changed_precision(const Plan& plan, const std::string& before) {
  const std::string& now = plan.manifest.run.precision.value;
  if (now == before) return "";
  return "products are computed in " + now + " from here on, and were in " + before + " before: the last digits will differ";
}

std::string digest(const manifest::Table& parameters) { return short_digest(manifest::to_toml(parameters)); }

}  // namespace treino::train
