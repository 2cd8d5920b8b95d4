// Poisson loss: negative log-likelihood of counts whose rate is predicted, by its logarithm (the default) or itself.
// As torch.nn.PoissonNLLLoss; with log_input = false as keras.losses.Poisson but for predictions below 0. Parameters: log_input,
// full, epsilon, reduction.
#include <treino/kit/elementwise_loss.hpp>

namespace {

struct Counts : treino::LossCurve {
  static constexpr double infinite = std::numeric_limits<double>::infinity();
  Counts() { lowest = 0; }
  /// count * logarithm: nothing where nothing was counted, even of a rate of 0.
  TREINO_ALWAYS_INLINE static double part_of_count(double count, double logarithm) {
    return treino::fast::select((count == 0) & (logarithm == logarithm), 0.0, count * logarithm);
  }
};

struct OfLogRate : Counts {
  static constexpr double steepest = 80;  // e^80 is as large as a gradient in float should become

  TREINO_ALWAYS_INLINE treino::Term<double> at(double z, double count, std::int64_t /*output*/) const {
    const double within = treino::fast::at_most(z, steepest), power = treino::fast::exp(within);
    const double rate = power * (1 + treino::fast::at_least(z - steepest, 0.0));  // beyond, its tangent
    return {treino::fast::select(z == infinite, infinite, rate - part_of_count(count, z)), power - count};
  }
};

/// The same in float up to 80, where the rate is kept in parts until the count has been taken from it: a good prediction's gradient
/// is small.
struct OfLogRateInFloat : Counts {
  using Real = float;
  OfLogRate precise() const { return {}; }

  TREINO_ALWAYS_INLINE float first_step(float z, float /*count*/) const { return treino::fast::exp_in_parts(z).more; }
  TREINO_ALWAYS_INLINE treino::Term<float> at(float z, float count, std::int64_t /*output*/, float part) const {
    const bool tiny = z < -87.0f;  // the rate is no float any longer, and its parts none at all
    const float power = treino::fast::select(tiny, 0.0f, treino::fast::exp_in_parts(z).power);
    const float more = power * treino::fast::select(tiny, 0.0f, part);
    const float loss = (power - count * treino::fast::select(count == 0, 0.0f, z)) + more;
    return {treino::fast::select(z <= 80, loss, std::numeric_limits<float>::quiet_NaN()), (power - count) + more};
  }
};

struct OfRate : Counts {
  explicit OfRate(double added) : epsilon(added) {}

  TREINO_ALWAYS_INLINE treino::Term<double> at(double rate, double count, std::int64_t /*output*/) const {
    const double positive = treino::fast::at_least(rate, 0.0), safe = positive + epsilon;
    // A negative one is no rate: it costs by the tangent of the logarithm at 0, which leads back.
    const double logarithm = treino::fast::log(safe) + treino::fast::at_most(rate, 0.0) / epsilon;
    return {treino::fast::select(rate == infinite, infinite, positive - part_of_count(count, logarithm)),
            treino::fast::select(rate < 0, 0.0, 1.0) - count / safe};
  }
  double epsilon;
};

template <class Rate>
struct Full : Rate {
  explicit Full(const Rate& rate) : Rate(rate) {}

  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double count, std::int64_t output) const {
    const treino::Term<double> term = Rate::at(prediction, count, output);
    const double some = treino::fast::at_least(count, 1.0);
    const double stirling = some * treino::fast::log(some) - some + 0.5 * treino::fast::log(2 * 3.141592653589793 * some);
    return {term.loss + treino::fast::select(count > 1, stirling, 0.0), term.slope};
  }
};

class Poisson final : public treino::Loss {
 public:
  explicit Poisson(const treino::Setup& setup)
      : log_input_(setup.get<bool>("log_input")),
        full_(setup.get<bool>("full")),
        rate_(setup.get<double>("epsilon")),
        reduction_(setup) {}

  void prepare(const treino::Problem& problem) override {
    rate_.prepare(problem, "poisson");
    elementwise_.prepare(problem);
  }
  treino::LossValue evaluate(treino::Matrix<const float> prediction, const treino::Target& target, treino::Weights weights,
                             treino::Matrix<float> gradient) override {
    const auto evaluate_as = [&](const auto& curve) {
      return elementwise_.evaluate(curve, reduction_, prediction, target, weights, gradient);
    };
    if (log_input_) return full_ ? evaluate_as(Full(OfLogRate())) : evaluate_as(OfLogRateInFloat());
    return full_ ? evaluate_as(Full(rate_)) : evaluate_as(rate_);
  }

 private:
  bool log_input_, full_;
  OfRate rate_;
  treino::Reduction reduction_;
  treino::Elementwise elementwise_;
};

}  // namespace

TREINO_PLUGIN(Poisson, R"toml(
kind = "loss"
id = "poisson"
version = "1.0.1"
summary = "Negative log-likelihood of counts under a Poisson distribution."
target = ["values", "one_hot"]
help = """
loss of a sample = mean over outputs of exp(z) - y z, with y the count and z the prediction, the logarithm of the rate;
with log_input = false p - y log(p + epsilon), with p the prediction, the rate itself
gradient = exp(z) - y, or 1 - y / (p + epsilon), / outputs, times the sample's weight, over what `reduction` divides by
full = true adds Stirling's y log y - y + log(2 pi y) / 2 where y > 1: it changes the value only.
Above z = 80 exp(z) continues as its tangent, below p = 0 the loss continues as -y times the logarithm's tangent there, so that value and
gradient stay finite. Targets have to be 0 or above. As torch.nn.PoissonNLLLoss and keras.losses.Poisson.
A sample of weight 0 may hold anything, NaN too."""
[parameters.log_input]
type = "bool"
default = true
doc = "the model's outputs are logarithms of rates; false: rates, of a layer that gives none below 0"
[parameters.full]
type = "bool"
default = false
doc = "adds Stirling's approximation of log y!, so that values are likelihoods"
[parameters.epsilon]
type = "float"
default = 1e-8
above = 0.0
doc = "added to rates before their logarithm; for log_input = false"
)toml" TREINO_REDUCTION_TOML)
