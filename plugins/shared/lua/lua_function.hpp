// A pure function of numbers, written in Lua:
//   treino::LuaFunction schedule("0.95 ^ epoch", {"epoch", "lr"}, "schedule");    // or "function(epoch, lr) ... end"
//   double rate = schedule({event.epoch, 0.1});
#pragma once
#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "shared/lua/lua.hpp"

namespace treino {
inline namespace sdk0 {

/// An argument: whole numbers stay whole, so that t // 10 and t % 3 == 0 are exact.
struct LuaNumber {
  LuaNumber(double number) : real(number), whole(false) {}
  LuaNumber(std::uint64_t number) : integer(static_cast<lua_Integer>(number)), whole(true) {}
  lua_Integer integer = 0;
  double real = 0;
  bool whole;
};

/// A pure function of numbers, out of a text: an expression over `names`, or `function(a, b) ... end`, called in the names'
/// order. It cannot set globals: the same arguments give the same number, whatever was called before.
class LuaFunction {
 public:
  /// `what` names it in errors: "schedule:1: unexpected symbol near '*'".
  LuaFunction(const std::string& text, const std::vector<std::string>& names, std::string what)
      : what_(std::move(what)), lua_(std::make_unique<Lua>()) {
    const Lua::Reference frozen = lua_->run(lua_->compile(environment(), "environment"));
    if (is_function(text)) {
      function_ = lua_->run(lua_->compile("return " + text, what_, frozen));
      return;
    }
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    function_ = lua_->compile((list.empty() ? "" : "local " + list + " = ... ") + "return " + text, what_, frozen);
  }

  /// Throws where the function fails, takes too long, or gives anything but one number. NaN and infinities are numbers.
  double operator()(std::initializer_list<LuaNumber> arguments) const { return call(arguments.begin(), arguments.size()); }
  double operator()(const std::vector<LuaNumber>& arguments) const { return call(arguments.data(), arguments.size()); }

 private:
  double call(const LuaNumber* arguments, std::size_t size) const {
    double result = 0;
    int count = 0, type = LUA_TNIL;
    lua_->protect([&](lua_State* state) noexcept {
      luaL_checkstack(state, static_cast<int>(size) + 20, nullptr);
      const int below = lua_gettop(state);
      lua_rawgeti(state, LUA_REGISTRYINDEX, function_);
      for (const LuaNumber* argument = arguments; argument != arguments + size; ++argument)
        argument->whole ? lua_pushinteger(state, argument->integer) : lua_pushnumber(state, argument->real);
      lua_call(state, static_cast<int>(size), LUA_MULTRET);
      count = lua_gettop(state) - below;
      type = lua_type(state, below + 1);
      if (type == LUA_TNUMBER) result = lua_tonumber(state, below + 1);
    });
    if (count > 1)
      throw std::runtime_error(what_ + " gives " + std::to_string(count) + " values, not one number (a comma for a point?)");
    if (type != LUA_TNUMBER)
      throw std::runtime_error(what_ + " gives " +
                               (count == 0 ? "nothing" : "a " + std::string(lua_typename(lua_->state(), type))) +
                               ", not a number");
    return result;
  }

  static bool is_function(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos || text.compare(begin, 8, "function") != 0) return false;
    const auto next = static_cast<unsigned char>(begin + 8 < text.size() ? text[begin + 8] : ' ');
    return std::isalnum(next) == 0 && next != '_';
  }

  /// The globals, and what lies in them, without a way to change them.
  static const char* environment() {
    return R"lua(
      local function keep_nothing(_, name)
        error("'" .. tostring(name) .. "' is set here, but this function keeps nothing from call to call: write local before it", 2)
      end
      local function frozen(place)
        local copy = {}
        for name, value in pairs(place) do
          copy[name] = value ~= _G and type(value) == "table" and frozen(value) or value
        end
        copy._G, copy.rawset, copy.getmetatable = nil
        return setmetatable({}, { __index = copy, __newindex = keep_nothing, __metatable = false })
      end
      return frozen(_G)
    )lua";
  }

  std::string what_;
  std::unique_ptr<Lua> lua_;
  Lua::Reference function_ = LUA_NOREF;
};

}  // namespace sdk0
}  // namespace treino
