// What a script that is not trusted finds of Lua's own functions.
#pragma once
#include <time.h>

#include <chrono>

namespace treino {
inline namespace sdk0 {
namespace detail {

/// What is taken away says so when it is called. Patterns, empty repetitions, moves, and lists that say that they are longer than
/// they can be, can run for years within one instruction, and finalizers run uncounted.
inline const char* sandbox() {
  return R"lua(
      local function refuse(place, names, why)
        for name in names:gmatch("%w+") do
          place[name] = function() error(name .. " is not here, since it " .. why, 2) end
        end
      end
      local rep, setmeta, insert, remove = string.rep, setmetatable, table.insert, table.remove
      refuse(_G, "dofile loadfile load require", "runs other code")
      refuse(_G, "print warn", "writes past the run's log")
      refuse(_G, "collectgarbage", "is the host's business")
      refuse(math, "random randomseed", "would make each run another one")
      refuse(table, "move", "may never end")
      refuse(string, "find match gsub dump gmatch", "may never end")
      function string.rep(text, times, between)
        if #text + #(between or "") == 0 then return "" end
        return rep(text, times, between)
      end
      local function check(list)
        if type(list) == "table" and #list > 1 << 26 then error("a list of more than 2^26 elements", 3) end
      end
      function table.insert(list, ...)
        check(list)
        return insert(list, ...)
      end
      function table.remove(list, ...)
        check(list)
        return remove(list, ...)
      end
      function setmetatable(object, meta)
        if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("__gc is not here", 2) end
        return setmeta(object, meta)
      end
      for name, value in pairs(math) do _G[name] = _G[name] or value end
    )lua";
}

/// What this thread has used of the processor: a limit on it is not reached because a machine is busy.
inline std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
