// Hears what happens in a step, and does nothing.
#include <treino/callback.hpp>

namespace {

class NoOp final : public treino::Callback {
 public:
  explicit NoOp(const treino::Setup& setup) : Callback(setup), once_(setup.get<bool>("once")) {}
  void on_batch_begin(const treino::Event&) override {}
  void on_batch_end(const treino::Event&) override {}
  void on_backward_end(const treino::Event&) override {}
  void on_step_end(const treino::Event&) override {}
  std::uint64_t wanted() const override { return once_ ? std::uint64_t{1} << TREINO_BATCH_END : ~std::uint64_t{0}; }

 private:
  bool once_;
};

}  // namespace

TREINO_PLUGIN(NoOp, R"toml(
kind = "callback"
id = "no_op"
version = "1.0.0"
summary = "does nothing at the events of a step"
phase = "measure"
events = ["batch_begin", "batch_end", "backward_end", "step_end"]
[parameters.once]
type = "bool"
default = false
doc = "hear batch_end only"
)toml")
