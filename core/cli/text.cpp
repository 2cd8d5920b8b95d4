// What is shown to people: aligned, wrapped, cleaned.
#include "cli/text.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/figures.hpp"
#include "base/launcher.hpp"
#include "base/secrets.hpp"
#include "base/text.hpp"

namespace treino::cli {

namespace {

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return false;
    if (written < 0) throw std::runtime_error("standard output cannot be written: " + std::generic_category().message(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void let_rank_0_speak() {
  const int rank = base::launched_rank();
  if (rank == 0) return;
  std::this_thread::sleep_for(std::chrono::seconds(5));
  std::fprintf(stderr, "rank %d: ", rank);
}

void append_utf8(std::string& text, unsigned code) {
  text += static_cast<char>(0xe0 | code >> 12);
  text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  text += static_cast<char>(0x80 | (code & 0x3f));
}

}  // namespace

std::string wrap(std::string_view text, unsigned width, unsigned indent) {
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::size_t size = columns_of(word);
    if (used > 0 && used + 1 + size > width) {
      result += '\n' + std::string(indent, ' ');
      used = 0;
    } else if (used > 0) {
      result += ' ';
      ++used;
    }
    result += word;
    used += size;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string table(const std::vector<std::vector<std::string>>& given, bool heading, unsigned width) {
  std::vector<std::vector<std::string>> rows = given;
  for (auto& row : rows)
    for (std::string& cell : row) cell = base::clean_line(cell);
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i >= widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  std::string result;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const bool last = i + 1 == widths.size();
      if (last) {
        const std::size_t room = width > used + 20 ? width - used : 20;
        result += wrap(rows[r][i], static_cast<unsigned>(room), static_cast<unsigned>(used));
      } else {
        result += rows[r][i] + std::string(widths[i] - columns_of(rows[r][i]) + 2, ' ');
        used += widths[i] + 2;
      }
    }
    while (!result.empty() && result.back() == ' ') result.pop_back();
    result += '\n';
    if (heading && r == 0) {
      for (std::size_t i = 0; i < widths.size(); ++i)
        result += std::string(i + 1 == widths.size() ? columns_of(rows[0].back()) : widths[i], '-') +
                  (i + 1 == widths.size() ? "" : "  ");
      result += '\n';
    }
  }
  return result;
}

std::string plot(std::span<const double> values, unsigned width, unsigned height) {
  if (values.empty()) return "";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::string top = base::brief(*high), bottom = base::brief(*low);
  const std::size_t margin = std::max(top.size(), bottom.size());
  const unsigned columns = 2 * width, rows = 4 * height;
  std::vector<unsigned> cells(width * height, 0);
  const auto set = [&](unsigned x, unsigned y) {  // y counts from the top
    static constexpr unsigned dots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells[y / 4 * width + x / 2] |= dots[y % 4][x % 2];
  };
  const double range = *high > *low ? *high - *low : 1;
  unsigned previous = 0;
  const auto row_of = [&, highest = *high](double value) {
    return static_cast<unsigned>(std::lround((highest - value) / range * (rows - 1)));
  };
  for (unsigned x = 0; x < columns; ++x) {
    // Each column shows all that falls into it, so that no peak is lost between two.
    const std::size_t begin = x * values.size() / columns, end = std::max(begin + 1, (x + 1) * values.size() / columns);
    const auto [least, greatest] = std::minmax_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                                       values.begin() + static_cast<std::ptrdiff_t>(end));
    unsigned from = row_of(*greatest), to = row_of(*least);
    if (x > 0) from = std::min(from, previous), to = std::max(to, previous);
    for (unsigned y = from; y <= to; ++y) set(x, y);
    previous = row_of(values[end - 1]);
  }
  std::string result;
  for (unsigned row = 0; row < height; ++row) {
    const std::string label = row == 0 ? top : row + 1 == height ? bottom : "";
    result += std::string(margin - label.size(), ' ') + label + (row == 0 || row + 1 == height ? " ┤" : " │");
    for (unsigned column = 0; column < width; ++column) append_utf8(result, 0x2800 + cells[row * width + column]);
    result += '\n';
  }
  return result;
}

unsigned screen_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 100;
}

bool print(std::string_view text) { return write_all(base::clean_text(text)); }

bool print_data(std::string_view text) { return isatty(STDOUT_FILENO) == 1 ? print(text) : write_all(text); }

void print_error(std::string_view text) {
  let_rank_0_speak();
  std::fprintf(stderr, "error: %s\n", base::clean_line(base::without_secrets(text)).c_str());
}

void print_faults(const std::string& faults) {
  let_rank_0_speak();
  std::fprintf(stderr, "%s\n", base::without_secrets(faults).c_str());
}

}  // namespace treino::cli
