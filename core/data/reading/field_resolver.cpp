// Faults name the fields that there are and the nearest right name: a misspelt column is the most frequent fault of a manifest.
#include "data/reading/field_resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "data/message.hpp"

namespace treino::data {

void FieldResolver::assign_names(const std::vector<std::string>& expected, Use use, std::size_t& count) {
  Places places;
  for (std::size_t field = 0; field < uses_.of.size(); ++field)
    if (uses_.of[field].use == Use::skipped) places[schema_.fields[field].name].push_back(field);
  refuse_lacking(expected, places);
  std::unordered_map<std::string_view, std::size_t> times;
  for (const std::string& name : expected) {
    const std::size_t field = places[name][times[name]++];
    uses_.of[field] = {use, count++};
  }
  for (const auto& [name, taken] : times) {
    if (places[name].size() != taken)
      fail_head(fmt::format("{} {}s {}; the training data have {}", places[name].size(), noun(), in_quotes(name), taken));
  }
}

void FieldResolver::set_aside(const References& references) {
  for (const Source::Column& reference : references) {
    const std::optional<std::size_t> field = look_for(reference);
    if (field && uses_.of[*field].use == Use::skipped) uses_.of[*field].use = Use::aside;
  }
}

void FieldResolver::drop_set_aside() {
  for (FieldUse& use : uses_.of)
    if (use.use == Use::aside) use = {};
}

void FieldResolver::assign(const References& references, Use use, std::size_t& count) {
  for (const Source::Column& reference : references) {
    const auto* name = std::get_if<std::string>(&reference);
    const std::size_t field = name ? find_name(*name) : find_number(std::get<std::int64_t>(reference));
    if (uses_.of[field].use == use) fail(fmt::format("{} {} is named twice", noun(), describe_field(field)));
    if (uses_.of[field].use != Use::skipped) fail(fmt::format("{} {} is both target and feature", noun(), describe_field(field)));
    uses_.of[field] = {use, count++};
  }
}

void FieldResolver::assign_rest(FieldRole role, Use use, std::size_t& count) {
  for (std::size_t field = 0; field < uses_.of.size(); ++field)
    if (uses_.of[field].use == Use::skipped && schema_.fields[field].role == role) uses_.of[field] = {use, count++};
}

void FieldResolver::fail_head(const std::string& what) const {
  throw DataError(fmt::format("{}: {}", schema_.head.empty() ? reader_.name() : schema_.head, what));
}

void FieldResolver::fail(const std::string& what) const { throw DataError(reader_.name() + ": " + what); }

std::vector<std::string> FieldResolver::names() const {
  std::vector<std::string> all;
  for (const Field& field : schema_.fields) all.push_back(field.name);
  return all;
}

const char* FieldResolver::noun() const {
  const auto is_column = [](const Field& field) { return field.is_column(); };
  return std::all_of(schema_.fields.begin(), schema_.fields.end(), is_column) ? "column" : "array";
}

void FieldResolver::refuse_lacking(const std::vector<std::string>& expected, const Places& places) const {
  std::vector<std::string> lacking;
  std::unordered_map<std::string_view, std::size_t> times;
  for (const std::string& name : expected) {
    const auto found = places.find(name);
    if (found == places.end() || found->second.size() < ++times[name]) lacking.push_back(name);
  }
  if (lacking.empty()) return;
  std::vector<std::string> others;  // that could be meant: no column is two
  for (std::size_t field = 0; field < uses_.of.size(); ++field) {
    const std::string& name = schema_.fields[field].name;
    if (uses_.of[field].use == Use::skipped && !times.contains(name)) others.push_back(name);
  }
  fail_head(fmt::format("no {} {}, which the training data have.{} It has: {}{}", noun(), listed(lacking),
                        nearest_hint(lacking.front(), others), listed(names()), schema_.hint));
}

std::optional<std::size_t> FieldResolver::look_for(const Source::Column& reference) const {
  if (const auto* name = std::get_if<std::string>(&reference)) {
    const auto has_name = [&](const Field& field) { return field.name == *name; };
    const auto found = std::find_if(schema_.fields.begin(), schema_.fields.end(), has_name);
    if (found == schema_.fields.end()) return std::nullopt;
    return static_cast<std::size_t>(found - schema_.fields.begin());
  }
  const auto fields = static_cast<std::int64_t>(schema_.fields.size());
  std::int64_t number = std::get<std::int64_t>(reference);
  if (number < 0) number += fields;
  return number >= 0 && number < fields ? std::optional(static_cast<std::size_t>(number)) : std::nullopt;
}

std::string FieldResolver::describe_field(std::size_t field) const {
  const std::string& name = schema_.fields[field].name;
  return name.empty() ? fmt::format("{}", field) : in_quotes(name);
}

std::size_t FieldResolver::find_number(std::int64_t number) const {
  const auto field = look_for(number);
  if (!field)
    fail(fmt::format("no {0} {1}; it has {2} {0}s, counted from 0, or from -1 backwards{3}", noun(), number,
                     schema_.fields.size(), schema_.hint));
  return *field;
}

std::size_t FieldResolver::find_name(const std::string& name) const {
  if (!schema_.has_names())
    fail(fmt::format("no {0} {1}: {2}; give the {0}'s number, from 0", noun(), in_quotes(name),
                     std::string_view(noun()) == "column" ? "it has no header" : "it has none with a name"));
  const auto field = look_for(name);
  if (!field)
    fail(fmt::format("no {} {}.{} It has: {}{}", noun(), in_quotes(name), nearest_hint(name, names()), listed(names()),
                     schema_.hint));
  const auto same = [&](const Field& each) { return each.name == name; };
  if (std::count_if(schema_.fields.begin(), schema_.fields.end(), same) > 1)
    fail(fmt::format("two {0}s {1}; give the {0}'s number, from 0", noun(), in_quotes(name)));
  return *field;
}

}  // namespace treino::data
