// Saves and restores a Lua table through a text that Lua itself writes and reads.
#include "state_table.hpp"

namespace lambda {
namespace {

// Texts of the table `state`, and back. The keys are sorted, so that equal tables give equal bytes.
constexpr char state_functions[] = R"lua(
  local format, concat, sort, type, next, error, rank = string.format, table.concat, table.sort, type, next, error,
    { number = 1, boolean = 2, string = 3 }
  local function before(a, b)
    local left, right = type(a), type(b)
    if left ~= right then return rank[left] < rank[right] end
    if left == "boolean" then return not a and b end
    return a < b
  end
  local function text(value, place, depth)
    local kind = type(value)
    if rank[kind] then return kind == "boolean" and (value and "true" or "false") or format("%q", value) end
    if kind ~= "table" then error(place .. " is a " .. kind .. ", which cannot be saved", 0) end
    if depth == 20 then error(place .. " is nested too deep, or holds itself", 0) end
    local keys, parts = {}, {}
    for key in next, value do
      if not rank[type(key)] then error("a key in " .. place .. " is a " .. type(key) .. ", which cannot be saved", 0) end
      keys[#keys + 1] = key
    end
    sort(keys, before)
    for i = 1, #keys do
      local key = keys[i]
      parts[i] = "[" .. text(key, place, 0) .. "]=" .. text(value[key], place .. "." .. format("%s", key), depth + 1)
    end
    return "{" .. concat(parts, ",") .. "}"
  end
  local function restore(saved)
    if type(state) ~= "table" then state = saved return end
    for key in next, state do state[key] = nil end
    for key, value in next, saved do state[key] = value end
  end
  return { function() return text(state, "state", 0) end, restore }
)lua";

}  // namespace

StateTable::StateTable(treino::Lua& lua) : lua_(lua) {
  const treino::Lua::Reference functions = lua_.run(lua_.compile(state_functions, "state"));
  lua_.protect([&](lua_State* state) noexcept {
    lua_newtable(state);
    lua_setglobal(state, "state");
    lua_rawgeti(state, LUA_REGISTRYINDEX, functions);
    lua_rawgeti(state, -1, 1);
    to_text_ = luaL_ref(state, LUA_REGISTRYINDEX);
    lua_rawgeti(state, -1, 2);
    restore_ = luaL_ref(state, LUA_REGISTRYINDEX);
  });
}

std::string StateTable::text() const {
  const char* bytes = nullptr;
  std::size_t size = 0;
  treino::Lua::Reference kept = LUA_NOREF;
  lua_.protect([&](lua_State* state) noexcept {
    lua_rawgeti(state, LUA_REGISTRYINDEX, to_text_);
    lua_call(state, 0, 1);
    bytes = lua_tolstring(state, -1, &size);
    kept = luaL_ref(state, LUA_REGISTRYINDEX);  // so that the text stays where it is
  });
  std::string copy(bytes, size);
  luaL_unref(lua_.state(), LUA_REGISTRYINDEX, kept);
  return copy;
}

void StateTable::restore(const std::string& text) {
  const treino::Lua::Reference saved = lua_.run(lua_.compile("return " + text, "saved state"));
  lua_.protect([&](lua_State* state) noexcept {
    lua_rawgeti(state, LUA_REGISTRYINDEX, restore_);
    lua_rawgeti(state, LUA_REGISTRYINDEX, saved);
    lua_call(state, 1, 0);
  });
}

}  // namespace lambda
