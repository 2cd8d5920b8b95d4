// The cases of a plugin: cases.toml in its folder. What they hold is said at the top of scheduler_checks.cpp, loss_checks.cpp,
// metric_checks.cpp, optimizer_checks.cpp, layer_checks.cpp and reader_checks.cpp; common to all is
//   [[case]]
//   name = "a claim"
//   parameters = { ... }      as a manifest has them; may be left out
//   refused = "part of text"  somewhere on the way the case is refused with such a text; then nothing else is expected of it
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/value.hpp"
#include "plugins/conformance/plugin_under_test.hpp"

namespace treino::conformance {

/// The whole file. Throws std::runtime_error with the place where it cannot be read.
manifest::Table read_cases(const std::filesystem::path& file);
/// The [[case]] tables of it.
std::vector<manifest::Table> cases_of(const PluginUnderTest& plugin);

// A key of a case. Those without a default throw std::runtime_error, naming the key, where it is missing or of another type.
bool has(const manifest::Table& table, std::string_view key);
std::string text(const manifest::Table& table, std::string_view key, const std::string& otherwise = "");
double number(const manifest::Table& table, std::string_view key, std::optional<double> otherwise = std::nullopt);
bool flag(const manifest::Table& table, std::string_view key, bool otherwise);
manifest::Table table(const manifest::Table& of, std::string_view key);
std::vector<double> numbers(const manifest::Table& table, std::string_view key);
std::vector<std::string> texts(const manifest::Table& table, std::string_view key);
std::vector<std::vector<double>> rows(const manifest::Table& table, std::string_view key);
std::vector<manifest::Table> tables(const manifest::Table& of, std::string_view key);
/// Is the list under this key one of lists?
bool is_rows(const manifest::Table& table, std::string_view key);

/// Parameters as the host would hand them over, or what it says against them, in `refusal`.
std::optional<manifest::Table> completed(const PluginUnderTest& plugin, const manifest::Table& given, std::string& refusal);

/// The parameters of the cases that are not refused, completed; where there are none and none are required, the defaults.
std::vector<manifest::Table> valid_parameters(const PluginUnderTest& plugin);

}  // namespace treino::conformance
