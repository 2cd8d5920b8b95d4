// The groups are checked here as far as that needs no model: that each matches a parameter is seen when there is one.
#include "manifest/optimizer_section.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/complete.hpp"
#include "manifest/plugin_sections.hpp"
#include "manifest/sections.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

/// Optimizers were no plugins once, and what named them was `type`. True where it does, and has been refused for that.
bool refuse_type(Table& given, Reading& reading) {
  const auto type = std::find_if(given.begin(), given.end(), [](const Entry& entry) { return entry.key == "type"; });
  if (type == given.end() || find(given, "plugin")) return false;
  if (reading.recorded) {
    type->key = "plugin";
    return false;
  }
  const auto* id = type->value.as<std::string>();
  const std::string advice = id && !type->value.secret ? fmt::format(": write plugin = {}", in_quotes(shown(*id))) : "";
  reading.faults.add(type->location,
                     fmt::format("[optimizer] has no key 'type'. Did you mean 'plugin'? Optimizers are plugins{}", advice));
  return true;
}

OptimizerGroup read_group(Value& value, std::size_t number, Reading& reading) {
  OptimizerGroup group;
  auto& given = std::get<Table>(value.data);
  const std::string what = fmt::format("[[optimizer.group]] {}", number);
  const Table completed = complete(section("group"), given, value.location, what, reading.faults);
  group.match = located<std::string>(completed, "match");
  group.learning_rate_factor = get<double>(completed, "learning_rate_factor");
  if (find(completed, "weight_decay")) group.weight_decay = located<double>(completed, "weight_decay");
  fill(given, completed);
  return group;
}

}  // namespace

void read_optimizer(Value& value, Manifest& manifest, Reading& reading) {
  auto& given = std::get<Table>(value.data);
  if (refuse_type(given, reading)) return;
  manifest.optimizer = read_plugin(Kind::optimizer, value, reading);
  if (const Value* found = find(given, "learning_rate"); found && found->as<double>())
    manifest.learning_rate = located<double>(given, "learning_rate");
  Value* groups = find(given, "group");
  auto* list = groups ? std::get_if<List>(&groups->data) : nullptr;
  if (!list) return;
  for (Value& group : *list)
    if (group.as<Table>()) manifest.optimizer_groups.push_back(read_group(group, manifest.optimizer_groups.size() + 1, reading));
}

}  // namespace treino::manifest
