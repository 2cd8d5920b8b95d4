// A CSV file's text as records of fields (RFC 4180).
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace csv_logger {

using Record = std::vector<std::string>;

/// Every record that a line's end completes, and one more where `text` does not end with it.
inline std::vector<Record> parse(const std::string& text, char separator) {
  std::vector<Record> records;
  Record record(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted && letter == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      record.back() += text[++i];
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (!quoted && letter == separator) {
      record.emplace_back();
    } else if (!quoted && letter == '\n') {
      records.push_back(std::exchange(record, Record(1)));
    } else if (quoted || letter != '\r') {
      record.back() += letter;
    }
  }
  if (record.size() > 1 || !record.front().empty()) records.push_back(record);
  return records;
}

}  // namespace csv_logger
