// Sets the base learning rate by a formula of the epoch, the step and the rate that it set last; schedulers and factors act on
// it. As Keras's LearningRateScheduler. Parameters: schedule, unit.
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/state_version.hpp>

#include "shared/lua/lua_function.hpp"

namespace {

using treino::Event;

class LearningRateScheduler final : public treino::Callback {
 public:
  explicit LearningRateScheduler(const treino::Setup& setup)
      : Callback(setup),
        schedule_(setup.get<std::string>("schedule"), {"epoch", "step", "lr"}, "schedule"),
        counts_steps_(setup.get<std::string>("unit") == "step"),
        verbose_(setup.get<std::int64_t>("verbose") > 0) {}

  void on_run_begin(const Event& event) override {
    const double base = host().base_learning_rate();
    const bool given = event.resumed != 0 && saved_base_ && *saved_base_ != base;  // by the user, for the rest of the run
    if (!rate_ || given) rate_ = base;
    // A formula that cannot be used is told before the first batch, whatever the unit.
    const double first = evaluate(event);
    // The rate of a resumed run's next step was set before it was saved.
    if (counts_steps_ && !(event.resumed != 0 && set_for_ == event.step && !given)) set(first, event);
  }
  void on_epoch_begin(const Event& event) override {
    if (!counts_steps_) set(evaluate(event), event);
  }
  void on_step_end(const Event& event) override { set(evaluate(event), event); }

  std::uint64_t wanted() const override {
    const std::uint64_t step_end = std::uint64_t{1} << TREINO_STEP_END;
    return counts_steps_ ? ~std::uint64_t{0} : ~step_end;
  }

  void save(treino::Writer& writer) const override {
    write_optional(writer, rate_);
    writer.write(set_for_);
    writer.write(host().base_learning_rate());
  }
  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    const auto rate = treino::read_optional(reader);
    const auto set_for = reader.get<std::uint64_t>();
    const auto base = reader.get<double>();
    reader.finish();
    saved_base_ = base;
    rate_ = rate;
    set_for_ = set_for;
  }

 private:
  double evaluate(const Event& event) const {
    const double rate = schedule_({event.epoch, event.step, *rate_});
    if (!std::isfinite(rate) || rate < 0)
      throw std::domain_error("schedule gives " + treino::short_text(rate) + " at epoch = " + std::to_string(event.epoch) +
                              ", step = " + std::to_string(event.step) + "; a rate is a finite number and not negative");
    return rate;
  }
  void set(double rate, const Event& event) {
    host().set_base_learning_rate(rate);
    rate_ = rate;
    set_for_ = event.step;
    if (verbose_)
      host().info((counts_steps_ ? "step " + std::to_string(event.step) : "epoch " + std::to_string(event.epoch)) +
                  ": the learning rate is set to " + treino::short_text(rate));
  }

  treino::LuaFunction schedule_;
  bool counts_steps_, verbose_;

  std::optional<double> rate_;        // what `lr` is
  std::optional<double> saved_base_;  // the base rate when the run was saved
  std::uint64_t set_for_ = 0;         // the step that comes after it was set
};

}  // namespace

TREINO_PLUGIN(LearningRateScheduler, R"toml(
kind = "callback"
id = "learning_rate_scheduler"
version = "1.1.0"
state_version = 2
summary = "Sets the base learning rate by a formula of epoch, step and the previous learning rate."
phase = "mutate"
events = ["run_begin", "epoch_begin", "step_end"]
help = """
schedule is Lua 5.4: an expression in epoch and step (both from 0) and lr, "lr * 0.9", or a function of several lines:
  function(epoch, step, lr)
    if epoch < 10 then return lr end
    return lr * exp(-0.1)
  end
It is asked at each epoch's beginning, or, with unit = "step", before each step that is applied. lr is the rate that it gave last, the
optimizer's at first and after a resume that was given another one, without what schedulers and reduce_lr_on_plateau make of it: they act on what it gives.
Means and limits are those of the scheduler lambda: mathematics without a prefix, no files, no chance, nothing kept between calls. A
schedule of t alone is better a scheduler: `treino lr` can draw it.
State: lr, and the base rate. As keras.callbacks.LearningRateScheduler."""
[parameters.schedule]
type = "string"
required = true
doc = "the rate: an expression in epoch, step and lr, or function(epoch, step, lr) ... end"
[parameters.verbose]
type = "int"
default = 0
min = 0
max = 1
doc = "1: a line in the log each time it sets the rate"
[parameters.unit]
type = "string"
default = "epoch"
choices = ["epoch", "step"]
doc = "when it is asked"
)toml")
