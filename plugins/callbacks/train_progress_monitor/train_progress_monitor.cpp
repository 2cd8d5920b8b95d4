// Completed steps against epochs, for sinks that draw the one over the other. Name is TorchTNT's.
#include <treino/callback.hpp>

namespace {

class TrainProgressMonitor final : public treino::Callback {
 public:
  explicit TrainProgressMonitor(const treino::Setup& setup) : Callback(setup), steps_(host().declare("completed_steps")) {}
  void on_epoch_end(const treino::Event& event) override { host().log_scalar(steps_, static_cast<double>(event.step)); }

 private:
  treino::Scalar steps_;
};

}  // namespace

TREINO_PLUGIN(TrainProgressMonitor, R"toml(
kind = "callback"
id = "train_progress_monitor"
version = "1.0.0"
summary = "Logs completed steps against epochs."
phase = "measure"
events = ["epoch_end"]
scalars = ["completed_steps"]
no_direction = true
help = """
completed_steps: optimizer steps applied since the run began, earlier parts of a resumed run included, logged at the end of each epoch.
Steps that were skipped are not counted.
"""
)toml")
