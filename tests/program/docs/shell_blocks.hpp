// The commands that a Markdown page shows, and the outputs it promises.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace treino::test {

struct ShownCommand {
  std::string command;
  std::vector<std::string> output;  // empty: the page shows none
};

/// Commands of the page's ```sh blocks (a line each, comments cut off) and ```console blocks ("$ command", then its output).
std::vector<ShownCommand> commands_of(const std::string& markdown);
/// The text of the first block of this language.
std::string first_block(const std::string& markdown, const std::string& language);
/// The blocks that stand below the name of a file, as in "`gap.cpp`:", by that name.
std::map<std::string, std::string> files_of(const std::string& markdown);

/// Whether `actual` is what the page shows: "..." stands for anything within a line, or, alone on one, for any lines; numbers may
/// differ by a fifth (machines differ in the order of sums), runs of '<' and '>' and of blanks in length.
bool matches(const std::vector<std::string>& shown, const std::string& actual);

}  // namespace treino::test
