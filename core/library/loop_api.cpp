// treino_loop_...: the C functions, each a line of LoopHandle's.
#include <cmath>

#include "library/guarded.hpp"
#include "library/loop_handle.hpp"

using treino::base::InputError;
using treino::library::guarded;
using treino::library::known_part;

struct treino_loop_handle {
  explicit treino_loop_handle(const treino_run_options& options) : loop(options) {}
  treino::library::LoopHandle loop;
};

namespace {

treino::library::LoopHandle& of(treino_loop_handle* handle) {
  if (handle == nullptr) throw InputError("the loop's handle is null");
  return handle->loop;
}

template <class Value>
Value& place(Value* value) {
  if (value == nullptr) throw InputError("there is no place for what is asked");
  return *value;
}

}  // namespace

extern "C" {

treino_status treino_loop_open(const treino_run_options* options, treino_loop_handle** loop, treino_error* error) {
  return guarded(error, [&] {
    place(loop) = nullptr;
    *loop = new treino_loop_handle(known_part(options, "treino_run_options"));
  });
}

void treino_loop_close(treino_loop_handle* loop) { delete loop; }

treino_status treino_loop_add_parameter(treino_loop_handle* loop, const treino_loop_parameter* parameter, treino_error* error) {
  return guarded(error, [&] { of(loop).add_parameter(known_part(parameter, "treino_loop_parameter")); });
}

treino_status treino_loop_set_state(treino_loop_handle* loop, const treino_loop_state* state, treino_error* error) {
  return guarded(error, [&] { of(loop).set_state(known_part(state, "treino_loop_state")); });
}

treino_status treino_loop_begin(treino_loop_handle* loop, const treino_loop_setup* setup, treino_error* error) {
  return guarded(error, [&] { of(loop).begin(known_part(setup, "treino_loop_setup")); });
}

treino_status treino_loop_epoch(treino_loop_handle* loop, int32_t* more, treino_error* error) {
  return guarded(error, [&] {
    place(more) = 0;
    *more = of(loop).epoch() ? 1 : 0;
  });
}

uint64_t treino_loop_epoch_number(const treino_loop_handle* loop) { return loop == nullptr ? 0 : loop->loop.epoch_number(); }

treino_status treino_loop_batch(treino_loop_handle* loop, uint64_t samples, int32_t* train, treino_error* error) {
  return guarded(error, [&] {
    place(train) = 0;
    *train = of(loop).batch(samples) ? 1 : 0;
  });
}

treino_status treino_loop_metrics(treino_loop_handle* loop, const float* predictions, const int64_t* labels, const float* targets,
                                  treino_error* error) {
  return guarded(error, [&] { of(loop).metrics(predictions, labels, targets); });
}

treino_status treino_loop_step(treino_loop_handle* loop, double loss, int32_t* take, treino_error* error) {
  return guarded(error, [&] {
    place(take) = 0;
    *take = of(loop).step(loss) ? 1 : 0;
  });
}

double treino_loop_learning_rate(const treino_loop_handle* loop) { return loop == nullptr ? NAN : loop->loop.learning_rate(); }
double treino_loop_momentum(const treino_loop_handle* loop) { return loop == nullptr ? NAN : loop->loop.momentum(); }

treino_status treino_loop_step_done(treino_loop_handle* loop, treino_error* error) {
  return guarded(error, [&] { of(loop).step_done(); });
}

treino_status treino_loop_validation_begin(treino_loop_handle* loop, treino_error* error) {
  return guarded(error, [&] { of(loop).begin_validation(); });
}

treino_status treino_loop_validation_add(treino_loop_handle* loop, uint64_t samples, double loss, const float* predictions,
                                         const int64_t* labels, const float* targets, treino_error* error) {
  return guarded(error, [&] { of(loop).validate(samples, loss, predictions, labels, targets); });
}

treino_status treino_loop_validation_end(treino_loop_handle* loop, treino_error* error) {
  return guarded(error, [&] { of(loop).end_validation(); });
}

double treino_loop_scalar(const treino_loop_handle* loop, const char* name) {
  return loop == nullptr || name == nullptr ? NAN : loop->loop.scalar(name);
}

void treino_loop_interrupt(treino_loop_handle* loop) {
  if (loop != nullptr) loop->loop.interrupt();
}

treino_status treino_loop_end(treino_loop_handle* loop, treino_run_result* result, treino_error* error) {
  return guarded(error, [&] {
    known_part(result, "treino_run_result");
    treino::library::give(result, of(loop).end(), "treino_run_result");
  });
}
}
