// A formula's text in numbers, names and symbols.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "shared/formula/source.hpp"

namespace treino {
namespace formula {

struct Token {
  enum class Kind { number, name, symbol, end };
  Kind kind = Kind::end;
  std::string text;
  double number = 0;
  std::size_t at = 0;  // in the source's text

  bool is(const char* symbol_or_word) const { return kind != Kind::number && text == symbol_or_word; }
};

/// The last one is the end. Throws std::invalid_argument with the place where something is none of them, or there is too much.
std::vector<Token> tokens_of(const Source& source);

}  // namespace formula
}  // namespace treino
