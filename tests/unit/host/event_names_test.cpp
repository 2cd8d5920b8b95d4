// Events stand in one list, from which the host, the descriptions' language and traces have their names.
#include "host/library/event_names.hpp"

#include <cstring>

#include "manifest/sections.hpp"
#include "shared/training/trace.hpp"
#include "support/catch.hpp"

using namespace treino;

namespace {

struct Event {
  std::string name;
  unsigned number;
};
#define LISTED(NAME, name, number) Event{#name, number},
const std::vector<Event> listed = {TREINO_EACH_EVENT(LISTED)};
#undef LISTED

bool ends_with(const std::string& text, const char* end) {
  return text.size() >= std::strlen(end) && text.compare(text.size() - std::strlen(end), std::string::npos, end) == 0;
}

}  // namespace

TEST_CASE("the host, the descriptions' language and traces agree on the names of events") {
  CHECK(TREINO_RUN_BEGIN == 0);
  const auto& described = manifest::section("description").find("events")->choices;
  REQUIRE(described.size() == listed.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const auto& [name, number] = listed[i];
    CAPTURE(name);
    CHECK(host::event_name(number) == name);
    CHECK(host::event_number(name) == static_cast<int>(number));
    CHECK(trace::event_name(number) == name);
    CHECK(described[i] == name);
  }
  CHECK(host::event_name(28) == nullptr);
  CHECK(host::event_number("backward_begin") == -1);
}

TEST_CASE("a begin is even, and its end is the next odd number") {
  for (const auto& [name, number] : listed) {
    CAPTURE(name);
    CHECK(number < unsigned{TREINO_EVENT_COUNT});
    if (ends_with(name, "_end")) CHECK(number % 2 == 1);
    if (!ends_with(name, "_begin")) continue;
    CHECK(number % 2 == 0);
    CHECK(host::event_name(number + 1) == name.substr(0, name.size() - 5) + "end");
  }
}
