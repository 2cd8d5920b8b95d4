// What of a file is prose: all of a page, and the comments and strings of a source.
#pragma once
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace treino::test {

inline void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
}

/// The text with blanks in the place of code; line ends stay.
inline std::string without_code(const std::string& text) {
  std::string prose = text;
  std::size_t at = 0;
  const auto skip_to = [&](std::size_t end) { at = end > text.size() ? text.size() : end; };
  const auto after = [&](const std::string& end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string::npos ? text.size() : found + end.size();
  };
  while (at < text.size()) {
    if (text.compare(at, 2, "//") == 0) {
      skip_to(text.find('\n', at));
    } else if (text.compare(at, 2, "/*") == 0) {
      skip_to(after("*/", at));
    } else if (text.compare(at, 2, "R\"") == 0) {
      const std::size_t parenthesis = text.find('(', at);
      skip_to(after(")" + text.substr(at + 2, parenthesis - at - 2) + "\"", at));
    } else if (text[at] == '"') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      skip_to(end + 1);
    } else if (text[at] == '\'' && at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0)) {
      const std::size_t end = text.find('\'', at + (text[at + 1] == '\\' ? 3 : 2));
      for (std::size_t i = at; i < end && i < text.size(); ++i) prose[i] = text[i] == '\n' ? '\n' : ' ';
      skip_to(end == std::string::npos ? end : end + 1);
    } else {
      if (text[at] != '\n') prose[at] = ' ';
      ++at;
    }
  }
  return prose;
}

/// By line.
inline std::vector<std::string> prose_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string extension = path.extension();
  if (extension != ".md" && extension != ".toml") text = without_code(text);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace treino::test
