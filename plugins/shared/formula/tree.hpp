// A formula as it was written: operators with their operands, functions with their arguments.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "shared/formula/source.hpp"

namespace treino {
namespace formula {

struct Tree {
  enum class Kind { number, name, call, operation };
  Kind kind = Kind::number;
  std::string text;  // the name, the function, or the operator; of an operator with one operand "not" or "-"
  double number = 0;
  std::size_t at = 0;  // in the source's text
  std::vector<Tree> parts = {};

  bool calls(const char* function) const { return kind == Kind::call && text == function; }
};

/// From the loosest: or, and, not, comparisons (no two in a row), + -, * /, a sign, ^ (from the right). Throws std::invalid_argument
/// with the place and what was found where it is no formula.
Tree parse(const Source& source);

/// Whether the name stands somewhere in it.
bool mentions(const Tree& tree, const std::string& name);

}  // namespace formula
}  // namespace treino
