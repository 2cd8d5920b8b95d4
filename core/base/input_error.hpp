// What the user gave cannot be used: exit code 2, whatever part finds it.
#pragma once
#include <stdexcept>

namespace treino::base {

/// The text begins with the place: a file, a folder, an option.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace treino::base
