// The run's scalars, epoch by epoch: what mails and reports tell of a run, and a part of their state.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/host.hpp>
#include <treino/state.hpp>
#include <utility>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// A scalar over the epochs; NaN and `there` 0 where it had no value.
struct LearningCurve {
  std::string name;
  Direction direction = Direction::none;
  std::vector<double> values;
  std::vector<unsigned char> there;

  /// Returns whether it has never had a value.
  bool empty() const { return std::find(there.begin(), there.end(), 1) == there.end(); }
  /// Returns its value after the newest epoch; empty where it had none then.
  std::optional<double> current() const {
    return there.empty() || there.back() == 0 ? std::nullopt : std::optional<double>(values.back());
  }
  /// Returns the newest value that it has had.
  std::optional<double> last() const {
    const auto found = std::find(there.rbegin(), there.rend(), 1);
    return found == there.rend() ? std::nullopt : std::optional<double>(*(values.rbegin() + (found - there.rbegin())));
  }
  /// Returns the index of the first of its best values; empty where it does not say which way is better, or has been NaN alone.
  std::optional<std::size_t> best() const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < values.size() && direction != Direction::none; ++i) {
      if (there[i] == 0 || std::isnan(values[i])) continue;
      if (!best || (direction == Direction::lower ? values[i] < values[*best] : values[i] > values[*best])) best = i;
    }
    return best;
  }
};

/// All scalars of a run.
class LearningCurves {
 public:
  /// At run_begin: one curve per scalar, in the run's order; what a saved state knew of them stays.
  void match(const Host& host) {
    std::vector<LearningCurve> matched;
    for (Scalar scalar = 0; scalar < host.scalar_count(); ++scalar) {
      const std::string name = host.name(scalar);
      const LearningCurve* const known = find(name);
      LearningCurve curve = known == nullptr ? LearningCurve{} : *known;
      curve.name = name;
      curve.direction = host.direction(scalar);
      curve.values.resize(epochs_.size(), std::nan(""));
      curve.there.resize(epochs_.size(), 0);
      matched.push_back(std::move(curve));
    }
    all_ = std::move(matched);
  }

  /// Takes the scalars' values after `epoch`, in place of those of an earlier try at it.
  void remember(const Host& host, std::uint64_t epoch) {
    const auto found = std::lower_bound(epochs_.begin(), epochs_.end(), epoch);
    const auto at = found - epochs_.begin();
    const bool again = found != epochs_.end() && *found == epoch;
    if (!again) epochs_.insert(found, epoch);
    for (Scalar scalar = 0; scalar < all_.size(); ++scalar) {
      LearningCurve& curve = all_[scalar];
      if (!again) curve.values.insert(curve.values.begin() + at, 0), curve.there.insert(curve.there.begin() + at, 0);
      const std::optional<double> value = host.value(scalar);
      curve.values[static_cast<std::size_t>(at)] = value.value_or(std::nan(""));
      curve.there[static_cast<std::size_t>(at)] = value ? 1 : 0;
    }
  }

  /// From 0, ascending: those that have been remembered.
  const std::vector<std::uint64_t>& epochs() const { return epochs_; }
  /// Each as long as epochs().
  const std::vector<LearningCurve>& all() const { return all_; }
  /// Returns the curve of that name, or nullptr.
  const LearningCurve* find(const std::string& name) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const LearningCurve& curve) { return curve.name == name; });
    return found == all_.end() ? nullptr : &*found;
  }

  void save(Writer& writer) const {
    writer.write(epochs_);
    writer.write(std::uint64_t{all_.size()});
    for (const LearningCurve& curve : all_) {
      writer.write(curve.name);
      writer.write(curve.values);
      writer.write(curve.there);
    }
  }

  /// Throws where the curves are not of as many epochs as they should be.
  static LearningCurves load(Reader& reader) {
    LearningCurves curves;
    reader.read(curves.epochs_);
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
      LearningCurve& curve = curves.all_.emplace_back();
      reader.read(curve.name);
      reader.read(curve.values);
      reader.read(curve.there);
      if (curve.values.size() != curves.epochs_.size() || curve.there.size() != curves.epochs_.size())
        throw std::runtime_error("the saved values are not of as many epochs as they should be");
    }
    return curves;
  }

 private:
  std::vector<std::uint64_t> epochs_;
  std::vector<LearningCurve> all_;
};

}  // namespace sdk0
}  // namespace treino
