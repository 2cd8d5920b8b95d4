// A callback that asks the host for what it must refuse, and says what it is answered; and where the set of weights "ema" is.
#include <treino/callback.hpp>

namespace {

using treino::Event;

class Asker final : public treino::Callback {
 public:
  explicit Asker(const treino::Setup& setup) : Callback(setup), refused_(setup.get<bool>("refused")) {}

  void on_run_begin(const Event&) override {
    if (!refused_) return;
    ask("another set", [&] { host().find_weights("emma"); });
    ask("a set that is taken", [&] { host().make_weights("ema"); });
    ask("a set's bad name", [&] { host().make_weights("E M A"); });
    ask("trial steps at a rate below 0", [&] { host().trial_steps(2, [](std::uint64_t, double) { return -1.0; }); });
    ask("trial steps that throws",
        [&] { host().trial_steps(2, [](std::uint64_t, double) -> double { throw std::runtime_error("thrown in between"); }); });
    ask("statistics that learn", [&] { host().set_trainable(statistics(), true); });
    host().save_weights(std::string(host().run().folder) + "/never.safetensors", "emma");
  }
  void on_backward_end(const Event& event) override {
    if (!refused_ || event.step > 0) return;
    ask("a swap before a step", [&] { host().swap_weights(host().find_weights("ema")); });
    ask("a freeze before a step", [&] { host().set_trainable(0, false); });
    ask("statistics before a step", [&] { host().estimate_statistics(); });
  }
  void on_validation_begin(const Event& event) override {
    say("validation_begin");
    if (!refused_ || event.epoch > 0) return;
    ask("trial steps in a pass", [&] { host().trial_steps(1, [](std::uint64_t, double) { return 0.1; }); });
    ask("statistics in a pass", [&] { host().estimate_statistics(); });
  }
  void on_epoch_end(const Event&) override { say("epoch_end"); }
  void on_run_end(const Event&) override { say("run_end"); }
  void on_test_begin(const Event&) override { say("test_begin"); }
  void on_checkpoint_saved(const Event& event) override {
    host().info("a file of another set: " + std::string(event.outcome == TREINO_DONE ? "saved" : event.text));
  }

 private:
  template <class Call>
  void ask(const std::string& what, Call&& call) const {
    try {
      call();
      host().info(what + ": granted");
    } catch (const std::exception& refusal) {
      host().info(what + ": " + refusal.what());
    }
  }
  void say(const std::string& event) const {
    host().info("averages in the model at " + event + ": " + (host().swapped(host().find_weights("ema")) ? "yes" : "no"));
  }
  std::uint32_t statistics() const {
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i)
      if (!host().trainable(i)) return i;
    throw std::logic_error("the model has none");
  }
  bool refused_;
};

}  // namespace

TREINO_PLUGIN(Asker, R"toml(
kind = "callback"
id = "asker"
version = "1.0.0"
summary = "asks for what is refused"
phase = "report"
events = ["run_begin", "epoch_end", "backward_end", "validation_begin", "test_begin", "checkpoint_saved", "run_end"]
[parameters.refused]
type = "bool"
default = true
)toml")
