// A line of a CSV file, quoted where RFC 4180 says so.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace treino {
inline namespace sdk0 {

/// The fields with `separator` between them; those that hold it, a quotation mark or the end of a line stand in quotation marks.
inline std::string csv_line(const std::vector<std::string>& fields, char separator = ',', const char* end = "\n") {
  std::string text;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) text += separator;
    if (field.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) {
      text += field;
      continue;
    }
    text += '"';
    for (const char letter : field) text += letter == '"' ? std::string(2, '"') : std::string(1, letter);
    text += '"';
  }
  return text + end;
}

/// Throws std::invalid_argument naming `parameter` where `text` cannot separate fields.
inline char csv_separator(const std::string& text, const std::string& parameter) {
  if (text.size() != 1 || text.find_first_of("\"\r\n") != std::string::npos)
    throw std::invalid_argument(parameter + " must be one ASCII character, and neither a quotation mark nor the end of a line");
  return text.front();
}

}  // namespace sdk0
}  // namespace treino
