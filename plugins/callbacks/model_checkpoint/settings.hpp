// What a model_checkpoint was asked to save and keep.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/plugin.hpp>

#include "shared/training/frequency.hpp"

namespace model_checkpoint {

struct Settings {
  /// Throws std::invalid_argument with the fix where parameters exclude each other.
  explicit Settings(const treino::Setup& setup)
      : best_only(setup.get<bool>("save_best_only")),
        weights_only(setup.get<bool>("save_weights_only")),
        save_last(setup.get<bool>("save_last")),
        on_exception(setup.get<bool>("on_exception")),
        verbose(setup.get<std::int64_t>("verbose") > 0),
        weights(setup.get<std::string>("weights")),
        every_epochs(setup.find<std::uint64_t>("every_n_epochs")),
        every_steps(treino::steps_between(setup)),
        threshold(setup.find<double>("initial_value_threshold")),
        minutes(setup.find<double>("every_n_minutes")),
        top(setup.find<std::uint64_t>("save_top_k")),
        newest(setup.find<std::uint64_t>("keep_last_n")),
        // Between the steps of an epoch an answer may still be out when the next save is due, and what is the best depends on it.
        later(setup.get<bool>("async_checkpoint") && !(chooses() && (every_steps > 0 || minutes))) {
    if (threshold && !chooses()) throw std::invalid_argument("initial_value_threshold needs save_best_only or save_top_k");
    if (every_epochs && every_steps > 0)
      throw std::invalid_argument("every_n_epochs counts epochs, and save_freq = " + std::to_string(every_steps) +
                                  " steps: leave one of them out");
    if (top && newest) throw std::invalid_argument("save_top_k and keep_last_n exclude each other");
    if (names_a_set() && !weights_only)
      throw std::invalid_argument("weights = \"" + weights +
                                  "\" needs save_weights_only = true: a full checkpoint holds all sets of weights");
  }

  /// Whether the monitor decides what is saved.
  bool chooses() const { return best_only || top; }
  /// Whether older files go: only then it matters which ones there are.
  bool removes() const { return top || newest; }
  bool names_a_set() const { return weights != "measured" && weights != "current"; }
  /// Whether files lie beside each other.
  bool keeps_several() const { return std::max(top.value_or(1), newest.value_or(1)) > 1; }

  bool best_only, weights_only, save_last, on_exception, verbose;
  std::string weights;
  std::optional<std::uint64_t> every_epochs;
  std::uint64_t every_steps;
  std::optional<double> threshold, minutes;
  std::optional<std::uint64_t> top, newest;
  bool later;
};

}  // namespace model_checkpoint
