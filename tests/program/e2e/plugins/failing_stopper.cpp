// A callback that ends the run as failed, at the end of the second epoch.
#include <treino/callback.hpp>

namespace {

class FailingStopper final : public treino::Callback {
 public:
  using Callback::Callback;
  void on_epoch_end(const treino::Event& event) override {
    if (event.epoch == 1) host().stop("the cat has the data", treino::Outcome::failed);
  }
};

}  // namespace

TREINO_PLUGIN(FailingStopper, R"toml(
kind = "callback"
id = "failing_stopper"
version = "1.0.0"
summary = "ends the run as failed"
phase = "decide"
events = ["epoch_end"]
)toml")
