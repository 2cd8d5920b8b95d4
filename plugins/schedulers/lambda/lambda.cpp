// Any schedule, as an expression or a function in Lua: of t, counted from 0, and b, the base rate.
// As torch.optim.lr_scheduler.LambdaLR, whose function gives a factor. Parameters: lr_lambda (a factor of b) or rate (the rate
// itself).
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

#include "shared/lua/lua_function.hpp"

namespace {

class Lambda final : public treino::Scheduler {
 public:
  explicit Lambda(const treino::Setup& setup)
      : is_factor_(setup.has("lr_lambda")), function_(text(setup), {"t", "b"}, is_factor_ ? "lr_lambda" : "learning_rate") {}

  void prepare(const treino::SchedulePlan& plan) override {
    expect_rate(0, plan.base);
    if (plan.total > 0) expect_rate(plan.total - 1, plan.base);
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const double value = function_({t, base});
    return is_factor_ ? base * value : value;
  }

 private:
  static std::string text(const treino::Setup& setup) {
    if (setup.has("lr_lambda") == setup.has("learning_rate"))
      throw std::invalid_argument("give one of lr_lambda (a factor of the base rate) and rate (the rate itself)");
    return setup.get<std::string>(setup.has("learning_rate") ? "learning_rate" : "lr_lambda");
  }
  void expect_rate(std::uint64_t t, double base) const {
    const double value = learning_rate(t, base).learning_rate;
    if (!std::isfinite(value) || value < 0)
      throw std::invalid_argument(std::string(is_factor_ ? "lr_lambda" : "learning_rate") + " makes the rate " +
                                  treino::short_text(value) + " at t = " + std::to_string(t) +
                                  "; a rate is a finite number and not negative");
  }

  bool is_factor_;
  treino::LuaFunction function_;
};

}  // namespace

TREINO_PLUGIN(Lambda, R"toml(
kind = "scheduler"
id = "lambda"
version = "1.0.0"
summary = "Expression or function of your own, in Lua."
unit = "epoch"
help = """
rate = base * lr_lambda, or rate = rate. Both are Lua 5.4: an expression in t (epochs or steps from 0) and b (the base rate),
"0.95 ^ t", or a function of several lines:
  function(t, b)
    if t < 10 then return b end
    return b * exp(-0.1 * (t - 10))
  end
t is a whole number, so t // 10 and t % 3 are exact. exp, log, sqrt, cos, pi, min, max, floor and the rest of Lua's math need no prefix.
It cannot read files, start programs or draw random numbers, keeps nothing from call to call, and may take ten million instructions
a call. It is tried at the first and the last t before the run.
As torch.optim.lr_scheduler.LambdaLR."""
[parameters.lr_lambda]
type = "string"
doc = "a factor of the base rate: an expression in t and b, or function(t, b) ... end"
[parameters.learning_rate]
type = "string"
doc = "the rate itself, likewise"
)toml")
