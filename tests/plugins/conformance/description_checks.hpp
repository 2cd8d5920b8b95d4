// What holds for every plugin, whatever its kind.
#pragma once
#include "plugins/conformance/plugin_under_test.hpp"

namespace treino::conformance {

/// The description is complete for a reader; defaults, limits, choices and types are checked as it says; what is wrong is refused
/// with a text that names it.
void check_description(const PluginUnderTest& plugin);

/// Instances come and go, whatever the limits of their parameters. Not for callbacks, which want a host that does more.
void check_lifecycle(const PluginUnderTest& plugin);

}  // namespace treino::conformance
