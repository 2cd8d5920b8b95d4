// Events have names in three places: where the host tells of them, where descriptions may list them, and where traces are drawn.
#include "shared/training/trace.hpp"

#include "host/library/library.hpp"
#include "manifest/sections.hpp"
#include "support/catch.hpp"

using namespace treino;

TEST_CASE("the host, the descriptions' language and the SDK's traces agree on the names of events") {
  const auto& described = manifest::section("description").find("events")->choices;
  CHECK(described.size() == std::size_t{TREINO_EVENT_COUNT});
  for (unsigned event = 0; event < TREINO_EVENT_COUNT; ++event) {
    CAPTURE(event);
    CHECK(std::string(host::event_name(event)) == trace::event_name(event));
    CHECK(described.at(event) == trace::event_name(event));
    CHECK(host::event_number(host::event_name(event)) == static_cast<int>(event));
  }
}
