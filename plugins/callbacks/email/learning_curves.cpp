// What is kept of a run's scalars between two mails, and saved with the run.
#include "learning_curves.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace email {

std::optional<double> LearningCurve::last() const {
  return there.empty() || there.back() == 0 ? std::nullopt : std::optional<double>(values.back());
}

std::optional<std::size_t> LearningCurve::best() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < values.size() && direction != treino::Direction::none; ++i) {
    if (there[i] == 0 || std::isnan(values[i])) continue;
    const bool better = !best || (direction == treino::Direction::lower ? values[i] < values[*best] : values[i] > values[*best]);
    if (better) best = i;
  }
  return best;
}

bool LearningCurve::empty() const {
  return std::none_of(there.begin(), there.end(), [](unsigned char is_there) { return is_there != 0; });
}

void LearningCurves::match(const treino::Host& host) {
  std::vector<LearningCurve> matched;
  for (treino::Scalar scalar = 0; scalar < host.scalar_count(); ++scalar) {
    const std::string name = host.name(scalar);
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const LearningCurve& curve) { return curve.name == name; });
    LearningCurve curve;
    if (known != all_.end()) curve = *known;
    curve.name = name;
    curve.direction = host.direction(scalar);
    curve.values.resize(epochs_.size(), std::nan(""));
    curve.there.resize(epochs_.size(), 0);
    matched.push_back(std::move(curve));
  }
  all_ = std::move(matched);
}

void LearningCurves::remember(const treino::Host& host, std::uint64_t epoch) {
  epochs_.push_back(epoch);
  for (treino::Scalar scalar = 0; scalar < all_.size(); ++scalar) {
    const std::optional<double> value = host.value(scalar);
    all_[scalar].values.push_back(value.value_or(std::nan("")));
    all_[scalar].there.push_back(value ? 1 : 0);
  }
}

void LearningCurves::save(treino::Writer& writer) const {
  writer.write(epochs_);
  writer.write(std::uint64_t{all_.size()});
  for (const LearningCurve& curve : all_) {
    writer.write(curve.name);
    writer.write(curve.values);
    writer.write(curve.there);
  }
}

LearningCurves LearningCurves::load(treino::Reader& reader) {
  LearningCurves curves;
  reader.read(curves.epochs_);
  for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
    LearningCurve& curve = curves.all_.emplace_back();
    reader.read(curve.name);
    reader.read(curve.values);
    reader.read(curve.there);
    if (curve.values.size() != curves.epochs_.size() || curve.there.size() != curves.epochs_.size())
      throw std::runtime_error("the saved numbers are not of as many epochs as they should be");
  }
  return curves;
}

}  // namespace email
