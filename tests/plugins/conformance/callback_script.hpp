// What a case of a callback's cases.toml tells the scripted host to play. Besides name, parameters and refused (cases.hpp):
//   epochs = 5, batches = 4         planned; epochs is the length of the longest series where it is left out, batches 2
//   accumulate = 1                  batches per step
//   numbers = { loss = [...] }      values per epoch; "none": there is no value. After the last one it stays. Names with val_ have
//   theirs
//                                   from the end of validation on, the others from the first batch on; loss is there in any case
//   higher = ["accuracy"]           numbers of which higher is better
//   undirected = ["noise"]          numbers that do not say which way is better
//   losses = { "7" = nan }          the loss of a batch, counted over all epochs from 0; else that of the epoch
//   bad_gradients = [7]             batches with a NaN in a gradient
//   bad_weights = [7]               batches whose step leaves an infinity in a weight
//   vetoed = [7]                    batches whose step another callback refuses
//   rates = [0.1]                   what the schedulers give, an epoch; the last one stays
//   terminal = 80                   columns of the terminal; a list: in each epoch, the last one stays; left out: none
//   validation_batches = 1          of each epoch
//   test_batches = 3                a pass over test data when the run has ended; predict_batches the same
//   untrained = true                these passes alone, without a run, as treino evaluate and treino predict make them
//   batch_seconds = [0.5, 2]        what each batch takes on the script's clock, counted over all epochs, the last one stays;
//   data_seconds = 0.1              waiting for it before; pass_seconds = 0.1 for a batch of the other passes; 0 where left out
//   files = { "log.csv" = "..." }   that are there before
//   without = "treino.model/1"      a service that the host lacks
//   failing_saves = [0]             saves that fail, counted from 0
//   end = { after_batch = 7, outcome = "interrupted" }   the run ends there, for another reason than the callback
//   expect = { ... }                see callback_expectations.hpp
#pragma once
#include <map>
#include <set>

#include "manifest/value.hpp"
#include "plugins/conformance/plugin_under_test.hpp"
#include "plugins/conformance/scripted_host.hpp"

namespace treino::conformance {

struct Script {
  struct Series {
    std::string name;
    std::uint32_t direction;
    std::vector<std::optional<double>> values;
    std::optional<double> at(std::uint64_t epoch) const;
  };

  std::string name, without;
  manifest::Table parameters;  // completed; outputs absolute, in the folder of the run
  std::uint64_t epochs = 1, batches = 2, accumulate = 1;
  std::vector<Series> numbers;
  std::map<std::uint64_t, double> losses;
  std::set<std::uint64_t> bad_gradients, bad_weights, vetoed, failing_saves;
  std::vector<double> rates{0.1};
  std::vector<double> columns{0};
  std::uint64_t validation_batches = 1, test_batches = 0, predict_batches = 0;
  bool untrained = false;
  std::vector<double> batch_seconds{0};
  double data_seconds = 0, pass_seconds = 0;
  std::set<std::string> watched_epochs, watched_batches;  // numbers that the expectations name
  std::map<std::string, std::string> files;
  std::optional<std::uint64_t> end_after;  // a batch
  std::uint32_t end_outcome = TREINO_INTERRUPTED;
};

/// Throws std::runtime_error where the case cannot be understood, Refusal where the host's check refuses the parameters.
Script read_script(const PluginUnderTest& plugin, const manifest::Table& one, const std::filesystem::path& folder);

/// "done", "early_stopped", "interrupted", "diverged", "failed".
const char* outcome_name(std::uint32_t outcome);

}  // namespace treino::conformance
