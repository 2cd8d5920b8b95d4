// Lua 5.4 for plugins that take a formula or a script from the manifest: bounded in time and memory, without files, processes and
// chance unless told. The only header that needs a library: pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4) in
// libraries.cmake, and PkgConfig::LUA in LIBRARIES.
//
// Lua leaves its functions by longjmp. So every call into it is made from a frame that owns nothing (Lua::protect), and comes
// back as a C++ exception: std::runtime_error with name, line and reason.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <treino/kit/durable_file.hpp>
#include <type_traits>

#include "shared/lua/lua_process.hpp"
#include "shared/lua/sandbox.hpp"

#if __has_include(<lua.hpp>)
#include <lua.hpp>
#else
#include <lua5.4/lua.hpp>
#endif

namespace treino {
inline namespace sdk0 {

struct LuaLimits {
  bool unsafe = false;                      // with io, os, package, debug, coroutines and all the rest
  std::uint64_t instructions = 10'000'000;  // a call
  std::size_t memory = std::size_t{64} << 20;
  std::chrono::seconds time{60};                   // of the processor, a call: an instruction on long texts may take a while
  std::uint64_t script = std::uint64_t{16} << 20;  // bytes of a file
};

/// A state of its own, with its limits. Unless unsafe, it has math (also by bare names: exp, pi, ...), string, table and utf8,
/// without what reads files, loads bytecode, draws random numbers, or may run permanently within one instruction.
class Lua {
 public:
  /// Where a value is kept, for lua_rawgeti(state, LUA_REGISTRYINDEX, reference).
  using Reference = int;

  explicit Lua(const LuaLimits& limits = {}) : limits_(limits), state_(lua_newstate(allocate, this)) {
    if (state_ == nullptr) throw std::runtime_error("Lua needs more memory than its limit of " + memory_text());
    *static_cast<Lua**>(lua_getextraspace(state_)) = this;
    try {
      open();
    } catch (...) {
      lua_close(state_);
      throw;
    }
  }
  Lua(const Lua&) = delete;
  Lua& operator=(const Lua&) = delete;
  ~Lua() { lua_close(state_); }

  lua_State* state() const { return state_; }

  /// Calls body(state) where errors of Lua are caught. An error leaves it by a jump: it is noexcept, and neither it nor what it
  /// calls may then hold anything with a destructor. Throws std::runtime_error.
  template <class Body>
  void protect(Body&& body) {
    static_assert(noexcept(body(state_)), "no exception may pass through Lua's frames: declare the body noexcept");
    using Plain = std::remove_reference_t<Body>;
    left_ = limits_.instructions;
    end_ = detail::processor_time() + limits_.time;
    lua_sethook(state_, count, LUA_MASKCOUNT, interval);
    lua_settop(state_, 0);
    lua_pushcfunction(state_, [](lua_State* state) -> int {
      luaL_checkstack(state, 20, nullptr);
      (*static_cast<Plain*>(lua_touserdata(state, 1)))(state);
      return 0;
    });
    lua_pushlightuserdata(state_, const_cast<void*>(static_cast<const void*>(&body)));
    if (const int status = lua_pcall(state_, 1, 0, 0); status != LUA_OK) fail(status);
  }

  /// Compiles `text`; `name` stands before the line in errors. `environment` replaces the globals where it is given.
  Reference compile(const std::string& text, const std::string& name, Reference environment = LUA_NOREF) {
    const std::string chunk = "=" + name;
    const char* data = text.data();
    const std::size_t size = text.size();
    const char* chunk_name = chunk.c_str();
    Reference reference = LUA_NOREF;
    protect([&](lua_State* state) noexcept {
      if (luaL_loadbufferx(state, data, size, chunk_name, "t") != LUA_OK) lua_error(state);
      if (environment != LUA_NOREF) {
        lua_rawgeti(state, LUA_REGISTRYINDEX, environment);
        lua_setupvalue(state, -2, 1);
      }
      reference = luaL_ref(state, LUA_REGISTRYINDEX);
    });
    return reference;
  }

  /// Runs what compile() made, without arguments; what it gives is kept, LUA_REFNIL where that is nothing.
  Reference run(Reference compiled) {
    Reference result = LUA_REFNIL;
    protect([&](lua_State* state) noexcept {
      lua_rawgeti(state, LUA_REGISTRYINDEX, compiled);
      lua_call(state, 0, 1);
      result = luaL_ref(state, LUA_REGISTRYINDEX);
    });
    return result;
  }

  /// Frees what no script can reach any more; returns how many bytes.
  std::uint64_t collect_garbage() {
    const std::size_t before = used_;
    protect([](lua_State* state) noexcept { lua_gc(state, LUA_GCCOLLECT); });
    return before > used_ ? before - used_ : 0;
  }

  /// Runs a script, which leaves its functions among the globals. `path`: absolute, as the host gives inputs.
  void run_file(const std::string& path) {
    const std::string text = read_file(path, limits_.script);
    if (text.empty()) throw std::runtime_error(path + ": is empty");
    run(compile(text, path.substr(path.rfind('/') + 1)));
  }

 private:
  static constexpr int interval = 1000;  // instructions between two looks at the limit

  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
    Lua& lua = *static_cast<Lua*>(self);
    const std::size_t before = block == nullptr ? 0 : old_size;  // of a new block old_size is its type
    if (new_size == 0) {
      std::free(block);
      lua.used_ -= before;
      return nullptr;
    }
    if (new_size > before && lua.used_ - before + new_size > lua.limits_.memory) return nullptr;
    void* moved = std::realloc(block, new_size);
    if (moved != nullptr) lua.used_ = lua.used_ - before + new_size;
    return moved;
  }

  static Lua& of(lua_State* state) { return **static_cast<Lua**>(lua_getextraspace(state)); }

  static void count(lua_State* state, lua_Debug*) {
    Lua& lua = of(state);
    const bool late = detail::processor_time() > lua.end_;
    lua.left_ -= lua.left_ < interval || late ? lua.left_ : interval;
    if (lua.left_ > 0) return;
    lua_sethook(state, count, LUA_MASKCOUNT, 1);  // from now on at each instruction, so that nothing of the script's continues
    luaL_where(state, 0);
    if (late)
      lua_pushfstring(state, "took more than %I seconds", static_cast<LUAI_UACINT>(lua.limits_.time.count()));
    else
      lua_pushfstring(state, "took more than %I instructions: a loop without an end?",
                      static_cast<LUAI_UACINT>(lua.limits_.instructions));
    lua_concat(state, 2);
    lua_error(state);
  }

  // Lua's own pcall and xpcall would catch the error that ends a call at its limit, and run on: xpcall's handler even uncounted,
  // since a hook that fails is left with hooks switched off. These do what theirs do (lbaselib.c), but let that error through.
  static int finish_pcall(lua_State* state, int status, lua_KContext extra) {
    const bool failed = status != LUA_OK && status != LUA_YIELD;
    if (of(state).left_ == 0) return failed ? lua_error(state) : luaL_error(state, "continued beyond its limit");
    if (!failed) return lua_gettop(state) - static_cast<int>(extra);
    lua_pushboolean(state, 0);
    lua_pushvalue(state, -2);
    return 2;
  }
  static int protected_call(lua_State* state) {
    luaL_checkany(state, 1);
    lua_pushboolean(state, 1);
    lua_insert(state, 1);
    return finish_pcall(state, lua_pcallk(state, lua_gettop(state) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
  }
  static int handle_error(lua_State* state) {
    if (of(state).left_ == 0) return 1;  // the message as it is
    lua_pushvalue(state, lua_upvalueindex(1));
    lua_insert(state, 1);
    lua_call(state, 1, 1);
    return 1;
  }
  static int protected_call_with_handler(lua_State* state) {
    const int count = lua_gettop(state);
    luaL_checktype(state, 2, LUA_TFUNCTION);
    lua_pushvalue(state, 2);
    lua_pushcclosure(state, handle_error, 1);
    lua_replace(state, 2);
    lua_pushboolean(state, 1);
    lua_pushvalue(state, 1);
    lua_rotate(state, 3, 2);
    return finish_pcall(state, lua_pcallk(state, count - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
  }
  static void set_protected_calls(lua_State* state) {
    lua_pushcfunction(state, protected_call);
    lua_setglobal(state, "pcall");
    lua_pushcfunction(state, protected_call_with_handler);
    lua_setglobal(state, "xpcall");
  }

  void open() {
    protect([&](lua_State* state) noexcept {
      if (limits_.unsafe) {
        luaL_openlibs(state);
        detail::set_processes(state);
        set_protected_calls(state);
        return;
      }
      static constexpr luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                               {LUA_MATHLIBNAME, luaopen_math},
                                               {LUA_STRLIBNAME, luaopen_string},
                                               {LUA_TABLIBNAME, luaopen_table},
                                               {LUA_UTF8LIBNAME, luaopen_utf8}};
      for (const luaL_Reg& library : libraries) {
        luaL_requiref(state, library.name, library.func, 1);
        lua_pop(state, 1);
      }
      set_protected_calls(state);
      if (luaL_dostring(state, detail::sandbox()) != LUA_OK) lua_error(state);
    });
  }

  [[noreturn]] void fail(int status) {
    std::string text = "an error without a text";
    if (status == LUA_ERRMEM) {
      text = "Lua took more than " + memory_text() + " of memory";
    } else if (lua_type(state_, -1) == LUA_TSTRING) {
      std::size_t size = 0;
      const char* message = lua_tolstring(state_, -1, &size);
      text.assign(message, size);
    }
    lua_settop(state_, 0);
    throw std::runtime_error(text);
  }

  std::string memory_text() const { return std::to_string(limits_.memory >> 20) + " MiB"; }

  LuaLimits limits_;
  std::size_t used_ = 0;
  std::uint64_t left_ = 0;          // instructions of this call; 0: it has to end
  std::chrono::nanoseconds end_{};  // in processor_time()
  lua_State* state_;
};

}  // namespace sdk0
}  // namespace treino
