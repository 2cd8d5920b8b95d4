// Where the code of loaded libraries lies in memory: whose thread it was that crashed can be told by nothing else, since plugins
// may start threads that the host knows nothing of.
#pragma once
#include <cstdint>
#include <string>

namespace treino::host {

/// Remembers a library that dlopen gave `handle` for, under `name`, for the life of the process.
void remember_code(void* handle, const std::string& name);

/// The name of the library in whose code `address` lies; null where it is none of those remembered. From signal handlers too.
const char* owner_of_code(std::uintptr_t address);

/// The library to which the innermost of the calls belongs whose return addresses lie on the stack from `top` on; null where none
/// is found. From signal handlers too, and whatever `top` points to.
const char* owner_of_calls(std::uintptr_t top);

}  // namespace treino::host
