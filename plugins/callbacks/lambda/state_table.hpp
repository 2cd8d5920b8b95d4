// The table `state` of Lua, which is saved with the run.
#pragma once
#include <string>

#include "shared/lua/lua.hpp"

namespace lambda {

/// Makes the global table; `lua` outlives it.
class StateTable {
 public:
  explicit StateTable(treino::Lua& lua);
  /// Returns what the table holds as a Lua expression; equal tables give equal texts. Throws where it holds what cannot be saved.
  std::string text() const;
  /// Sets it to what text() gave.
  void restore(const std::string& text);

 private:
  treino::Lua& lua_;
  treino::Lua::Reference to_text_ = LUA_NOREF, restore_ = LUA_NOREF;
};

}  // namespace lambda
