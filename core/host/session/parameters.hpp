// A manifest's table in the contract's form: flat arrays of typed values that stay where they are.
#pragma once
#include <treino/abi.h>

#include <deque>
#include <string>
#include <vector>

#include "manifest/value.hpp"

namespace treino::host {

class ParameterPack {
 public:
  explicit ParameterPack(const manifest::Table& table) : table_(add(table)) {}
  ParameterPack(const ParameterPack&) = delete;
  ParameterPack& operator=(const ParameterPack&) = delete;
  const treino_parameter* data() const { return table_.as.table; }
  std::uint32_t count() const { return table_.count; }

 private:
  treino_value add(const manifest::Table& table);
  treino_value add(const manifest::Value& value);
  const std::string& keep(const std::string& text) { return texts_.emplace_back(text); }

  // Deques: what was added stays where it is.
  std::deque<std::string> texts_;
  std::deque<std::vector<treino_value>> lists_;
  std::deque<std::vector<treino_parameter>> tables_;
  treino_value table_;
};

/// The way back, for child tables that a plugin hands to the host.
manifest::Table to_table(const treino_parameter* parameters, std::uint32_t count);

}  // namespace treino::host
