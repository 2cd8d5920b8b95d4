// Faults name the columns that there are and the nearest right name: a misspelt column is the most frequent fault of a manifest.
#include "data/formats/column_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "data/formats/csv_hints.hpp"
#include "data/formats/message.hpp"
#include "data/source.hpp"

namespace treino::data {

void ColumnResolver::assign_names(const std::vector<std::string>& expected, Use use, std::size_t& count) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> places;
  for (std::size_t column = 0; column < head_.roles.size(); ++column) {
    if (head_.roles[column].use == Use::skipped) places[head_.names[column]].push_back(column);
  }
  refuse_lacking(expected, places);
  std::unordered_map<std::string_view, std::size_t> times;
  for (const std::string& name : expected) {
    const std::size_t column = places[name][times[name]++];
    head_.roles[column] = {use, count++};
  }
  for (const auto& [name, taken] : times) {
    if (places[name].size() != taken)
      fail_head(fmt::format("{} columns {}; the training data have {}", places[name].size(), in_quotes(name), taken));
  }
}

void ColumnResolver::set_aside(const References& references) {
  for (const Source::Column& reference : references) {
    const std::optional<std::size_t> column = look_for(reference);
    if (column && head_.roles[*column].use == Use::skipped) head_.roles[*column].use = Use::aside;
  }
}

void ColumnResolver::drop_set_aside() {
  for (ColumnRole& role : head_.roles) {
    if (role.use == Use::aside) role = {};
  }
}

void ColumnResolver::assign(const References& references, Use use, std::size_t& count) {
  for (const Source::Column& reference : references) {
    const std::size_t column = find(reference);
    if (head_.roles[column].use == use) fail(fmt::format("column {} is named twice", describe_column(column)));
    if (head_.roles[column].use != Use::skipped)
      fail(fmt::format("column {} is both target and feature", describe_column(column)));
    head_.roles[column] = {use, count++};
  }
}

void ColumnResolver::assign_rest(Use use, std::size_t& count) {
  for (ColumnRole& role : head_.roles) {
    if (role.use == Use::skipped) role = {use, count++};
  }
}

std::string ColumnResolver::single_column_hint() const {
  return head_.roles.size() == 1 ? field_hint(head_.first_field, delimiter_) : "";
}

void ColumnResolver::fail_head(const std::string& what) const {
  throw DataError(fmt::format("{}:{}: {}", scanner_.name(), head_.line, what));
}

void ColumnResolver::fail(const std::string& what) const { throw DataError(scanner_.name() + ": " + what); }

void ColumnResolver::refuse_lacking(const std::vector<std::string>& expected, const Places& places) const {
  std::vector<std::string> lacking;
  std::unordered_map<std::string_view, std::size_t> times;
  for (const std::string& name : expected) {
    const auto found = places.find(name);
    if (found == places.end() || found->second.size() < ++times[name]) lacking.push_back(name);
  }
  if (lacking.empty()) return;
  std::vector<std::string> others;  // that could be meant: no column is two
  for (std::size_t column = 0; column < head_.names.size(); ++column) {
    const bool taken = head_.roles[column].use != Use::skipped || times.contains(head_.names[column]);
    if (!taken) others.push_back(head_.names[column]);
  }
  fail_head(fmt::format("no column {}, which the training data have.{} It has: {}{}", listed(lacking),
                        nearest_hint(lacking.front(), others), listed(head_.names), single_column_hint()));
}

std::optional<std::size_t> ColumnResolver::look_for(const Source::Column& reference) const {
  if (const auto* name = std::get_if<std::string>(&reference)) {
    const auto found = std::find(head_.names.begin(), head_.names.end(), *name);
    if (found == head_.names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - head_.names.begin());
  }
  const auto columns = static_cast<std::int64_t>(head_.roles.size());
  std::int64_t number = std::get<std::int64_t>(reference);
  if (number < 0) number += columns;
  return number >= 0 && number < columns ? std::optional(static_cast<std::size_t>(number)) : std::nullopt;
}

std::string ColumnResolver::describe_column(std::size_t column) const {
  return head_.names.empty() ? fmt::format("{}", column) : in_quotes(head_.names[column]);
}

std::size_t ColumnResolver::find(const Source::Column& reference) const {
  return std::holds_alternative<std::string>(reference) ? find_name(std::get<std::string>(reference))
                                                        : find_number(std::get<std::int64_t>(reference));
}

std::size_t ColumnResolver::find_number(std::int64_t number) const {
  const auto columns = static_cast<std::int64_t>(head_.roles.size());
  if (number >= columns || number < -columns) {
    fail(fmt::format("no column {}; it has {} columns, counted from 0, or from -1 backwards{}", number, columns,
                     single_column_hint()));
  }
  return static_cast<std::size_t>(number < 0 ? number + columns : number);
}

std::size_t ColumnResolver::find_name(const std::string& name) const {
  if (head_.names.empty()) fail(fmt::format("no column {}: it has no header; give the column's number, from 0", in_quotes(name)));
  const auto found = std::find(head_.names.begin(), head_.names.end(), name);
  if (found == head_.names.end()) {
    const std::string hint = nearest_hint(name, head_.names);
    fail(fmt::format("no column {}.{} It has: {}{}", in_quotes(name), hint, listed(head_.names), single_column_hint()));
  }
  if (std::find(found + 1, head_.names.end(), name) != head_.names.end()) {
    fail(fmt::format("two columns {}; give the column's number, from 0", in_quotes(name)));
  }
  return static_cast<std::size_t>(found - head_.names.begin());
}

}  // namespace treino::data
