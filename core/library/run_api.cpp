// treino_run_...: the C functions, each a line of RunHandle's.
#include "library/guarded.hpp"
#include "library/run_handle.hpp"

using treino::base::InputError;
using treino::library::give;
using treino::library::given;
using treino::library::guarded;
using treino::library::known_part;

struct treino_run_handle {
  treino::library::RunHandle run;
};

namespace {

treino::library::RunHandle& of(treino_run_handle* handle) {
  if (handle == nullptr) throw InputError("the run's handle is null");
  return handle->run;
}

}  // namespace

extern "C" {

const char* treino_version(void) { return TREINO_VERSION; }

treino_status treino_run_open(const treino_run_options* options, treino_run_handle** run, treino_error* error) {
  return guarded(error, [&] {
    if (run == nullptr) throw InputError("there is no place for the run's handle");
    *run = nullptr;
    *run = new treino_run_handle{treino::library::RunHandle(known_part(options, "treino_run_options"))};
  });
}

void treino_run_close(treino_run_handle* run) { delete run; }

treino_status treino_run_set_samples(treino_run_handle* run, uint32_t part, const treino_samples* samples, treino_error* error) {
  return guarded(error, [&] { of(run).set_samples(part, samples); });
}

void treino_run_on_epoch(treino_run_handle* run, treino_epoch_function function, void* context) {
  if (run != nullptr) run->run.on_epoch(function, context);
}

void treino_run_interrupt(treino_run_handle* run) {
  if (run != nullptr) run->run.interrupt();
}

treino_status treino_run_check(treino_run_handle* run, treino_error* error) {
  return guarded(error, [&] { of(run).check(); });
}

treino_status treino_run_plan(treino_run_handle* run, treino_write_function write, void* context, treino_error* error) {
  return guarded(error, [&] {
    const treino::library::Writer to(write, context);
    to(of(run).plan());
  });
}

treino_status treino_run_schedule(treino_run_handle* run, uint64_t steps_per_epoch, treino_schedule* schedule,
                                  treino_error* error) {
  return guarded(error, [&] {
    known_part(schedule, "treino_schedule");
    give(schedule, of(run).schedule(steps_per_epoch), "treino_schedule");
  });
}

treino_status treino_run_input_files(treino_run_handle* run, const char* const** files, uint32_t* count, treino_error* error) {
  return guarded(error, [&] {
    if (files == nullptr || count == nullptr) throw InputError("there is no place for the files");
    const std::vector<const char*>& found = of(run).input_files();
    *files = found.data();
    *count = static_cast<uint32_t>(found.size());
  });
}

treino_status treino_run_fit(treino_run_handle* run, treino_run_result* result, treino_error* error) {
  return guarded(error, [&] {
    known_part(result, "treino_run_result");  // before the work, not after it
    give(result, of(run).fit(), "treino_run_result");
  });
}

treino_status treino_run_resume(treino_run_handle* run, treino_run_result* result, treino_error* error) {
  return guarded(error, [&] {
    known_part(result, "treino_run_result");
    give(result, of(run).resume(), "treino_run_result");
  });
}

treino_status treino_run_evaluate(treino_run_handle* run, const treino_samples* samples, uint32_t part,
                                  const treino_scalar** scalars, uint32_t* scalar_count, treino_error* error) {
  return guarded(error, [&] {
    if (scalars == nullptr || scalar_count == nullptr) throw InputError("there is no place for the scalars");
    const std::vector<treino_scalar>& values = of(run).evaluate(samples, part);
    *scalars = values.data();
    *scalar_count = static_cast<uint32_t>(values.size());
  });
}

treino_status treino_run_save(treino_run_handle* run, const char* path, treino_error* error) {
  return guarded(error, [&] { of(run).save(given(path, "the model's path")); });
}
}
