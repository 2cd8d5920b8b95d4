// What every section needs when it is read: filling in defaults, and refusing what must not be written into files.
#include "manifest/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "manifest/wording.hpp"

namespace treino::manifest {

namespace {

constexpr std::size_t longest_name = 100;

}  // namespace

Value* find(Table& table, std::string_view key) { return const_cast<Value*>(find(std::as_const(table), key)); }

void fill(Table& source, const Table& completed) {
  for (const Entry& entry : completed) {
    if (Value* value = find(source, entry.key))
      *value = entry.value;
    else
      source.push_back(entry);
  }
}

bool refuse_secret(const Value& value, const std::string& subject, Reading& reading) {
  if (!value.secret) return false;
  reading.faults.add(value.location,
                     fmt::format("{}: \"{}\" stands for a value that is never written down, and this is written into the "
                                 "run's files: write the text itself",
                                 subject, shown(value.original)));
  return true;
}

bool check_name(const Value& name, const std::string& subject, Reading& reading) {
  if (refuse_secret(name, subject, reading)) return false;
  const std::string& text = *name.as<std::string>();
  const bool printable = std::none_of(text.begin(), text.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/'; });
  if (printable && !text.empty() && text != "." && text != ".." && text.size() <= longest_name) return true;
  reading.faults.add(name.location, fmt::format("{}: expected 1 to {} characters without '/' and control characters, got {}",
                                                subject, longest_name, describe(name)));
  return false;
}

std::vector<Located<std::string>> strings(const Table& completed, std::string_view key) {
  std::vector<Located<std::string>> result;
  for (const Value& element : get<List>(completed, key)) result.push_back({*element.as<std::string>(), element.location});
  return result;
}

}  // namespace treino::manifest
