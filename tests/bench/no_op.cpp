// Hears everything that happens in a step, and does nothing.
#include <treino/callback.hpp>

namespace {

class NoOp final : public treino::Callback {
 public:
  void on_batch_begin(const treino::Moment&) override {}
  void on_batch_end(const treino::Moment&) override {}
  void on_backward_end(const treino::Moment&) override {}
  void on_step_end(const treino::Moment&) override {}
};

}  // namespace

TREINO_PLUGIN(NoOp, R"toml(
kind = "callback"
id = "no_op"
version = "1.0.0"
summary = "does nothing at every event of a step"
phase = "measure"
events = ["batch_begin", "batch_end", "backward_end", "step_end"]
)toml")
