// What every test of the program needs: a place of its own, manifests, and the program.
#pragma once
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

namespace treino::test {

namespace fs = std::filesystem;

/// Exit codes with --exit-outcome, which the workshop adds to each run and resume, so that tests see how it ended.
enum { kDone = 0, kFailed = 1, kBadInput = 2, kEarlyStopped = 3, kInterrupted = 4, kDiverged = 5 };

/// The digits, three epochs, no callback; `more` is added at the end.
std::string small_manifest(const std::string& more = "");

/// A run with everything in it that has to be remembered: dropout, batch norm, momentum, accumulated gradients, class weights, a
/// scheduler of steps and one of epochs, callbacks with state, a backup every seven steps.
std::string stateful_manifest(int accumulate = 2);

class Workshop {
 public:
  fs::path operator/(const std::string& name) const { return folder_ / name; }
  fs::path write(const std::string& name, const std::string& text) const;

  /// Arguments, folder and environment for the program; the test plugins are on $TREINO_PLUGIN_PATH.
  ProcessOptions command(std::vector<std::string> arguments) const;
  Finished treino(std::vector<std::string> arguments) const { return run_process(command(std::move(arguments))); }
  /// treino run of a manifest with this text, in the run folder `name`.
  Finished run(const std::string& manifest, const std::string& name, std::vector<std::string> more = {}) const;

 private:
  TemporaryFolder folder_;
};

/// What stands at a place of the run's summary, as JSON: fact(run, "/outcome") is "\"done\"", with its quotation marks.
std::string fact(const fs::path& run, const std::string& pointer);
std::vector<std::string> lines(const std::string& text);
bool contains(const std::string& text, const std::string& part);
/// Every file below `folder`, with its bytes.
std::map<std::string, std::string> all_files(const fs::path& folder);
/// All their bytes in one.
std::string everything(const fs::path& folder);
/// Model, best weights, history and numbers are those of `reference`, bit for bit.
void check_same_run(const fs::path& reference, const fs::path& run);
/// Waits until `file` has at least `size` bytes; false where the program ended before.
bool wait_for(Process& process, const fs::path& file, std::uintmax_t size = 1);
/// What stands after `name` in a table of two columns.
std::string value_of(const std::string& table, const std::string& name);
/// Runs reference.toml in the folder `name`, and sends `signals` once it is in its third epoch.
Finished interrupt(const Workshop& workshop, const std::string& name, const std::vector<int>& signals);
/// Starts the manifest's run in a folder and kills it when its second epoch is written down.
void cut_off(const Workshop& workshop, const std::string& manifest, const std::string& name);

}  // namespace treino::test
