// What a case of a callback expects of the run that it plays, any of
//   outcome = "early_stopped"        "done" where it is left out
//   reason = "..."                   why the callback ended it
//   epochs = 4                       how many were begun
//   rates = [0.1, 0.1, 0.01]         at the beginning of each
//   saved = ["weights a.safetensors", "failed: everything b.safetensors"]   in order
//   files = ["a.safetensors"]        what lies in the run's folder at the end
//   text = { "log.csv" = "..." }     their contents
//   lines = ["..."], status = "..."  on the screen, and its first status line that is not empty; times are written #
//   statuses = ["..."]               all of its status lines, "" where it is taken away; times are not written #
//   timed_lines = ["..."]            as lines, times not written #
//   log = ["info: ..."]              from info up
//   emitted = { lr = [0.1, "none"] } what numbers are at the end of each epoch; emitted_batches after each batch
//   weights_of_step = 6              what the weights are at the end
//   skipped = [3], returned = [5]    batches whose step was not taken; after which the weights went back
#pragma once
#include <map>

#include "plugins/conformance/callback_play.hpp"

namespace treino::conformance {

/// Bytes by path within the folder.
using Files = std::map<std::string, std::string>;
Files files_in(const std::filesystem::path& folder);

/// Through Catch2's assertions.
void check_expectations(const manifest::Table& expect, Play& play);

}  // namespace treino::conformance
