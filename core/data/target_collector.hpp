// The target fields of a CSV file, as numbers and, while there are few kinds of them, as texts: whether they are classes is known
// at the end only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/raw_targets.hpp"
#include "data/source.hpp"

namespace treino::data {

class TargetCollector {
 public:
  /// At most this many kinds are classes unless asked for.
  static constexpr std::size_t most_kinds = 1000;

  /// What is wanted (target_kind, class_names) decides what is kept.
  TargetCollector(const Source& source, std::size_t width);
  /// The next field of the row. Returns what is wrong with it; empty: nothing.
  std::string add(std::string_view text);
  /// In place of a field in a row that is going to be dropped.
  void add_placeholder();
  /// What has been collected goes to `targets`.
  void finish(RawTargets& targets);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  enum class Keep { numbers, texts, undecided };
  enum class Seen { nothing, numbers, texts };

  std::string add_number(std::string_view text);
  std::string add_either(std::string_view text);
  bool intern(std::string_view text, std::size_t most);

  Keep keep_;
  Seen seen_ = Seen::nothing;
  bool few_kinds_ = true;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> kinds_;
  std::vector<double> numbers_;
  std::vector<std::int32_t> text_ids_;
  std::vector<std::string> texts_;
};

}  // namespace treino::data
