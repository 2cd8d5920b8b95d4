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

enum class Distribution { constant, uniform, normal, orthogonal };

/// `amount`: the constant, or the standard deviation.
struct Initializer {
  std::string_view name;
  Distribution distribution;
  double (*amount)(double in, double out);
};

double glorot(double in, double out) { return std::sqrt(2 / (in + out)); }
double he(double in, double) { return std::sqrt(2 / in); }
double lecun(double in, double) { return std::sqrt(1 / in); }
double zero(double, double) { return 0; }
double one(double, double) { return 1; }
double twentieth(double, double) { return 0.05; }
double twentieth_limit(double, double) { return 0.05 / std::sqrt(3.0); }

constexpr std::array<Initializer, 11> initializers{{{"glorot_uniform", Distribution::uniform, glorot},
                                                    {"glorot_normal", Distribution::normal, glorot},
                                                    {"he_uniform", Distribution::uniform, he},
                                                    {"he_normal", Distribution::normal, he},
                                                    {"lecun_uniform", Distribution::uniform, lecun},
                                                    {"lecun_normal", Distribution::normal, lecun},
                                                    {"zeros", Distribution::constant, zero},
                                                    {"ones", Distribution::constant, one},
                                                    {"normal", Distribution::normal, twentieth},
                                                    {"uniform", Distribution::uniform, twentieth_limit},
                                                    {"orthogonal", Distribution::orthogonal, one}}};

const Initializer* find(std::string_view name) {
  const auto* found = std::find_if(initializers.begin(), initializers.end(),
                                   [&](const Initializer& candidate) { return candidate.name == name; });
  return found == initializers.end() ? nullptr : found;
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

void initialize(std::string_view name, std::uint64_t seed, std::uint64_t parameter, const Shape& shape, Fans fans, double gain,
                std::span<float> values) {
  const Initializer* initializer = find(name);
  if (initializer == nullptr) throw std::invalid_argument("unknown initializer \"" + std::string(name) + "\"");
  const double amount = initializer->amount(static_cast<double>(fans.in), static_cast<double>(fans.out));
  const base::RandomStream stream(seed, base::Purpose::initializer, parameter);
  if (initializer->distribution == Distribution::orthogonal) draw_orthogonal(stream, shape.front(), values);
  const double limit = amount * std::sqrt(3.0);  // a uniform distribution's standard deviation is limit / sqrt(3)
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (initializer->distribution) {
      case Distribution::constant:
        values[i] = static_cast<float>(amount);
        break;
      case Distribution::uniform:
        values[i] = static_cast<float>((2.0 * stream.uniform(i) - 1.0) * limit);
        break;
      case Distribution::normal:
        values[i] = static_cast<float>(stream.normal(i) * amount);
        break;
      case Distribution::orthogonal:
        break;
    }
  }
  for (float& value : values) value = static_cast<float>(value * gain);
}

}  // namespace treino::nn
