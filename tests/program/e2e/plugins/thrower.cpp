// A callback that throws in one event of one epoch.
#include <treino/callback.hpp>

namespace {

using treino::Event;

class Thrower final : public treino::Callback {
 public:
  explicit Thrower(const treino::Setup& setup)
      : Callback(setup), event_(setup.get<std::string>("event")), epoch_(setup.get<std::uint64_t>("epoch")) {}

  void on_run_begin(const Event& event) override { throw_in("run_begin", event); }
  void on_epoch_begin(const Event& event) override { throw_in("epoch_begin", event); }
  void on_epoch_end(const Event& event) override { throw_in("epoch_end", event); }
  void on_batch_end(const Event& event) override { throw_in("batch_end", event); }
  void on_validation_begin(const Event& event) override { throw_in("validation_begin", event); }
  void on_run_end(const Event& event) override { throw_in("run_end", event); }

 private:
  void throw_in(const char* name, const Event& event) const {
    if (event_ == name && event.epoch >= epoch_) throw std::runtime_error("the cat is on the keyboard");
  }
  std::string event_;
  std::uint64_t epoch_;
};

}  // namespace

TREINO_PLUGIN(Thrower, R"toml(
kind = "callback"
id = "thrower"
version = "1.0.0"
summary = "throws"
phase = "measure"
events = ["run_begin", "epoch_begin", "epoch_end", "batch_end", "validation_begin", "run_end"]
[parameters.event]
type = "string"
required = true
choices = ["run_begin", "epoch_begin", "epoch_end", "batch_end", "validation_begin", "run_end"]
[parameters.epoch]
type = "int"
default = 1
)toml")
