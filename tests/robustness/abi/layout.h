/* Checks the layout of every release while compiling: with a size or an offset that differs this does not build. Old plugins read these
   structs from a host that is newer than they are. */
#include <stddef.h>
#include <treino/abi.h>
#include <treino/abi/draft/layer.h>
#include <treino/abi/draft/reader.h>

#if defined(__cplusplus)
#define CHECK(condition) static_assert(condition, #condition)
#else
#define CHECK(condition) _Static_assert(condition, #condition)
#endif
#define SIZE(type, bytes) CHECK(sizeof(type) == (bytes));
#define LEAST(type, bytes) CHECK(sizeof(type) >= (bytes));
#define AT(type, member, bytes) CHECK(offsetof(type, member) == (bytes));
#define VALUE(name, number) CHECK((name) == (number));

#include "layout_0_4.inc"
#include "layout_drafts.inc"
