// The script of a callback's case, read out of cases.toml and checked: a misspelt key would make a test that tests nothing.
#include "plugins/conformance/callback_script.hpp"

#include <algorithm>

#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/instance.hpp"

namespace treino::conformance {
namespace {

using manifest::Table;
using manifest::Value;

constexpr const char* outcomes[] = {"running", "done", "early_stopped", "interrupted", "diverged", "failed"};

std::uint64_t count(const Table& one, const char* key, std::uint64_t otherwise) {
  return static_cast<std::uint64_t>(number(one, key, static_cast<double>(otherwise)));
}

std::set<std::uint64_t> set(const Table& one, const char* key) {
  std::set<std::uint64_t> found;
  if (has(one, key))
    for (const double value : numbers(one, key)) found.insert(static_cast<std::uint64_t>(value));
  return found;
}

bool lists(const Table& one, const char* key, const std::string& name) {
  if (!has(one, key)) return false;
  const std::vector<std::string> names = texts(one, key);
  return std::find(names.begin(), names.end(), name) != names.end();
}

Script::Series series(const Table& one, const manifest::Entry& entry) {
  Script::Series series{entry.key, TREINO_LOWER_IS_BETTER, {}};
  if (lists(one, "higher", entry.key)) series.direction = TREINO_HIGHER_IS_BETTER;
  if (lists(one, "undirected", entry.key)) series.direction = TREINO_NO_DIRECTION;
  const auto* values = entry.value.as<manifest::List>();
  if (values == nullptr) throw std::runtime_error(entry.key + " should be a list of values, one per epoch");
  for (const Value& value : *values) {
    if (const auto* real = value.as<double>())
      series.values.emplace_back(*real);
    else if (const auto* integer = value.as<std::int64_t>())
      series.values.emplace_back(static_cast<double>(*integer));
    else
      series.values.emplace_back(std::nullopt);
  }
  return series;
}

std::set<std::string> keys(const Table& table) {
  std::set<std::string> keys;
  for (const manifest::Entry& entry : table) keys.insert(entry.key);
  return keys;
}

void read_clock(const Table& one, Script& script) {
  if (has(one, "batch_seconds")) script.batch_seconds = numbers(one, "batch_seconds");
  script.data_seconds = number(one, "data_seconds", 0);
  script.pass_seconds = number(one, "pass_seconds", 0);
}

void read_passes(const Table& one, Script& script) {
  script.validation_batches = count(one, "validation_batches", 1);
  script.test_batches = count(one, "test_batches", 0);
  script.predict_batches = count(one, "predict_batches", 0);
  script.untrained = flag(one, "untrained", false);
}

void make_absolute(const PluginUnderTest& plugin, Table& parameters, const std::filesystem::path& folder) {
  for (manifest::Entry& entry : parameters) {
    const manifest::ParameterDescription* parameter = plugin.description.find(entry.key);
    if (parameter != nullptr && parameter->type == "output")
      entry.value.data = (folder / std::get<std::string>(entry.value.data)).string();
  }
}

void check_keys(const Table& one) {
  static const std::set<std::string> known = {"name",
                                              "parameters",
                                              "refused",
                                              "epochs",
                                              "batches",
                                              "accumulate",
                                              "numbers",
                                              "higher",
                                              "undirected",
                                              "losses",
                                              "bad_gradients",
                                              "bad_weights",
                                              "rates",
                                              "terminal",
                                              "files",
                                              "failing_saves",
                                              "end",
                                              "expect",
                                              "validation_batches",
                                              "test_batches",
                                              "predict_batches",
                                              "untrained",
                                              "batch_seconds",
                                              "data_seconds",
                                              "pass_seconds",
                                              "vetoed",
                                              "without"};
  for (const manifest::Entry& entry : one)
    if (known.count(entry.key) == 0) throw std::runtime_error(to_text(entry.location) + ": a case knows no '" + entry.key + "'");
}

}  // namespace

std::optional<double> Script::Series::at(std::uint64_t epoch) const {
  if (values.empty()) return std::nullopt;
  return values[std::min<std::size_t>(epoch, values.size() - 1)];
}

const char* outcome_name(std::uint32_t outcome) { return outcomes[outcome]; }

Script read_script(const PluginUnderTest& plugin, const Table& one, const std::filesystem::path& folder) {
  check_keys(one);
  Script script;
  script.name = text(one, "name");
  script.without = text(one, "without");
  std::string refusal;
  auto parameters = completed(plugin, table(one, "parameters"), refusal);
  if (!parameters) throw Refusal(refusal);
  script.parameters = *std::move(parameters);
  make_absolute(plugin, script.parameters, folder);

  const Table given = table(one, "numbers");
  if (!has(given, "loss")) script.numbers.push_back({"loss", TREINO_LOWER_IS_BETTER, {0.5}});
  for (const manifest::Entry& entry : given) script.numbers.push_back(series(one, entry));
  std::size_t longest = 1;
  for (const Script::Series& numbers : script.numbers) longest = std::max(longest, numbers.values.size());
  script.epochs = count(one, "epochs", longest);
  script.batches = count(one, "batches", 2);
  script.accumulate = count(one, "accumulate", 1);
  const Table losses = table(one, "losses");
  for (const manifest::Entry& entry : losses) script.losses[std::stoull(entry.key)] = number(losses, entry.key);
  script.bad_gradients = set(one, "bad_gradients");
  script.bad_weights = set(one, "bad_weights");
  script.vetoed = set(one, "vetoed");
  script.failing_saves = set(one, "failing_saves");
  if (has(one, "rates")) script.rates = numbers(one, "rates");
  if (has(one, "terminal"))
    script.columns =
        find(one, "terminal")->as<manifest::List>() ? numbers(one, "terminal") : std::vector{number(one, "terminal")};
  read_passes(one, script);
  read_clock(one, script);
  const Table expect = table(one, "expect");
  script.watched_epochs = keys(table(expect, "emitted"));
  script.watched_batches = keys(table(expect, "emitted_batches"));
  for (const manifest::Entry& entry : table(one, "files")) script.files[entry.key] = std::get<std::string>(entry.value.data);
  if (has(one, "end")) {
    const Table end = table(one, "end");
    script.end_after = count(end, "after_batch", 0);
    const std::string outcome = text(end, "outcome");
    script.end_outcome =
        static_cast<std::uint32_t>(std::find(std::begin(outcomes), std::end(outcomes), outcome) - std::begin(outcomes));
    if (script.end_outcome > TREINO_RUN_FAILED) throw std::runtime_error("there is no outcome " + outcome);
  }
  return script;
}

}  // namespace treino::conformance
