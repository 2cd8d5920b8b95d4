// What everything here throws and gives back.
#pragma once
#include <treino/library/run.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/outcome.hpp>
#include <utility>
#include <vector>

namespace treino {

/// Thrown by everything here: what cannot be used, a fault a line, each with file:line:column where it has a place; or why it
/// failed.
class Error : public std::runtime_error {
 public:
  Error(treino_status status, const std::string& text) : std::runtime_error(text), status_(status) {}
  /// Whether the manifest, the data or an argument cannot be used; else something failed.
  bool is_bad_input() const { return status_ == TREINO_BAD_INPUT; }

 private:
  treino_status status_;
};

namespace library_detail {

/// Calls function(error) and throws what it says.
template <class Function>
void check(Function&& function) {
  std::string text(std::size_t{1} << 16, '\0');
  treino_error error{sizeof(treino_error), static_cast<std::uint32_t>(text.size()), text.data()};
  const treino_status status = function(&error);
  if (status != TREINO_OK) throw Error(status, text.c_str());
}

inline std::vector<std::pair<std::string, double>> pairs(const treino_scalar* scalars, std::uint32_t count) {
  std::vector<std::pair<std::string, double>> result;
  for (std::uint32_t i = 0; i < count; ++i) result.emplace_back(scalars[i].name, scalars[i].value);
  return result;
}

inline double value_of(const std::vector<std::pair<std::string, double>>& scalars, const std::string& name) {
  for (const auto& [each, value] : scalars)
    if (each == name) return value;
  return std::nan("");
}

inline std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

}  // namespace library_detail

using Scalars = std::vector<std::pair<std::string, double>>;

/// What a run stands at after an epoch.
struct Epoch {
  std::uint64_t number = 0;  // from 1
  std::uint64_t epochs = 0;  // that the manifest asks for
  Scalars scalars;           // loss, metrics, those of validation with val_ before them, learning_rate
  /// NaN where there is none.
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

struct Result {
  Outcome outcome = Outcome::done;
  std::uint64_t epochs = 0;  // that were ended
  std::string reason, folder;
  Scalars scalars;  // the last value of each
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

}  // namespace treino
