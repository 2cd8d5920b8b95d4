// os.execute and io.popen of an `unsafe` state, as Lua has them but for the signals: Lua takes system() and popen(), whose
// processes are made by posix_spawn and inherit that SIGINT and SIGTERM are blocked in every thread of the host. Then Ctrl-C would
// not end them. A process that is forked gets the original mask (ABI.md, section 12).
#pragma once
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#if __has_include(<lua.hpp>)
#include <lua.hpp>
#else
#include <lua5.4/lua.hpp>
#endif

namespace treino {
inline namespace sdk0 {
namespace detail {

/// Runs a shell's command with `from` as its descriptor `to` (-1: none); -1 with errno where it cannot be started.
inline pid_t start_command(const char* command, int from, int to) {
  const pid_t child = fork();
  if (child != 0) return child;
  if (to >= 0 && dup2(from, to) < 0) _exit(127);
  execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  _exit(127);
}

/// What wait() says of it, or -1 with errno.
inline int wait_for_command(pid_t child) {
  int status = -1;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -1;
  errno = 0;  // luaL_execresult takes any other for the reason why nothing was started
  return status;
}

inline int lua_execute(lua_State* state) {
  const char* command = luaL_optstring(state, 1, nullptr);
  if (command == nullptr) {
    lua_pushboolean(state, access("/bin/sh", X_OK) == 0);
    return 1;
  }
  std::fflush(nullptr);
  const pid_t child = start_command(command, -1, -1);
  return luaL_execresult(state, child < 0 ? -1 : wait_for_command(child));
}

/// A file of Lua's io library, with the process at its other end.
struct LuaPipe {
  luaL_Stream stream;
  pid_t child;
};

inline int lua_close_pipe(lua_State* state) {
  auto* pipe = static_cast<LuaPipe*>(luaL_checkudata(state, 1, LUA_FILEHANDLE));
  std::fclose(pipe->stream.f);
  return luaL_execresult(state, wait_for_command(pipe->child));
}

inline int lua_popen(lua_State* state) {
  const char *command = luaL_checkstring(state, 1), *mode = luaL_optstring(state, 2, "r");
  luaL_argcheck(state, std::strcmp(mode, "r") == 0 || std::strcmp(mode, "w") == 0, 2, "invalid mode");
  const bool reads = mode[0] == 'r';
  auto* pipe = static_cast<LuaPipe*>(lua_newuserdata(state, sizeof(LuaPipe)));
  pipe->stream = {nullptr, nullptr};  // closed, as far as the io library is concerned
  luaL_setmetatable(state, LUA_FILEHANDLE);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return luaL_fileresult(state, 0, command);
  std::fflush(nullptr);
  pipe->child = start_command(command, ends[reads ? 1 : 0], reads ? 1 : 0);
  close(ends[reads ? 1 : 0]);
  pipe->stream.f = pipe->child < 0 ? nullptr : fdopen(ends[reads ? 0 : 1], mode);
  if (pipe->stream.f == nullptr) {
    close(ends[reads ? 0 : 1]);
    return luaL_fileresult(state, 0, command);
  }
  pipe->stream.closef = lua_close_pipe;
  return 1;
}

/// In a state that has the libraries os and io.
inline void set_processes(lua_State* state) {
  lua_getglobal(state, LUA_OSLIBNAME);
  lua_pushcfunction(state, lua_execute);
  lua_setfield(state, -2, "execute");
  lua_getglobal(state, LUA_IOLIBNAME);
  lua_pushcfunction(state, lua_popen);
  lua_setfield(state, -2, "popen");
  lua_pop(state, 2);
}

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
