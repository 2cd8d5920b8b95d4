// What plugins are told where a run fails: that it has, and the ends for the begins that they have received.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "host/session/outcome.hpp"

namespace treino::train {

class Run;

/// Sends the event `exception`, once for a run and for each pass after it; nothing where nobody has received a beginning.
void tell_of_failure(Run& run, const std::string& reason);

/// Leaves the batch, and sends the ends that are due. What fails now is only logged, since the run has failed already.
void close_open_events(Run& run, host::Outcome outcome, const std::string& reason);

/// Nobody sees a batch any longer, and the weights may be changed.
void leave_batch(Run& run);

/// Logs what is thrown.
void attempt(Run& run, const std::function<void()>& action);

}  // namespace treino::train
