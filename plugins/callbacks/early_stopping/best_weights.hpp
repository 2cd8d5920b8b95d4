// How the set of weights is called that early_stopping keeps.
#pragma once
#include <string>

namespace early_stopping {

/// Of an instance, by its name. Sets of weights have names of lower-case letters, digits and underscores.
inline std::string name_of_set(const std::string& instance) {
  constexpr char digits[] = "0123456789abcdef";
  std::string name = "best_of_";
  for (const char letter : instance) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_')
      name += letter;
    else
      name.append({'x', digits[byte / 16], digits[byte % 16]});
  }
  return name;
}

}  // namespace early_stopping
