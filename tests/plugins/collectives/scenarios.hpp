// What the processes of a test do together. Each throws where something is not as it should be.
#pragma once
#include "plugins/collectives/instance.hpp"

namespace treino::test {

struct Stage {
  std::shared_ptr<const host::Component> component;
  std::filesystem::path folder;
};

void play_alone(const Stage& stage);
/// Every exchange, with values that are worked out by hand.
void play_exchanges(const Stage& stage);
void play_under_way(const Stage& stage);
void play_two_runs(const Stage& stage);
void play_refused(const Stage& stage);
/// A rank expects less than it is sent.
void play_too_short(const Stage& stage);
/// Rank 1 leaves, stops for a while, is killed.
void play_leave(const Stage& stage);
void play_stopped(const Stage& stage);
void play_killed(const Stage& stage);

inline void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("not so: " + what);
}
/// The text of what `action` throws, "" where it does not.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace treino::test
