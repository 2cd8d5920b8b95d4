// A path alone is a table with a file: both are read alike from there on.
#include "manifest/initial_weights.hpp"

#include "manifest/complete.hpp"
#include "manifest/sections.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {

namespace {

std::vector<std::string> texts(const Table& completed, const char* key) {
  std::vector<std::string> result;
  for (const Value& element : get<List>(completed, key)) result.push_back(*element.as<std::string>());
  return result;
}

}  // namespace

std::optional<InitialWeights> read_initial_weights(Value& value, Reading& reading) {
  const Location at = value.location;
  if (value.as<std::string>()) value = Value{Table{{"file", at, value}}, at, false, {}};
  Table* given = std::get_if<Table>(&value.data);
  if (given == nullptr) {
    reading.faults.add(at, "weights of [model]: expected a path or a table { file = \"...\" }, got " + describe(value));
    return std::nullopt;
  }
  const Table completed = complete(section("weights"), *given, at, "weights of [model]", reading.faults, reading.folder);
  InitialWeights weights;
  weights.location = at;
  weights.file = located<std::string>(completed, "file");
  weights.torch = get<std::string>(completed, "layout") == "torch";
  weights.include = texts(completed, "include");
  weights.exclude = texts(completed, "exclude");
  for (const Entry& entry : get<Table>(completed, "rename")) {
    if (const auto* to = entry.value.as<std::string>())
      weights.rename.push_back({entry.key, {*to, entry.value.location}});
    else
      reading.faults.add(entry.value.location, "rename of weights: expected a name in quotes, got " + describe(entry.value));
  }
  fill(*given, completed);
  if (weights.file.value.empty()) return std::nullopt;
  return weights;
}

}  // namespace treino::manifest
