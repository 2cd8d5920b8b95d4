// Every number is looked at before it becomes a size.
#include "library/own_setup.hpp"

#include <cmath>
#include <stdexcept>
#include <string>

#include "base/input_error.hpp"

namespace treino::library {

namespace {

using base::InputError;

[[noreturn]] void refuse(const std::string& what) { throw InputError("treino_loop_setup: " + what); }

void check(const treino_loop_setup& setup) {
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  if (setup.training_samples < 1 || setup.training_samples > most) refuse("training_samples is to be at least 1");
  if (setup.batches_per_epoch < 1 || setup.batches_per_epoch > setup.training_samples)
    refuse("batches_per_epoch is to be at least 1, and at most training_samples");
  if (setup.largest_batch < 1 || setup.largest_batch > (std::uint64_t{1} << 31)) refuse("largest_batch is to be at least 1");
  if ((setup.validation_samples == 0) != (setup.validation_batches == 0) || setup.validation_batches > setup.validation_samples)
    refuse("validation_samples and validation_batches do not fit each other");
  if (!std::isfinite(setup.learning_rate) || setup.learning_rate < 0) refuse("learning_rate is to be finite and not negative");
  constexpr std::int64_t widest = std::int64_t{1} << 31;
  if (setup.outputs < 0 || setup.classes < 0 || setup.target_width < 0 || setup.outputs > widest || setup.classes > widest ||
      setup.target_width > widest)
    refuse("outputs, classes and target_width cannot be negative, or that large");
  if (setup.outputs > 0 && (setup.prediction < TREINO_PREDICTION_VALUES || setup.prediction > TREINO_PREDICTION_LOGITS))
    refuse("prediction is to be TREINO_PREDICTION_VALUES, _PROBABILITIES or _LOGITS");
  if (setup.class_name_count != 0 && setup.class_name_count != static_cast<std::uint64_t>(setup.classes))
    refuse(std::to_string(setup.class_name_count) + " class_names for " + std::to_string(setup.classes) + " classes");
}

void set_functions(const treino_loop_state& state, train::OwnLoop& loop) {
  if (state.save == nullptr) return;
  loop.save = [state] {
    std::vector<unsigned char> bytes;
    const auto write = [](void* sink, const void* from, std::uint64_t count) {
      const auto* first = static_cast<const unsigned char*>(from);
      static_cast<std::vector<unsigned char>*>(sink)->insert(static_cast<std::vector<unsigned char>*>(sink)->end(), first,
                                                             first + count);
    };
    if (state.save(state.context, write, &bytes) != 0)
      throw std::runtime_error("the program's function could not save its state");
    return bytes;
  };
  loop.restore = [state](std::span<const unsigned char> bytes) {
    if (state.restore(state.context, bytes.data(), bytes.size()) != 0)
      throw std::runtime_error("the program's function could not restore its state");
  };
}

}  // namespace

train::OwnLoop own_loop_of(const treino_loop_setup& setup, const treino_loop_state& state) {
  check(setup);
  train::OwnLoop loop;
  loop.training_samples = setup.training_samples;
  loop.validation_samples = setup.validation_samples;
  loop.batches_per_epoch = setup.batches_per_epoch;
  loop.validation_batches = setup.validation_batches;
  loop.largest_batch = static_cast<std::int64_t>(setup.largest_batch);
  loop.outputs = setup.outputs;
  loop.target = setup.outputs == 0  ? data::TargetKind::none
                : setup.classes > 0 ? data::TargetKind::index
                                    : data::TargetKind::values;
  loop.target_width = setup.classes > 0 ? setup.classes : setup.target_width > 0 ? setup.target_width : setup.outputs;
  loop.prediction = setup.outputs == 0 ? std::uint32_t{TREINO_PREDICTION_VALUES} : setup.prediction;
  loop.independent = setup.independent != 0 ? 1 : 0;
  for (std::int64_t i = 0; i < setup.classes; ++i) {
    const bool named = setup.class_name_count != 0;
    if (named && (setup.class_names == nullptr || setup.class_names[i] == nullptr))
      refuse("the name of class " + std::to_string(i) + " is missing");
    loop.class_names.push_back(named ? setup.class_names[i] : std::to_string(i));
  }
  loop.learning_rate = setup.learning_rate;
  set_functions(state, loop);
  return loop;
}

}  // namespace treino::library
