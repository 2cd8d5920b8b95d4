/* A scheduler in plain C with a fault, or a peculiarity, that macros choose. */
#include <stddef.h>
#include <treino/abi.h>
#if defined(CHANGES_FLOATING_POINT)
#include <xmmintrin.h>
#endif

#ifndef ID
#define ID "variant"
#endif
#ifndef KIND
#define KIND "scheduler"
#endif
#ifndef MORE
#define MORE "unit = \"step\"\n"
#endif
#ifndef SYMBOL
#define SYMBOL treino_plugin_v0
#endif
#ifndef MAJOR
#define MAJOR TREINO_ABI_MAJOR
#endif
#ifndef BUILT
#define BUILT TREINO_ABI_MINOR
#endif
#ifndef NEEDED
#define NEEDED TREINO_ABI_OLDEST_MINOR
#endif
#ifndef SIZE
#define SIZE sizeof(treino_plugin)
#endif
#ifndef COUNT
#define COUNT 1
#endif
#ifndef EVENTS
#define EVENTS 0
#endif

#define TEXT "kind = \"" KIND "\"\nid = \"" ID "\"\nversion = \"1.0.0\"\nsummary = \"for the tests of the host\"\n" MORE

#ifndef NO_NOTE
TREINO_NOTE(note, TEXT);
#endif
#ifdef TWICE
TREINO_NOTE(second_note, TEXT);
#endif

#ifdef CHANGES_FLOATING_POINT
/* What the start-up code does that older compilers link into a library with -ffast-math. */
__attribute__((constructor)) static void flush_subnormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040u); }
#endif

#ifdef CALLS_ELSEWHERE
double elsewhere(double base);
#else
static double elsewhere(double base) { return base; }
#endif

static int here;

static treino_status create(const treino_host* host, const treino_parameter* parameters, uint32_t count, void** self,
                            treino_error* error) {
  (void)host, (void)parameters, (void)count, (void)error;
  *self = &here;
  return TREINO_OK;
}

static void destroy(void* self) { (void)self; }

static treino_status on(void* self, const treino_event_info* event, treino_error* error) {
  (void)self, (void)event, (void)error;
  return TREINO_OK;
}

static treino_status rate(void* self, uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
  (void)self, (void)t, (void)error;
  value->learning_rate = elsewhere(base);
  return TREINO_OK;
}

/* As of a later minor version, in which the tables have grown. */
static const struct {
  treino_lifecycle base;
  void (*pause)(void* self);
} lifecycle = {{sizeof lifecycle, 1, create, destroy, NULL, NULL, NULL}, destroy};
static const treino_callback callback = {sizeof(treino_callback), 0, EVENTS, on, NULL};
static const treino_scheduler scheduler = {sizeof(treino_scheduler), 0, NULL, rate};
static const treino_component component = {
    sizeof(treino_component), 0, KIND, TEXT, &lifecycle.base, EVENTS != 0 ? (const void*)&callback : (const void*)&scheduler};
static const treino_component* const components[] = {&component, &component};

#ifdef NO_SYMBOL
static const treino_plugin not_exported __attribute__((used)) = {SIZE, MAJOR, BUILT, NEEDED, COUNT, 0, components};
#else
extern TREINO_EXPORT const treino_plugin SYMBOL;
const treino_plugin SYMBOL = {SIZE, MAJOR, BUILT, NEEDED, COUNT, 0, components};
#endif
