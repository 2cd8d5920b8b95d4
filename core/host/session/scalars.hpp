// The scalars of a run, by name: what the loop measures and what callbacks log; everybody reads the same ones here.
#pragma once
#include <treino/abi/services/scalars.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace treino::host {

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
  std::optional<double> value(std::uint32_t index);

  /// While set, the named scalars are computed when somebody asks (the running values of an epoch).
  using Source = std::function<std::optional<double>(std::uint32_t)>;
  void set_live(std::uint32_t index, bool live) { scalars_[index].live = live; }
  void set_source(Source source) { source_ = std::move(source); }

 private:
  struct Entry {
    std::string name, owner;
    std::uint32_t direction = 0, origin = 0;
    bool present = false, live = false;
    double value = 0;
  };
  std::deque<Entry> scalars_;  // names stay where they are: plugins borrow them
  std::unordered_map<std::string_view, std::uint32_t> places_;  // of the names
  Source source_;
};

}  // namespace treino::host
