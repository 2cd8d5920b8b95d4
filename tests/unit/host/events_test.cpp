// Events stand in one list, from which the host, the descriptions' language and traces have their names.
#include "host/library/events.hpp"

#include <treino/abi.h>

#include <string>

#include "manifest/sections.hpp"
#include "shared/training/trace.hpp"
#include "support/catch.hpp"

using namespace treino;

TEST_CASE("the host, the descriptions' language and traces agree on the names of events") {
  CHECK(TREINO_RUN_BEGIN == 0);
  const auto& described = manifest::section("description").find("events")->choices;
  REQUIRE(described.size() == host::events().size());
  for (std::size_t i = 0; i < described.size(); ++i) {
    const auto& [name, number] = host::events()[i];
    CAPTURE(name);
    CHECK(host::event_name(number) == name);
    CHECK(host::event_number(name) == static_cast<int>(number));
    CHECK(trace::event_name(number) == name);
    CHECK(described[i] == name);
  }
  CHECK(host::event_name(28) == nullptr);
  CHECK(host::event_number("backward_begin") == -1);
}

TEST_CASE("events are listed in the order of their numbers") {
  for (std::size_t i = 1; i < host::events().size(); ++i) CHECK(host::events()[i - 1].number < host::events()[i].number);
}

TEST_CASE("a begin is even, and its end is the next odd number") {
  for (const auto& [name, number] : host::events()) {
    CAPTURE(name);
    CHECK(number < unsigned{TREINO_EVENT_COUNT});
    if (name.ends_with("_end")) CHECK(number % 2 == 1);
    if (!name.ends_with("_begin")) continue;
    CHECK(number % 2 == 0);
    CHECK(host::event_name(number + 1) == std::string(name.substr(0, name.size() - 5)) + "end");
  }
}
