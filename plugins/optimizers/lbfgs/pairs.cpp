// The pairs and the direction that they make: algorithm 7.4 of J. Nocedal, S. Wright, Numerical Optimization, 2006.
#include "pairs.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace treino::lbfgs {

namespace {

std::size_t bytes_of(const ParameterStep& p) { return static_cast<std::size_t>(p.size()) * sizeof(float); }

void add_to(std::vector<float>& direction, const Vectors& vectors, int place, double factor) {
  const auto rounded = static_cast<float>(factor);
  vectors.each([&](const ParameterStep& p, std::int64_t offset) {
    const float* added = p.state(place).data();
    float* to = direction.data() + offset;
    for (std::int64_t i = 0; i < p.size(); ++i) to[i] += rounded * added[i];
  });
}

}  // namespace

void Pairs::begin_step(const Vectors& vectors) {
  for (int pair = 0; pair < count(); ++pair)
    curvatures_[static_cast<std::size_t>(pair)] = vectors.dot(state_of(Places::step(pair)), state_of(Places::change(pair)));
}

void Pairs::forget(const Vectors& vectors) {
  std::fill(curvatures_.begin(), curvatures_.end(), 0.0);
  vectors.each([&](const ParameterStep& p, std::int64_t) {
    for (int pair = 0; pair < count(); ++pair) std::fill_n(p.state(Places::step(pair)).data(), p.size(), 0.0f);
  });
}

void Pairs::add_last(const Vectors& vectors) {
  double curvature = 0;
  vectors.each([&](const ParameterStep& p, std::int64_t) {
    const auto step = p.state(Places::last_step), before = p.state(Places::last_gradient);
    const auto gradient = p.gradient();
    for (std::int64_t i = 0; i < p.size(); ++i)
      curvature += static_cast<double>(step[i]) * static_cast<double>(gradient[i] - before[i]);
  });
  if (!(curvature > 1e-10) || !std::isfinite(curvature)) return;
  std::copy_backward(curvatures_.begin(), curvatures_.end() - 1, curvatures_.end());
  curvatures_.front() = curvature;
  vectors.each([&](const ParameterStep& p, std::int64_t) {
    for (int pair = count() - 1; pair > 0; --pair) {
      std::memcpy(p.state(Places::step(pair)).data(), p.state(Places::step(pair - 1)).data(), bytes_of(p));
      std::memcpy(p.state(Places::change(pair)).data(), p.state(Places::change(pair - 1)).data(), bytes_of(p));
    }
    std::memcpy(p.state(Places::step(0)).data(), p.state(Places::last_step).data(), bytes_of(p));
    float* change = p.state(Places::change(0)).data();
    const float* before = p.state(Places::last_gradient).data();
    for (std::int64_t i = 0; i < p.size(); ++i) change[i] = p.gradient()[i] - before[i];
  });
}

void Pairs::choose(const Vectors& vectors, std::vector<float>& direction) {
  vectors.each([&](const ParameterStep& p, std::int64_t offset) {
    std::transform(p.gradient().begin(), p.gradient().end(), direction.begin() + offset, [](float value) { return -value; });
  });
  for (int pair = 0; pair < count(); ++pair) {
    const auto place = static_cast<std::size_t>(pair);
    if (curvatures_[place] <= 0) continue;
    shares_[place] = vectors.dot(state_of(Places::step(pair)), values_of(direction)) / curvatures_[place];
    add_to(direction, vectors, Places::change(pair), -shares_[place]);
  }
  if (curvatures_.front() > 0) {
    const double squares = vectors.dot(state_of(Places::change(0)), state_of(Places::change(0)));
    const auto scale = static_cast<float>(curvatures_.front() / squares);
    for (float& value : direction) value *= scale;
  }
  for (int pair = count() - 1; pair >= 0; --pair) {
    const auto place = static_cast<std::size_t>(pair);
    if (curvatures_[place] <= 0) continue;
    const double share = vectors.dot(state_of(Places::change(pair)), values_of(direction)) / curvatures_[place];
    add_to(direction, vectors, Places::step(pair), shares_[place] - share);
  }
}

}  // namespace treino::lbfgs
