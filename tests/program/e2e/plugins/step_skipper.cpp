// A callback that refuses the first three gradients of each epoch.
#include <treino/callback.hpp>

namespace {

class StepSkipper final : public treino::Callback {
 public:
  explicit StepSkipper(const treino::Setup& setup) : Callback(setup) {}
  void on_epoch_begin(const treino::Event&) override { skipped_ = 0; }
  void on_backward_end(const treino::Event&) override {
    if (skipped_++ < 3) host().skip_step("not yet");
  }

 private:
  int skipped_ = 0;
};

}  // namespace

TREINO_PLUGIN(StepSkipper, R"toml(
kind = "callback"
id = "step_skipper"
version = "1.0.0"
summary = "refuses the first three gradients of each epoch"
phase = "decide"
events = ["epoch_begin", "backward_end"]
)toml")
