// What a hook finds beside Lua's own: where the run stands, its scalars, and stop, log_scalar and log.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <treino/callback.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hooks.hpp"
#include "shared/lua/lua.hpp"

namespace lambda {

using treino::Lua;

class Globals {
 public:
  /// Declares `scalars`, and makes the functions. Stays where it is: Lua knows its address.
  Globals(const treino::Host& host, Lua& lua, const std::vector<std::string>& scalars) : host_(host) {
    for (const std::string& name : scalars) {
      scalars_.emplace(name, host_.declare(name));
      scalars_text_ += (scalars_text_.empty() ? "" : ", ") + name;
    }
    lua.protect([&](lua_State* state) noexcept {
      static constexpr luaL_Reg own[] = {{"stop", stop}, {"log_scalar", log_scalar}, {"log", log}};
      for (const luaL_Reg& function : own) {
        lua_pushlightuserdata(state, this);
        lua_pushcclosure(state, function.func, 1);
        lua_setglobal(state, function.name);
      }
      lua_newtable(state);  // logs: asking for a scalar that the run does not have is an error
      lua_newtable(state);
      lua_pushlightuserdata(state, this);
      lua_pushcclosure(state, missing_number, 1);
      lua_setfield(state, -2, "__index");
      lua_setmetatable(state, -2);
      lua_pushvalue(state, -1);
      lua_setglobal(state, "logs");
      logs_ = luaL_ref(state, LUA_REGISTRYINDEX);
    });
  }
  Globals(const Globals&) = delete;
  Globals& operator=(const Globals&) = delete;

  /// Before show(), where C++ may throw.
  void look_at_numbers() {
    while (shown_.size() < host_.scalar_count()) {
      const auto number = static_cast<treino::Scalar>(shown_.size());
      shown_.push_back({host_.name(number), number});
    }
    for (Shown& shown : shown_) {
      const std::optional<double> value = host_.value(shown.number);
      shown.there = value.has_value();
      shown.value = value.value_or(0.0);
    }
  }

  /// Within Lua::protect.
  void show(lua_State* state, const treino::Event& event) const noexcept {
    show(state, "epoch", event.epoch);
    show(state, "epochs", event.epochs);
    show(state, "batch", event.batch);
    show(state, "batches", event.batches);
    show(state, "step", event.step);
    show(state, "samples", event.samples);
    lua_pushnumber(state, event.loss);
    lua_setglobal(state, "loss");
    lua_pushnumber(state, event.learning_rate);
    lua_setglobal(state, "lr");
    lua_pushboolean(state, event.resumed != 0 ? 1 : 0);
    lua_setglobal(state, "resumed");
    lua_pushstring(state, treino::name_of(treino::outcome_of(event)));
    lua_setglobal(state, "outcome");
    lua_pushstring(state, event.text);
    lua_setglobal(state, "reason");
    lua_pushstring(state, name_of(event.type));
    lua_setglobal(state, "event");
    lua_rawgeti(state, LUA_REGISTRYINDEX, logs_);
    for (const Shown& shown : shown_) {
      lua_pushstring(state, shown.name.c_str());
      shown.there ? lua_pushnumber(state, shown.value) : lua_pushnil(state);
      lua_rawset(state, -3);
    }
  }

 private:
  struct Shown {
    std::string name;
    treino::Scalar number;
    bool there = false;
    double value = 0;
  };

  static void show(lua_State* state, const char* name, std::uint64_t count) noexcept {
    lua_pushinteger(state, static_cast<lua_Integer>(count));
    lua_setglobal(state, name);
  }

  // Called by Lua.
  static Globals& self(lua_State* state) { return *static_cast<Globals*>(lua_touserdata(state, lua_upvalueindex(1))); }
  /// Returns 0, for a function of Lua without results. An exception of the body becomes an error of Lua, which jumps: its text stays in a
  /// fixed place, and neither this frame nor the body's own may hold anything with a destructor.
  template <class Body>
  static int call(lua_State* state, Body&& body) {
    static_assert(std::is_trivially_destructible_v<std::decay_t<Body>>);
    char why[256] = "";
    treino_error error{sizeof(treino_error), sizeof why, why};
    return treino::detail::guarded(&error, std::forward<Body>(body)) == TREINO_OK ? 0 : luaL_error(state, "%s", why);
  }
  static int stop(lua_State* state) {
    const char* reason = luaL_optstring(state, 1, "asked for");
    return call(state, [&] { self(state).host_.stop(reason); });
  }
  static int log_scalar(lua_State* state) {
    const char* name = luaL_checkstring(state, 1);
    luaL_checktype(state, 2, LUA_TNUMBER);
    const double value = lua_tonumber(state, 2);
    const Globals& globals = self(state);
    bool known = false;
    call(state, [&] {
      const auto found = globals.scalars_.find(name);
      if ((known = found != globals.scalars_.end())) globals.host_.log_scalar(found->second, value);
    });
    if (known) return 0;
    return luaL_error(state, "'%s' is not listed in scalars = [ ... ]; it has: %s", name,
                      globals.scalars_.empty() ? "nothing" : globals.scalars_text_.c_str());
  }
  static int log(lua_State* state) {
    const char* text = luaL_tolstring(state, 1, nullptr);
    return call(state, [&] { self(state).host_.info(text); });
  }
  static int missing_number(lua_State* state) {
    const char* name = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "?";
    return call(state, [&] { self(state).host_.find(name); });  // one that is there has no value yet: nil
  }

  const treino::Host host_;
  Lua::Reference logs_ = LUA_NOREF;
  std::unordered_map<std::string, treino::Scalar> scalars_;
  std::string scalars_text_;
  std::vector<Shown> shown_;
};

}  // namespace lambda
