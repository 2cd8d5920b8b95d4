// A table of initializers, and the loop that draws.
#include "nn/initializers.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "base/random.hpp"

namespace treino::nn {
namespace {

enum class Distribution { constant, uniform, normal, truncated_normal, orthogonal, scaled };

/// `amount`: the constant, or the standard deviation, of a truncated normal distribution before it is truncated.
struct Initializer {
  std::string_view name;
  Distribution distribution;
  double (*amount)(double in, double out);
};

/// Standard deviation of what a standard normal distribution has within [-2, 2].
constexpr double truncated_deviation = 0.87962566103423978;

double glorot(double in, double out) { return std::sqrt(2 / (in + out)); }
double he(double in, double) { return std::sqrt(2 / in); }
double lecun(double in, double) { return std::sqrt(1 / in); }
double zero(double, double) { return 0; }
double one(double, double) { return 1; }
double twentieth(double, double) { return 0.05; }
double twentieth_limit(double, double) { return 0.05 / std::sqrt(3.0); }

constexpr std::array<Initializer, 13> initializers{{{"glorot_uniform", Distribution::uniform, glorot},
                                                    {"glorot_normal", Distribution::normal, glorot},
                                                    {"he_uniform", Distribution::uniform, he},
                                                    {"he_normal", Distribution::normal, he},
                                                    {"lecun_uniform", Distribution::uniform, lecun},
                                                    {"lecun_normal", Distribution::normal, lecun},
                                                    {"zeros", Distribution::constant, zero},
                                                    {"ones", Distribution::constant, one},
                                                    {"normal", Distribution::normal, twentieth},
                                                    {"uniform", Distribution::uniform, twentieth_limit},
                                                    {"truncated_normal", Distribution::truncated_normal, twentieth},
                                                    {"orthogonal", Distribution::orthogonal, one},
                                                    {"variance_scaling", Distribution::scaled, one}}};

const Initializer* find(std::string_view name) {
  const auto* found = std::find_if(initializers.begin(), initializers.end(),
                                   [&](const Initializer& candidate) { return candidate.name == name; });
  return found == initializers.end() ? nullptr : found;
}

struct Drawing {
  Distribution distribution;
  double amount;
};

/// As the settings of variance_scaling say.
Drawing scaled(const InitializerSpec& how, Fans fans) {
  const double in = static_cast<double>(fans.in), out = static_cast<double>(fans.out);
  const double deviation = std::sqrt(how.scale / (how.mode == "fan_in" ? in : how.mode == "fan_out" ? out : (in + out) / 2));
  if (how.distribution == "uniform") return {Distribution::uniform, deviation};
  if (how.distribution == "untruncated_normal") return {Distribution::normal, deviation};
  return {Distribution::truncated_normal, deviation / truncated_deviation};
}

/// Number `i` of `size`. What was drawn again has an address beyond all of them.
double draw(const Drawing& drawing, const base::RandomStream& stream, std::uint64_t i, std::uint64_t size) {
  // A uniform distribution's standard deviation is limit / sqrt(3).
  if (drawing.distribution == Distribution::uniform) return (2.0 * stream.uniform(i) - 1.0) * (drawing.amount * std::sqrt(3.0));
  if (drawing.distribution == Distribution::constant) return drawing.amount;
  double number = stream.normal(i);
  while (drawing.distribution == Distribution::truncated_normal && std::abs(number) > 2) number = stream.normal(i += size);
  return number * drawing.amount;
}

/// In double, and on one thread: the bits depend on the numbers alone.
void draw_orthogonal(const base::RandomStream& stream, std::int64_t rows, std::span<float> values) {
  const auto columns = static_cast<std::int64_t>(values.size()) / rows;
  const bool wide = rows < columns;  // there, the transposed matrix has the orthonormal columns
  const auto index = [&](std::int64_t i, std::int64_t j) {
    return static_cast<std::size_t>(wide ? j * columns + i : i * columns + j);
  };
  Eigen::MatrixXd numbers(std::max(rows, columns), std::min(rows, columns));
  for (std::int64_t j = 0; j < numbers.cols(); ++j)
    for (std::int64_t i = 0; i < numbers.rows(); ++i) numbers(i, j) = stream.normal(index(i, j));
  const Eigen::HouseholderQR<Eigen::MatrixXd> decomposition(numbers);
  const Eigen::MatrixXd q = decomposition.householderQ() * Eigen::MatrixXd::Identity(numbers.rows(), numbers.cols());
  for (std::int64_t j = 0; j < q.cols(); ++j) {
    const double sign = decomposition.matrixQR()(j, j) < 0 ? -1 : 1;
    for (std::int64_t i = 0; i < q.rows(); ++i) values[index(i, j)] = static_cast<float>(sign * q(i, j));
  }
}

}  // namespace

const std::vector<std::string_view>& initializer_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Initializer& initializer : initializers) all.push_back(initializer.name);
    return all;
  }();
  return names;
}

bool is_initializer(std::string_view name) { return find(name) != nullptr; }

void initialize(const InitializerSpec& how, std::uint64_t seed, std::uint64_t parameter, const Shape& shape, Fans fans,
                std::span<float> values) {
  const Initializer* initializer = find(how.name);
  if (initializer == nullptr) throw std::invalid_argument("unknown initializer \"" + std::string(how.name) + "\"");
  Drawing drawing{initializer->distribution, initializer->amount(static_cast<double>(fans.in), static_cast<double>(fans.out))};
  if (drawing.distribution == Distribution::scaled) drawing = scaled(how, fans);
  const base::RandomStream stream(seed, base::Purpose::initializer, parameter);
  if (drawing.distribution == Distribution::orthogonal) {
    draw_orthogonal(stream, shape.front(), values);
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(draw(drawing, stream, i, values.size()));
  }
  for (float& value : values) value = static_cast<float>(value * how.gain);
}

}  // namespace treino::nn
