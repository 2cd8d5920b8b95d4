#include <algorithm>
#include <iterator>
#include <string_view>

#include "host/library/library.hpp"

namespace treino::host {
namespace {

// By number, as the descriptions spell them.
constexpr const char* names[] = {
    "run_begin",
    "run_end",
    "epoch_begin",
    "epoch_end",
    "batch_begin",
    "batch_end",
    "backward_end",
    "step_end",
    "validation_begin",
    "validation_end",
    "validation_batch_begin",
    "validation_batch_end",
    "test_begin",
    "test_end",
    "test_batch_begin",
    "test_batch_end",
    "predict_begin",
    "predict_end",
    "predict_batch_begin",
    "predict_batch_end",
    "checkpoint_saved",
    "step_begin",
    "exception",
    "fetch_begin",
    "fetch_end",
    "validation_fetch_begin",
    "validation_fetch_end",
    "test_fetch_begin",
    "test_fetch_end",
    "predict_fetch_begin",
    "predict_fetch_end",
};
static_assert(std::size(names) == TREINO_EVENT_COUNT);

}  // namespace

int event_number(std::string_view name) {
  const auto* found = std::find(std::begin(names), std::end(names), name);
  return found == std::end(names) ? -1 : static_cast<int>(found - std::begin(names));
}

const char* event_name(unsigned event) { return event < std::size(names) ? names[event] : nullptr; }

}  // namespace treino::host
