// The grammar of templates is checked before the run: a bad format would otherwise show when the first file is to be written.
#include "manifest/placeholders.hpp"

#include <fmt/format.h>

#include "manifest/description.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_whole(std::string_view name) { return name == "epoch" || name == "batch" || name == "step" || name == "number"; }

/// [0][width][.digits][d|e|f|g], width and digits of at most two digits; `d` for whole numbers, the others for the rest.
bool is_format(std::string_view format, bool whole) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < format.size() && i < begin + 2 && is_digit(format[i])) ++i;
    return i > begin;
  };
  const bool zero = format.substr(0, 1) == "0";
  if (zero) ++i;
  const bool width = digits();
  if (zero && !width) return false;
  const bool point = i < format.size() && format[i] == '.';
  if (point) {
    ++i;
    if (whole || !digits()) return false;
  }
  if (i == format.size()) return !format.empty();
  const bool letter = std::string_view(whole ? "d" : "efg").find(format[i]) != std::string_view::npos;
  return letter && i + 1 == format.size();
}

bool is_name(std::string_view name) {
  for (const char c : name)
    if (c == '{' || c == ' ' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  return !name.empty();
}

std::string fault_in(std::string_view name, std::string_view format, bool has_format) {
  if (!is_name(name)) return fmt::format("'{{{}}}' does not name a scalar", shown(name));
  if (!has_format || is_format(format, is_whole(name))) return "";
  const char* example = is_whole(name) ? "03d" : ".2f";
  return fmt::format("':{}' is not a format for '{}'; one is ':{}'", shown(format), shown(name), example);
}

}  // namespace

std::vector<std::string> placeholders(const std::string& text, const Location& at, Faults& faults) {
  std::vector<std::string> names;
  const std::string_view view = text;
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (view[i] == '}') faults.add(at, fmt::format("'}}' without its '{{' in \"{}\"", shown(view)));
    if (view[i] != '{') continue;
    const std::size_t end = view.find('}', i);
    if (end == view.npos) {
      faults.add(at, fmt::format("'{{' without its '}}' in \"{}\"", shown(view)));
      break;
    }
    const std::string_view inside = view.substr(i + 1, end - i - 1);
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon), format = colon == inside.npos ? "" : inside.substr(colon + 1);
    const std::string fault = fault_in(name, format, colon != inside.npos);
    if (fault.empty())
      names.emplace_back(name);
    else
      faults.add(at, fault);
    i = end;
  }
  return names;
}

}  // namespace treino::manifest
