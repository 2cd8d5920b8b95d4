// Columns of the user's own, worked out of each sample's values in Lua.
#pragma once
#include <cctype>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/lua/lua_function.hpp"

namespace csv_writer {

/// A column of the user's own: its name, and a number of each sample by a formula in Lua.
class Formula {
 public:
  /// What formulas may name, with what it is of a sample.
  struct Variable {
    enum Kind { row, target, output, probability } kind;
    std::size_t index;
    std::string name;
  };

  /// `text`: "margin = output_1 - output_0".
  Formula(const std::string& text, const std::vector<Variable>& variables) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals == std::string::npos ? 0 : equals);
    const std::size_t begin = name.find_first_not_of(' '), end = name.find_last_not_of(' ');
    const std::string what = "formulas: \"" + text + "\"";
    if (begin == std::string::npos || (equals + 1 < text.size() && text[equals + 1] == '='))
      throw std::invalid_argument(what + ": expected a column's name, = and a formula, as \"margin = output_1 - output_0\"");
    name_ = name.substr(begin, end + 1 - begin);
    const std::string body = text.substr(equals + 1);
    std::vector<std::string> names;
    for (const Variable& variable : variables) {
      if (!has_word(body, variable.name)) continue;  // Lua takes 200 at most
      used_.push_back(variable);
      names.push_back(variable.name);
    }
    function_.emplace(body, names, "formula of column " + name_);
    (*this)([](const Variable& variable) {  // a name that is none is found here
      return variable.kind == Variable::row ? treino::LuaNumber(std::uint64_t{1}) : treino::LuaNumber(0.5);
    });
  }

  const std::string& name() const { return name_; }
  template <class Value>
  double operator()(Value&& value) const {
    std::vector<treino::LuaNumber> arguments;
    for (const Variable& variable : used_) arguments.push_back(value(variable));
    return (*function_)(arguments);
  }

 private:
  static bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }
  static bool has_word(const std::string& text, const std::string& word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
    }
    return false;
  }

  std::string name_;
  std::vector<Variable> used_;
  std::optional<treino::LuaFunction> function_;
};

}  // namespace csv_writer
