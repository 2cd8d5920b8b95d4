// The C functions in tables, in the order in which a file defines them.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace treino::exporters {

struct Function {
  const char* name;
  std::set<std::string> needs;  // which stand before it
  const char* text;
};

const std::vector<Function>& products_and_pools();
const std::vector<Function>& sequence_functions();

}  // namespace treino::exporters
