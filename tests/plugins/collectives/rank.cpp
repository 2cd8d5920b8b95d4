// rank LIBRARY SCENARIO FOLDER: one of the processes that mpirun starts; the scenario's ranks meet in the folder where they may not
// do so by an exchange. Ends with 0 where all is as it should be, and says what is not on standard error.
#include <csignal>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>

#include "plugins/collectives/scenarios.hpp"

using namespace treino::test;

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::map<std::string, std::function<void(const Stage&)>> scenarios = {
      {"alone", play_alone},       {"exchanges", play_exchanges}, {"under_way", play_under_way},
      {"two_runs", play_two_runs}, {"refused", play_refused},     {"too_short", play_too_short},
      {"leave", play_leave},       {"stopped", play_stopped},     {"killed", play_killed},
  };
  try {
    scenarios.at(arguments[2])({load_collective(arguments[1]), arguments[3]});
  } catch (const std::exception& error) {
    std::cerr << arguments[2] << ": " << error.what() << std::endl;
    return 1;
  }
  return 0;
}
