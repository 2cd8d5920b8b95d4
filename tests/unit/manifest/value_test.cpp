// Values, their places, and the order and texts of faults.
#include "manifest/value.hpp"

#include "manifest/suggestion.hpp"
#include "support/catch.hpp"

using namespace treino::manifest;

TEST_CASE("a location is written as editors and compilers do, or as what the user typed") {
  CHECK(to_text(Location{"train.toml", 14, 1}) == "train.toml:14:1");
  CHECK(to_text(Location{"--set run.epochs=3", 0, 0}) == "--set run.epochs=3");
  CHECK(to_text(Location{}).empty());
}

TEST_CASE("a fault of no place is its text alone") {
  CHECK(to_text(Fault{{"a.toml", 2, 3}, "wrong"}) == "a.toml:2:3: wrong");
  CHECK(to_text(Fault{{}, "wrong"}) == "wrong");
}

TEST_CASE("faults come in the order of file, line and column, those of no line last") {
  Faults faults;
  faults.add({"", 0, 0}, "nowhere");
  faults.add({"b.toml", 1, 1}, "other file");
  faults.add({"a.toml", 10, 1}, "later line");
  faults.add({"a.toml", 2, 20}, "later column");
  faults.add({"a.toml", 2, 3}, "first");
  faults.add({"a.toml", 2, 3}, "second");
  std::vector<std::string> texts;
  for (const Fault& fault : faults.sorted()) texts.push_back(fault.text);
  CHECK(texts == std::vector<std::string>{"first", "second", "later column", "later line", "other file", "nowhere"});
}

TEST_CASE("the error that is thrown says all faults, one per line") {
  Faults faults;
  CHECK(faults.empty());
  faults.add({"a.toml", 2, 1}, "two");
  faults.add({"a.toml", 1, 1}, "one");
  const ManifestError error(faults);
  CHECK(std::string(error.what()) == "a.toml:1:1: one\na.toml:2:1: two");
  CHECK(error.faults().size() == 2);
}

TEST_CASE("every value knows what it is called") {
  const auto name = [](auto data) { return std::string(Value{data, {}, false, {}}.type_name()); };
  CHECK(name(true) == "a boolean");
  CHECK(name(std::int64_t{1}) == "an integer");
  CHECK(name(1.0) == "a float");
  CHECK(name(std::string("x")) == "a string");
  CHECK(name(List{}) == "a list");
  CHECK(name(Table{}) == "a table");
}

TEST_CASE("a name within a third of its length is suggested, the nearest of several") {
  const std::vector<std::string> names = {"monitor", "min_delta", "patience", "mode"};
  CHECK(suggestion("patence", names) == " Did you mean 'patience'?");
  CHECK(suggestion("pateince", names) == " Did you mean 'patience'?");    // neighbors swapped: one edit
  CHECK(suggestion("patiencexx", names) == " Did you mean 'patience'?");  // 2 of 10
  CHECK(suggestion("mod", names) == " Did you mean 'mode'?");
  CHECK(suggestion("epochs", names).empty());
  CHECK(suggestion("", names).empty());
  CHECK(suggestion("b", {"a", "bb"}) == " Did you mean 'bb'?");  // a letter more
  CHECK(suggestion("c", {"a", "bb"}).empty());
  CHECK(suggestion("rl", {"lr"}) == " Did you mean 'lr'?");
  CHECK(suggestion("steps", {"step", "stops"}) == " Did you mean 'step'?");
}

TEST_CASE("a very long wrong name costs no time") { CHECK(suggestion(std::string(10'000'000, 'a'), {"patience"}).empty()); }

TEST_CASE("long lists of names are cut with a count") {
  CHECK(enumerate({}).empty());
  CHECK(enumerate({"a", "b"}) == "a, b");
  CHECK(enumerate({"a", "b", "c", "d"}, 2) == "a, b and 2 more");
}

TEST_CASE("an entry is found by its key") {
  const Table table = {{"a", {}, Value{std::int64_t{1}, {}, false, {}}}};
  REQUIRE(find(table, "a"));
  CHECK(*find(table, "a")->as<std::int64_t>() == 1);
  CHECK_FALSE(find(table, "a")->as<double>());
  CHECK_FALSE(find(table, "b"));
}
