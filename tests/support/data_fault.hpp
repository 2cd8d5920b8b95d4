// What is said of bad data.
#pragma once
#include <string>

#include "data/dataset.hpp"

namespace treino::test {

/// The text of the DataError that an action ends with; empty: none.
template <class Action>
std::string fault_of(Action action) {
  try {
    action();
  } catch (const data::DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace treino::test
