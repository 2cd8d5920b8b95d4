// What the C++ layer is written in, said once and before anything else.
#pragma once

#if __cplusplus < 201703L || !(defined(__cpp_exceptions) || defined(__EXCEPTIONS))
#error \
    "Treino's C++ headers need C++17 and exceptions: compile with -std=c++17 or later and without -fno-exceptions, or write the plugin in C over <treino/abi.h>"
#include "see_the_error_above"  // ends the compilation here, before hundreds of errors that say less
#endif
