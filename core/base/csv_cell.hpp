// A text as a cell of a CSV file.
#pragma once
#include <string>

namespace treino::base {

/// In quotes where it holds a comma, a quote or a line end, as RFC 4180 has it.
inline std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace treino::base
