// What holds for the description of every plugin, whatever it does.
#include "plugins/conformance/description_checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/instance.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace {

using manifest::ParameterDescription;
using manifest::Table;
using manifest::Value;

Value value(double number, const std::string& type) {
  Value one;
  if (type == "int") {
    one.data = static_cast<std::int64_t>(number);
  } else {
    one.data = number;
  }
  return one;
}

/// The type of the numbers that it takes: its own, of its elements, or of what may stand instead of a text.
std::string type_of_numbers(const ParameterDescription& parameter) {
  return parameter.or_int ? "int" : parameter.type == "list" ? parameter.items : parameter.type;
}

/// A number as the parameter takes it: itself, or a list of it.
Value as_parameter(const ParameterDescription& parameter, double number) {
  if (parameter.type != "list") return value(number, type_of_numbers(parameter));
  Value list;
  list.data = manifest::List{value(number, parameter.items)};
  return list;
}

Value text_value(const std::string& text) {
  Value one;
  one.data = text;
  return one;
}

Table with(Table table, const std::string& key, Value value) {
  for (manifest::Entry& entry : table) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    return table;
  }
  table.push_back({key, {}, std::move(value)});
  return table;
}

Table without(Table table, const std::string& key) {
  std::erase_if(table, [&](const manifest::Entry& entry) { return entry.key == key; });
  return table;
}

double step(double from, int direction, const std::string& type) {
  if (type == "int") return from + direction;
  return std::nextafter(from, direction * std::numeric_limits<double>::infinity());
}

struct Limits {
  std::vector<double> inside, outside;
};

Limits limits(const ParameterDescription& parameter) {
  const std::string type = type_of_numbers(parameter);
  Limits limits;
  if (parameter.min) limits.inside.push_back(*parameter.min), limits.outside.push_back(step(*parameter.min, -1, type));
  if (parameter.max) limits.inside.push_back(*parameter.max), limits.outside.push_back(step(*parameter.max, 1, type));
  if (parameter.above) limits.outside.push_back(*parameter.above), limits.inside.push_back(step(*parameter.above, 1, type));
  if (parameter.below) limits.outside.push_back(*parameter.below), limits.inside.push_back(step(*parameter.below, -1, type));
  if (type == "float" && !limits.outside.empty()) limits.outside.push_back(std::numeric_limits<double>::quiet_NaN());
  return limits;
}

void must_refuse(const PluginUnderTest& plugin, const Table& given, const std::string& named) {
  INFO("a wrong '" << named << "' should be refused, with its name in the text");
  std::string refusal;
  CHECK_FALSE(completed(plugin, given, refusal));
  CHECK(refusal.find(named) != std::string::npos);
}

void must_accept(const PluginUnderTest& plugin, const Table& given) {
  std::string refusal;
  const bool accepted = completed(plugin, given, refusal).has_value();
  CHECK((accepted ? "" : refusal) == "");
}

void check_parameter(const PluginUnderTest& plugin, const Table& valid, const ParameterDescription& parameter) {
  const std::string& name = parameter.name;
  INFO("parameter " << name);
  CHECK_FALSE(parameter.doc.empty());
  for (const double inside : limits(parameter).inside) must_accept(plugin, with(valid, name, as_parameter(parameter, inside)));
  for (const double outside : limits(parameter).outside)
    must_refuse(plugin, with(valid, name, as_parameter(parameter, outside)), name);
  for (const std::string& choice : parameter.choices) must_accept(plugin, with(valid, name, text_value(choice)));
  if (!parameter.choices.empty()) must_refuse(plugin, with(valid, name, text_value("no such choice")), name);
  if (parameter.required) must_refuse(plugin, without(valid, name), name);
  Value nonsense;
  nonsense.data = Table{{"nonsense", {}, value(1, "int")}};
  const bool takes_tables =
      parameter.type != "bool" && parameter.type != "int" && parameter.type != "float" && parameter.type != "string";
  if (!takes_tables) must_refuse(plugin, with(valid, name, nonsense), name);
}

/// Parameters of one valid case each, and each of them with every limit and choice of every parameter.
std::vector<Table> variants(const PluginUnderTest& plugin) {
  std::vector<Table> all;
  for (const Table& valid : valid_parameters(plugin)) {
    all.push_back(valid);
    for (const ParameterDescription& parameter : plugin.description.parameters) {
      for (const double inside : limits(parameter).inside)
        all.push_back(with(valid, parameter.name, as_parameter(parameter, inside)));
      for (const std::string& choice : parameter.choices) all.push_back(with(valid, parameter.name, text_value(choice)));
    }
  }
  return all;
}

}  // namespace

void check_description(const PluginUnderTest& plugin) {
  const manifest::Description& description = plugin.description;
  std::string file = description.id;
  std::replace(file.begin(), file.end(), '/', '.');  // acme/notify is acme.notify.so
  CHECK(file == plugin.library.stem().string());
  CHECK_FALSE(description.version.empty());
  CHECK_FALSE(description.summary.empty());
  CHECK_FALSE(description.help.empty());
  CHECK(description.state_version == plugin.lifecycle->state_version);
  CHECK((plugin.lifecycle->save == nullptr) == (plugin.lifecycle->load == nullptr));

  const std::vector<Table> valid = valid_parameters(plugin);
  INFO("a plugin with required parameters needs a case that gives them");
  REQUIRE_FALSE(valid.empty());
  must_refuse(plugin, with(valid.front(), "no_such_parameter", text_value("x")), "no_such_parameter");
  for (const ParameterDescription& parameter : description.parameters) check_parameter(plugin, valid.front(), parameter);
}

void check_lifecycle(const PluginUnderTest& plugin) {
  for (const Table& valid : valid_parameters(plugin)) {
    std::vector<std::unique_ptr<Instance>> many;
    for (int i = 0; i < 20; ++i) many.push_back(std::make_unique<Instance>(plugin, valid));
  }
  std::size_t made = 0;
  for (const Table& variant : variants(plugin)) {
    std::string refusal;
    const auto parameters = completed(plugin, variant, refusal);
    if (!parameters) continue;
    try {
      const Instance instance(plugin, *parameters);
      ++made;
    } catch (const Refusal&) {
      // Allowed: each parameter is within its limits, but they do not go together. That there is a text has been checked.
    }
  }
  CHECK(made > 0);
}

}  // namespace treino::conformance
