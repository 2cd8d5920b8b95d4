// A callback whose description says that its number has no direction, and which declares one that has.
#include <treino/callback.hpp>

namespace {

class Directed final : public treino::Callback {
 public:
  explicit Directed(const treino::Setup& setup) : Callback(setup) { host().declare("score", treino::Direction::higher); }
  void on_epoch_end(const treino::Event&) override {}
};

}  // namespace

TREINO_PLUGIN(Directed, R"toml(
kind = "callback"
id = "directed"
version = "1.0.0"
summary = "a number with a direction that it must not have"
phase = "measure"
events = ["epoch_end"]
scalars = ["score"]
no_direction = true
)toml")
