// A factor an epoch: the rate is the base rate times f(1) f(2) ... f(t), f being an expression or a function in Lua.
// As torch.optim.lr_scheduler.MultiplicativeLR. Parameters: lr_lambda.
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/scheduler.hpp>

#include "shared/lua/lua_function.hpp"

namespace {

class Multiplicative final : public treino::Scheduler {
 public:
  explicit Multiplicative(const treino::Setup& setup)
      : text_(setup.get<std::string>("lr_lambda")), factor_(text_, {"t"}, "lr_lambda") {}

  void prepare(const treino::SchedulePlan& plan) override { product(std::min(plan.total > 0 ? plan.total - 1 : 1, looked_at)); }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override { return base * product(t); }

  // What is saved saves time only: the products follow from the text.
  void save(treino::Writer& writer) const override {
    writer.write(text_);
    writer.write(at_);
    writer.write(product_);
    writer.write(kept_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto text = reader.get<std::string>();
    const auto at = reader.get<std::uint64_t>();
    const auto product = reader.get<double>();
    std::vector<double> kept;
    reader.read(kept);
    reader.finish();
    if (text != text_ || kept.empty()) return;
    at_ = at;
    product_ = product;
    kept_ = std::move(kept);
  }

 private:
  static constexpr std::uint64_t looked_at = 1'000'000;  // before the run
  static constexpr std::uint64_t farthest = 100'000'000;
  static constexpr std::uint64_t spacing = 1024;

  /// Always multiplied in the same order, from wherever it begins: so the bits do not depend on what was asked before.
  double product(std::uint64_t t) const {
    if (t > farthest)
      throw std::invalid_argument("a product of " + std::to_string(t) +
                                  " factors takes too long; write it as one formula, with the scheduler lambda");
    const std::uint64_t nearest = std::min<std::uint64_t>(t / spacing, kept_.size() - 1);
    if (at_ > t || at_ < nearest * spacing) {
      at_ = nearest * spacing;
      product_ = kept_[nearest];
    }
    while (at_ < t) {
      product_ *= factor(at_ + 1);
      if (++at_ == kept_.size() * spacing) kept_.push_back(product_);
    }
    return product_;
  }
  double factor(std::uint64_t t) const {
    const double value = factor_({t});
    if (!std::isfinite(value) || value < 0)
      throw std::invalid_argument("lr_lambda gives " + treino::short_text(value) + " at t = " + std::to_string(t) +
                                  "; a factor is a finite number and not negative");
    return value;
  }

  std::string text_;
  treino::LuaFunction factor_;
  mutable std::uint64_t at_ = 0;
  mutable double product_ = 1;              // of the factors up to at_
  mutable std::vector<double> kept_ = {1};  // the products at 0, spacing, 2 * spacing, ...
};

}  // namespace

TREINO_PLUGIN(Multiplicative, R"toml(
kind = "scheduler"
id = "multiplicative"
version = "1.0.0"
summary = "Learning rate times a factor of your own at each epoch, in Lua."
unit = "epoch"
help = """
rate = base * f(1) * f(2) * ... * f(t), where lr_lambda is f: a Lua 5.4 expression in t, "0.95", or function(t) ... end, with the
same means and limits as the scheduler lambda's. Every product up to t = 1,000,000 is tried before the run.
State: the products so far, so that a resumed run need not multiply again; they depend on t alone.
As torch.optim.lr_scheduler.MultiplicativeLR."""
[parameters.lr_lambda]
type = "string"
required = true
doc = "the factor at t = 1, 2, ...: an expression in t, or function(t) ... end"
)toml")
