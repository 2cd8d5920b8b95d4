// The sections of plugins, whatever their kind: the keys that the host reads, unique names, and an order that is possible.
#pragma once
#include <string>
#include <vector>

#include "manifest/reading.hpp"

namespace treino::manifest {

/// Whether it is a name, or two with a "/" between them; else a fault.
bool check_id(const Value& id, const std::string& subject, Reading& reading);
/// Completes the table in place.
PluginSection read_plugin(Kind kind, Value& section, Reading& reading);
/// The sections of a kind that may have several, as they stand; a loss may also be a section of its own.
void read_plugins(Kind kind, Value& value, std::vector<PluginSection>& sections, Reading& reading);
/// Writes default names into the document too, so that they stay when the order of the tables changes.
void write_names(Manifest& manifest);
/// Names for those that have none, and faults for those that share one.
void name_plugins(Manifest& manifest, Reading& reading);
/// Faults where `after` and `before` name no other callback.
void check_order(const std::vector<PluginSection>& callbacks, Reading& reading);

}  // namespace treino::manifest
