// What mails are about: the run's scalars, epoch by epoch.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <treino/host.hpp>
#include <treino/state.hpp>
#include <vector>

namespace email {

/// A scalar over the epochs; NaN and `there` false where it had no value.
struct LearningCurve {
  std::string name;
  treino::Direction direction = treino::Direction::none;
  std::vector<double> values;
  std::vector<unsigned char> there;

  /// Its newest value; empty where it has none.
  std::optional<double> last() const;
  /// The index of its best value; empty where the scalar does not say which way is better.
  std::optional<std::size_t> best() const;
  /// Whether it has ever had a value.
  bool empty() const;
};

/// All scalars of a run; a part of the callback's state.
class LearningCurves {
 public:
  /// One curve per scalar, in the run's order; what a saved state knew of them stays.
  void match(const treino::Host& host);
  /// Adds the scalars' values after `epoch`.
  void remember(const treino::Host& host, std::uint64_t epoch);

  const std::vector<std::uint64_t>& epochs() const { return epochs_; }
  const std::vector<LearningCurve>& all() const { return all_; }

  void save(treino::Writer& writer) const;
  /// Throws where the curves are not of as many epochs as they should be.
  static LearningCurves load(treino::Reader& reader);

 private:
  std::vector<std::uint64_t> epochs_;
  std::vector<LearningCurve> all_;  // each as long as epochs_
};

}  // namespace email
