// Sentences and figures of a run.
#include "library/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/counted.hpp"
#include "base/figures.hpp"
#include "base/secrets.hpp"
#include "store/atomic_file.hpp"

namespace treino::library {

namespace {

nlohmann::json to_json(const train::NamedScalars& scalars) {
  nlohmann::json result = nlohmann::json::object();
  for (const auto& [name, value] : scalars)
    result[name] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(base::exact(value));
  return result;
}

}  // namespace

void introduce(host::Screen& screen, const train::Run& run, const train::RunFolder& folder) {
  std::int64_t parameters = 0;
  for (const nn::LayerInfo& layer : run.model.layers()) parameters += layer.parameters;
  if (run.plan.own_loop)
    for (const nn::Parameter& parameter : run.model.parameters()) parameters += static_cast<std::int64_t>(parameter.value.size());
  const train::DataRecord& data = run.data.record;
  std::string samples = base::grouped(data.training_samples) + " training";
  if (data.validation_samples > 0) samples += ", " + base::grouped(data.validation_samples) + " validation";
  if (data.test_samples > 0) samples += ", " + base::grouped(data.test_samples) + " test";
  const manifest::RunSection& section = run.plan.manifest.run;
  std::string line = fmt::format("{}: {} samples; {} parameters", section.name.value, samples, base::grouped(parameters));
  if (!run.plan.own_loop) line += fmt::format("; seed {}; {}", section.seed, base::counted(section.threads, "thread", "threads"));
  if (section.precision.value != "float32") line += "; " + section.precision.value;
  screen.line(line);
  screen.line(run.plan.dry ? "dry run: two batches of each pass, of which nothing is kept"
                           : "run folder: " + folder.path().string());
}

void write_summary(const train::RunFolder& folder, const train::Run& run, const train::Result& result, double seconds) {
  nlohmann::json summary = {{"outcome", host::name_of(result.outcome)},
                            {"reason", base::without_secrets(result.reason)},
                            {"seconds", seconds},
                            {"epochs", result.epochs},
                            {"steps", run.progress.position().step},
                            {"scalars", to_json(result.scalars)}};
  if (result.best)
    summary["best"] = {
        {"epoch", result.best->epoch + 1}, {"lowest", train::compared_by(run)}, {"scalars", to_json(result.best->scalars)}};
  store::write_durably(folder.summary(), summary.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

/// The first few; all of them are in the summary.
std::string figures(const train::NamedScalars& scalars) {
  constexpr std::size_t shown = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, scalars.size()); ++i)
    text += (text.empty() ? "" : "  ") + scalars[i].first + " " + base::brief(scalars[i].second);
  if (scalars.size() > shown) text += fmt::format("  and {} more in summary.json", scalars.size() - shown);
  return text;
}

void show_epochs(host::Screen& screen, const train::Run& run, const train::Result& result) {
  if (!result.last.empty()) screen.line(fmt::format("last epoch {}: {}", result.epochs, figures(result.last)));
  if (result.best)
    screen.line(fmt::format("best epoch {}: {} (lowest {})", result.best->epoch + 1, figures(result.best->scalars),
                            train::compared_by(run)));
}

}  // namespace treino::library
