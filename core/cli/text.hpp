// Tables and figures on the screen.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treino::cli {

/// Columns aligned by spaces, the first row underlined where `heading`; the last column is wrapped to `width`.
std::string table(const std::vector<std::vector<std::string>>& rows, bool heading, unsigned width);
/// Words wrapped to `width`, following lines indented.
std::string wrap(std::string_view text, unsigned width, unsigned indent);
/// A curve over 0 .. values.size() - 1 in braille dots, with its extremes at the left edge.
std::string plot(std::span<const double> values, unsigned width, unsigned height);
/// The width of standard output where it is a terminal, else 100.
unsigned screen_width();
/// Writes text for people to standard output, cleaned (base/text.hpp); false where nobody reads any more. Throws std::runtime_error
/// where it cannot be written otherwise (a full disk).
bool print(std::string_view text);
/// The same for text that programs read: every byte as it is, except on a terminal.
bool print_data(std::string_view text);
/// "error: <text>" on standard error, cleaned and on one line. Of several processes, those beside rank 0 say who they are, after rank 0
/// has had time to say the same: a launcher ends them all when the first has ended.
void print_error(std::string_view text);
/// The same for faults of a manifest, one per line, each cleaned already.
void print_faults(const std::string& faults);

}  // namespace treino::cli
