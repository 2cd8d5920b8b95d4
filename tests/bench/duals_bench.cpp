// What a derivative that dual.hpp derives costs against one that is written by hand: value and gradient of a loss over a batch of
// 4096 x 1000. Medians of rounds that take turns, in milliseconds of one thread.
//   build/release/tests/bench_duals [rounds [samples outputs]]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <random>
#include <treino/kit/dual.hpp>
#include <vector>

namespace {

struct AsymmetricByHand : treino::LossCurve {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, side = treino::fast::select(error < 0, 2.0, 1.0);
    return {side * error * error, 2 * side * error};
  }
};
struct AsymmetricDerived : treino::AutodiffCurve<AsymmetricDerived> {
  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
    const Number error = prediction - target;
    return treino::fast::select(error < 0, 2.0, 1.0) * square(error);
  }
};

struct PseudoHuberByHand : treino::LossCurve {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double error = prediction - target, root = std::sqrt(1 + error * error);
    return {root - 1, error / root};
  }
};
struct PseudoHuberDerived : treino::AutodiffCurve<PseudoHuberDerived> {
  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
    return sqrt(1 + square(prediction - target)) - 1;
  }
};

struct SoftplusByHand : treino::LossCurve {
  TREINO_ALWAYS_INLINE treino::Term<double> at(double prediction, double target, std::int64_t /*output*/) const {
    const double power = treino::fast::exp(prediction);
    return {treino::fast::log1p(power) - target * prediction, power / (1 + power) - target};
  }
};
struct SoftplusDerived : treino::AutodiffCurve<SoftplusDerived> {
  template <class Number>
  TREINO_ALWAYS_INLINE Number loss(Number prediction, double target) const {
    return log1p(exp(prediction)) - target * prediction;
  }
};

double milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

struct Data {
  Data(std::int64_t samples, std::int64_t outputs)
      : size{samples, outputs},
        prediction(static_cast<std::size_t>(samples * outputs)),
        target(prediction.size()),
        gradient(target.size()) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& value : prediction) value = uniform(random);
    for (float& value : target) value = uniform(random);
  }
  std::int64_t size[2];
  std::vector<float> prediction, target, gradient;
};

template <class Curve>
double time_of(Data& data, treino::Elementwise& elementwise, const treino::Reduction& reduction) {
  const auto [samples, outputs] = data.size;
  const double start = milliseconds();
  elementwise.evaluate(Curve(), reduction, {data.prediction.data(), samples, outputs, outputs},
                       treino::Target(treino::Matrix<const float>(data.target.data(), samples, outputs, outputs)),
                       treino::Weights(), {data.gradient.data(), samples, outputs, outputs});
  return milliseconds() - start;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class ByHand, class Derived>
void compare(const char* name, int rounds, Data& data) {
  treino_parameter mean{"reduction", {}};
  mean.value.type = TREINO_TEXT;
  mean.value.count = 4;
  mean.value.as.text = "mean";
  const treino::Reduction reduction(treino::Setup(nullptr, &mean, 1));
  treino::Elementwise elementwise;
  elementwise.prepare(treino::Problem({sizeof(treino_problem), TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, 0, data.size[1], 0,
                                       data.size[0], nullptr, data.size[1]}));
  std::vector<double> hand, derived;
  for (int round = -2; round < rounds; ++round) {
    const double first = time_of<ByHand>(data, elementwise, reduction), second = time_of<Derived>(data, elementwise, reduction);
    if (round >= 0) hand.push_back(first), derived.push_back(second);
  }
  fmt::print("{:16} by hand {:8.4f} ms, derived {:8.4f} ms, {:.2f} times\n", name, median(hand), median(derived),
             median(derived) / median(hand));
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 25;
  Data data(count > 3 ? std::atoll(arguments[2]) : 4096, count > 3 ? std::atoll(arguments[3]) : 1000);
  compare<AsymmetricByHand, AsymmetricDerived>("asymmetric_mse", rounds, data);
  compare<PseudoHuberByHand, PseudoHuberDerived>("pseudo_huber", rounds, data);
  compare<SoftplusByHand, SoftplusDerived>("softplus", rounds, data);
}
