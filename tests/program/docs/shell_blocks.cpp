// Shell blocks of the Markdown pages, with what they say the commands print.
#include "program/docs/shell_blocks.hpp"

#include <cmath>
#include <cstdlib>
#include <sstream>

namespace treino::test {

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

bool is_bar(const std::string& word) { return word.find_first_not_of("<>") == std::string::npos; }

bool words_match(const std::string& shown, const std::string& actual) {
  if (shown == actual || (is_bar(shown) && is_bar(actual))) return true;
  if (const std::size_t dots = shown.find("..."); dots != std::string::npos) {
    const std::string head = shown.substr(0, dots), tail = shown.substr(dots + 3);
    return actual.size() >= head.size() + tail.size() && actual.compare(0, head.size(), head) == 0 &&
           actual.compare(actual.size() - tail.size(), tail.size(), tail) == 0;
  }
  char *end_shown = nullptr, *end_actual = nullptr;
  const double a = std::strtod(shown.c_str(), &end_shown), b = std::strtod(actual.c_str(), &end_actual);
  if (end_shown == shown.c_str() || std::string(end_shown) != end_actual) return false;
  return std::abs(a - b) <= 0.2 * std::max(std::abs(a), std::abs(b)) + 3;
}

bool line_matches(const std::string& shown, const std::string& actual) {
  std::istringstream a(shown), b(actual);
  std::vector<std::string> left, right;
  for (std::string word; a >> word;) left.push_back(word);
  for (std::string word; b >> word;) right.push_back(word);
  // A "..." that is a word of its own stands for any number of words, also none.
  std::size_t i = 0, j = 0, star = left.size(), resume = 0;
  while (j < right.size()) {
    if (i < left.size() && left[i] == "...") {
      star = i++;
      resume = j;
    } else if (i < left.size() && words_match(left[i], right[j])) {
      ++i, ++j;
    } else if (star != left.size()) {
      i = star + 1;
      j = ++resume;
    } else {
      return false;
    }
  }
  while (i < left.size() && left[i] == "...") ++i;
  return i == left.size();
}

bool lines_match(const std::vector<std::string>& shown, std::size_t i, const std::vector<std::string>& actual, std::size_t j) {
  if (i == shown.size()) return j == actual.size();
  if (trimmed(shown[i]) == "...") {
    for (std::size_t k = j; k <= actual.size(); ++k)
      if (lines_match(shown, i + 1, actual, k)) return true;
    return false;
  }
  return j < actual.size() && line_matches(shown[i], actual[j]) && lines_match(shown, i + 1, actual, j + 1);
}

}  // namespace

std::vector<ShownCommand> commands_of(const std::string& markdown) {
  std::vector<ShownCommand> commands;
  std::string language;
  for (const std::string& line : lines_of(markdown)) {
    if (line.rfind("```", 0) == 0) {
      language = language.empty() ? line.substr(3) : "";
    } else if (language == "sh") {
      const std::string command = trimmed(line.substr(0, line.find('#')));
      if (!command.empty()) commands.push_back({command, {}});
    } else if (language == "console") {
      if (line.rfind("$ ", 0) == 0)
        commands.push_back({line.substr(2), {}});
      else if (!commands.empty())
        commands.back().output.push_back(line);
    }
  }
  return commands;
}

std::string first_block(const std::string& markdown, const std::string& language) {
  const std::string fence = "```" + language + "\n";
  const std::size_t begin = markdown.find(fence);
  if (begin == std::string::npos) return "";
  return markdown.substr(begin + fence.size(), markdown.find("\n```", begin) + 1 - begin - fence.size());
}

std::map<std::string, std::string> files_of(const std::string& markdown) {
  std::map<std::string, std::string> files;
  std::string above, name;
  bool inside = false;
  for (const std::string& line : lines_of(markdown)) {
    if (line.rfind("```", 0) == 0) {
      inside = !inside;
      const bool named = above.size() > 3 && above.front() == '`' && above.compare(above.size() - 2, 2, "`:") == 0;
      name = inside && named ? above.substr(1, above.size() - 3) : "";
    } else if (inside && !name.empty()) {
      files[name] += line + "\n";
    }
    if (!line.empty()) above = line;
  }
  return files;
}

bool matches(const std::vector<std::string>& shown, const std::string& actual) {
  return lines_match(shown, 0, lines_of(actual), 0);
}

}  // namespace treino::test
