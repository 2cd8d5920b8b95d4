// The scalars of a run, by name: what the loop measures and what callbacks log; everybody reads the same ones here.
#pragma once
#include <treino/abi/services/scalars.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace treino::host {

/// Gives scalars that are being measured: the running values of a pass through data.
class LiveScalars {
 public:
  virtual ~LiveScalars() = default;
  /// Value `offset` of those given to begin_live(); empty where nothing has been measured yet.
  virtual std::optional<double> live_value(std::uint32_t offset) = 0;
};

class Scalars {
 public:
  /// Throws std::invalid_argument where the name is taken, empty, no UTF-8, or holds control characters.
  std::uint32_t add(std::string name, std::uint32_t direction, std::string owner, std::uint32_t origin = TREINO_SCALAR_METRIC);
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::uint32_t count() const { return static_cast<std::uint32_t>(scalars_.size()); }
  const std::string& name(std::uint32_t index) const { return scalars_[index].name; }
  const std::string& owner(std::uint32_t index) const { return scalars_[index].owner; }
  std::uint32_t direction(std::uint32_t index) const { return scalars_[index].direction; }
  std::uint32_t origin(std::uint32_t index) const { return scalars_[index].origin; }  // TREINO_SCALAR_...
  std::vector<std::string> names() const;

  void set(std::uint32_t index, double value);
  void clear(std::uint32_t index);
  void clear_all();
  std::optional<double> value(std::uint32_t index) const;

  /// From here on, the `count` scalars from `first` are read from `source`, which computes them when somebody asks.
  void begin_live(std::uint32_t first, std::uint32_t count, LiveScalars& source);
  /// Keeps the values that the live scalars have, and reads from the source no longer.
  void end_live();
  /// The same after a failure: the live scalars have no value.
  void drop_live();

 private:
  struct Entry {
    std::string name, owner;
    std::uint32_t direction = 0, origin = 0;
    bool present = false;
    double value = 0;
  };
  std::deque<Entry> scalars_;                                   // names stay where they are: plugins borrow them
  std::unordered_map<std::string_view, std::uint32_t> places_;  // of the names
  LiveScalars* live_ = nullptr;
  std::uint32_t live_first_ = 0, live_count_ = 0;
};

}  // namespace treino::host
