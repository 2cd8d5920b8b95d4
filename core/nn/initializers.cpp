// A table of initializers, and the loop that draws.
#include "nn/initializers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "base/random.hpp"

namespace treino::nn {
namespace {

enum class Distribution { constant, uniform, normal };

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

constexpr std::array<Initializer, 10> initializers{{{"glorot_uniform", Distribution::uniform, glorot},
                                                    {"glorot_normal", Distribution::normal, glorot},
                                                    {"he_uniform", Distribution::uniform, he},
                                                    {"he_normal", Distribution::normal, he},
                                                    {"lecun_uniform", Distribution::uniform, lecun},
                                                    {"lecun_normal", Distribution::normal, lecun},
                                                    {"zeros", Distribution::constant, zero},
                                                    {"ones", Distribution::constant, one},
                                                    {"normal", Distribution::normal, twentieth},
                                                    {"uniform", Distribution::uniform, twentieth_limit}}};

const Initializer* find(std::string_view name) {
  const auto* found = std::find_if(initializers.begin(), initializers.end(),
                                   [&](const Initializer& candidate) { return candidate.name == name; });
  return found == initializers.end() ? nullptr : found;
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

void initialize(std::string_view name, std::uint64_t seed, std::uint64_t parameter, Fans fans, std::span<float> values) {
  const Initializer* initializer = find(name.empty() ? "glorot_uniform" : name);
  if (initializer == nullptr) throw std::invalid_argument("unknown initializer \"" + std::string(name) + "\"");
  const double amount = initializer->amount(static_cast<double>(fans.in), static_cast<double>(fans.out));
  const base::RandomStream stream(seed, base::Purpose::initializer, parameter);
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
    }
  }
}

}  // namespace treino::nn
