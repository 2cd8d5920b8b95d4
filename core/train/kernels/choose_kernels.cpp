// Measured numbers differ from run to run, and with them the last digits of what is trained: so a choice is made once and kept.
#include "train/kernels/choose_kernels.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "store/atomic_file.hpp"
#include "store/input_file.hpp"
#include "train/kernels/kernel_cache.hpp"
#include "train/kernels/kernel_record.hpp"
#include "train/run/run.hpp"

namespace treino::train {
namespace {

bool are_measured(const Run& run) { return run.use == Run::Use::training && run.plan.manifest.run.kernels == "measured"; }

std::string key_of(const Run& run) {
  return nn::kernel_choices_key(static_cast<int>(run.plan.manifest.run.threads)) + ", treino " TREINO_VERSION;
}

std::filesystem::path file_of(const Run& run) { return run.folder / "kernels.txt"; }

void tell_of_change(Run& run, const std::string& before, const std::string& now) {
  run.session.log().message(
      host::Log::Level::info, "",
      "kernels were chosen on " + before + ", and are chosen again on " + now + ": the last digits will differ");
}

std::int64_t trained_rows(const Run& run) { return std::min(run.plan.manifest.data.batch_size, run.data.training.count); }

/// 0 where nothing is evaluated.
std::int64_t evaluated_rows(const Run& run) {
  const manifest::DataSection& section = run.plan.manifest.data;
  const std::int64_t rows = std::max(run.data.validation.count, run.data.test.count);
  return std::min(section.evaluation_batch_size > 0 ? section.evaluation_batch_size : section.batch_size, rows);
}

/// By the first process.
KernelRecord record_for(Run& run) {
  const std::string key = key_of(run);
  if (auto recorded = KernelRecord::from_text(store::content_or_empty(file_of(run)))) {
    if (recorded->key == key) return std::move(*recorded);
    tell_of_change(run, recorded->key, key);
  }
  const nn::KernelChoices known = cached_kernels(key);
  nn::KernelChoices choices = run.model.measure_kernels(known, trained_rows(run), evaluated_rows(run));
  if (choices.count() > 0) cache_kernels(key, choices);
  choices.add(known);
  KernelRecord record{key, std::move(choices)};
  store::write_durably(file_of(run), record.to_text());
  return record;
}

}  // namespace

void choose_kernels(Run& run) {
  if (!are_measured(run)) return;
  std::string text = run.processes->is_first() ? record_for(run).to_text() : "";
  run.processes->ranks().broadcast(text);
  run.model.use_kernels(KernelRecord::from_text(text).value().choices);
}

std::string recorded_kernels(const Run& run) {
  return are_measured(run) ? KernelRecord{key_of(run), run.model.chosen_kernels()}.to_text() : "";
}

void restore_kernels(Run& run, const std::string& recorded) {
  if (!are_measured(run)) return;
  const auto record = KernelRecord::from_text(recorded);
  // The first process decides: those of others may be of another kind.
  std::string text = run.processes->is_first() && record && record->key == key_of(run) ? recorded : "";
  run.processes->ranks().broadcast(text);
  if (!text.empty()) run.model.use_kernels(KernelRecord::from_text(text).value().choices);
}

}  // namespace treino::train
