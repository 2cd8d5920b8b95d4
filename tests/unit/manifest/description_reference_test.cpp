// sdk/DESCRIPTIONS.md lists what the host reads, no more and no less.
#include <fstream>
#include <map>
#include <set>

#include "manifest/sections.hpp"
#include "support/catch.hpp"

using namespace treino::manifest;

namespace {

using Names = std::set<std::string>;

/// What stands in backquotes in a text.
Names in_backquotes(const std::string& text) {
  Names names;
  for (std::size_t begin = text.find('`'); begin != text.npos;) {
    const std::size_t end = text.find('`', begin + 1);
    names.insert(text.substr(begin + 1, end - begin - 1));
    begin = text.find('`', end + 1);
  }
  return names;
}

/// The names in the first column of each table, by the line above its ruler.
std::map<std::string, Names> tables(std::map<std::string, std::string>& rows) {
  std::ifstream file(SOURCE "/sdk/DESCRIPTIONS.md");
  REQUIRE(file.good());
  std::map<std::string, Names> result;
  std::string head, last;
  for (std::string line; std::getline(file, line); last = line) {
    if (line.rfind("|---", 0) == 0) head = last;
    if (line.rfind("| `", 0) != 0) continue;
    for (const std::string& name : in_backquotes(line.substr(0, line.find('|', 1)))) {
      result[head].insert(name);
      rows[name] = line;
    }
  }
  return result;
}

Names names_of(const std::vector<ParameterDescription>& parameters) {
  Names names;
  for (const ParameterDescription& parameter : parameters) names.insert(parameter.name);
  return names;
}

Names choices_of(const char* type, const char* key) {
  const auto& choices = section(type).find(key)->choices;
  return {choices.begin(), choices.end()};
}

}  // namespace

TEST_CASE("the reference of descriptions lists the keys, types and events that the host reads") {
  std::map<std::string, std::string> rows;
  auto found = tables(rows);
  CHECK(found["| key | type | of | meaning |"] == names_of(section("description").parameters));
  CHECK(found["| key | type | for | meaning |"] == names_of(section("parameter").parameters));
  CHECK(found["| type | what the manifest says | what the plugin gets |"] == choices_of("parameter", "type"));
  Names events = in_backquotes(rows["events"]);
  events.erase("events");
  CHECK(events == choices_of("description", "events"));
  for (const char* key : {"kind", "phase", "unit", "target"})
    for (const std::string& choice : choices_of("description", key))
      CHECK(rows[key].find("`\"" + choice + "\"`") != std::string::npos);
  for (const ParameterDescription& key : section("description").parameters)
    if (key.required) CHECK(rows[key.name].find("required") != std::string::npos);
}
