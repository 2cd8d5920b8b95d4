// What everything here throws and gives back.
#pragma once
#include <treino/library/run.h>

#include <cmath>
#include <cstdint>
#include <memory>
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
  bool is_bad_input() const { return status_ == TREINO_BAD_INPUT || has_faults(); }
  /// Whether each line is a fault in a manifest, with its place.
  bool has_faults() const { return status_ == TREINO_FAULTS; }

 private:
  treino_status status_;
};

namespace library_detail {

/// Calls function(error) and throws what it says.
template <class Function>
void check(Function&& function) {
  constexpr std::uint32_t capacity = 1 << 20;  // as many faults as a manifest may have
  const std::unique_ptr<char[]> text(new char[capacity]);
  text[0] = '\0';
  treino_error error{sizeof(treino_error), capacity, text.get()};
  const treino_status status = function(&error);
  if (status != TREINO_OK) throw Error(status, text.get());
}

/// What function(write, context, error) writes. A text that memory is too small for ends the writing.
template <class Function>
std::string text_of(Function&& function) {
  std::string text;
  const treino_write_function append = [](void* context, const char* bytes, std::uint64_t size) -> std::int32_t {
    try {
      static_cast<std::string*>(context)->append(bytes, static_cast<std::size_t>(size));
      return 0;
    } catch (...) {
      return 1;
    }
  };
  check([&](treino_error* error) { return function(append, &text, error); });
  return text;
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
  std::uint64_t epochs = 0;  // planned
  Scalars scalars;           // loss, metrics, those of validation with val_ before them, learning_rate
  /// NaN where there is none.
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

struct Result {
  Outcome outcome = Outcome::done;
  std::uint64_t epochs = 0;  // that were ended
  std::string reason, folder;
  Scalars scalars;             // the last value of each
  std::string resume_command;  // by which the program treino continues the run
  std::string output_failure;  // why standard output could not be written; empty: it could
  double operator[](const std::string& name) const { return library_detail::value_of(scalars, name); }
};

}  // namespace treino
