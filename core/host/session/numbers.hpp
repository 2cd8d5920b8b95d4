// The numbers of a run, by name: what the loop measures and what plugins emit; everybody reads the same ones here.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace treino::host {

class Numbers {
 public:
  /// Throws std::invalid_argument where the name is taken, empty, no UTF-8, or holds control characters.
  std::uint32_t add(std::string name, std::uint32_t direction, std::string owner);
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::uint32_t count() const { return static_cast<std::uint32_t>(numbers_.size()); }
  const std::string& name(std::uint32_t index) const { return numbers_[index].name; }
  const std::string& owner(std::uint32_t index) const { return numbers_[index].owner; }
  std::uint32_t direction(std::uint32_t index) const { return numbers_[index].direction; }
  std::vector<std::string> names() const;

  void set(std::uint32_t index, double value);
  void clear(std::uint32_t index);
  void clear_all();
  std::optional<double> value(std::uint32_t index);

  /// While set, the named numbers are computed when somebody asks (the running values of an epoch).
  using Source = std::function<std::optional<double>(std::uint32_t)>;
  void set_live(std::uint32_t index, bool live) { numbers_[index].live = live; }
  void set_source(Source source) { source_ = std::move(source); }

 private:
  struct Entry {
    std::string name, owner;
    std::uint32_t direction = 0;
    bool present = false, live = false;
    double value = 0;
  };
  std::deque<Entry> numbers_;  // names stay where they are: plugins borrow them
  std::unordered_map<std::string_view, std::uint32_t> places_;  // of the names
  Source source_;
};

}  // namespace treino::host
