// What ends a script that does not end by itself.
#include <functional>
#include <string>

#include "shared/lua/lua.hpp"
#include "support/catch.hpp"

namespace {

std::string failure_of(const treino::LuaLimits& limits, const std::string& script) {
  try {
    treino::Lua lua(limits);
    const treino::Lua::Reference chunk = lua.compile(script, "script");
    lua.protect([&](lua_State* state) noexcept {
      lua_rawgeti(state, LUA_REGISTRYINDEX, chunk);
      lua_call(state, 0, 0);
    });
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
  return "";
}

TEST_CASE("a script ends where its processor time is used up, at the next look at the clock") {
  treino::LuaLimits limits;
  limits.time = std::chrono::seconds(0);  // used up by whatever runs
  CHECK(failure_of(limits, "return 1") == "");
  CHECK(failure_of(limits, "while true do end").find("took more than 0 seconds") != std::string::npos);
  CHECK(failure_of(limits, "pcall(function() while true do end end)").find("took more than 0 seconds") != std::string::npos);
}

TEST_CASE("a script ends where its instructions or its memory are used up") {
  treino::LuaLimits limits;
  limits.instructions = 100'000;
  CHECK(failure_of(limits, "while true do end").find("took more than 100000 instructions") != std::string::npos);
  limits = {};
  limits.memory = std::size_t{1} << 20;
  CHECK(failure_of(limits, "local a = string.rep('x', 1 << 21)").find("took more than 1 MiB of memory") != std::string::npos);
}

}  // namespace
