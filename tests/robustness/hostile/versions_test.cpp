// Libraries that are Treino plugins, or nearly, but not for this host.
#include "host/library/events.hpp"
#include "support/catch.hpp"
#include "unit/sdk/sample.hpp"

using treino::test::sample;

TEST_CASE("a plugin of another ABI is refused with both versions") {
  CHECK(sample("others/newer_major.so").refusal == "speaks ABI 1, this host 0." + std::to_string(TREINO_ABI_MINOR) +
                                                       ": build it against this host's SDK, or use a newer host");
  CHECK(sample("others/newer_minor.so").refusal == "needs ABI 0.7, this host speaks 0." + std::to_string(TREINO_ABI_MINOR) +
                                                       ": use a newer host, or build it against this host's SDK");
  CHECK(sample("others/too_old.so").refusal ==
        "was built for ABI 0.0, this host takes 0.4 and later: build it against this host's SDK");
}

TEST_CASE("a plugin of another ABI is still known by its id") {
  CHECK(sample("others/newer_minor.so").descriptions.at(0).id == "variant");
  CHECK(sample("others/newer_minor.so").needed_minor == 7);
}

TEST_CASE("a plugin built with a newer header that needs nothing new is taken") {
  const auto candidate = sample("others/future.so");
  CHECK(candidate.refusal == "");
  CHECK(candidate.built_minor == 9);
  CHECK(candidate.needed_minor == TREINO_ABI_OLDEST_MINOR);
}

TEST_CASE("a plugin's head that contradicts its symbol is refused") {
  CHECK(sample("others/wrong_major.so").refusal ==
        "says ABI 3 under the name treino_plugin_v0: damaged, or built with a wrong header");
  CHECK(sample("others/small.so").refusal ==
        "has a treino_plugin_v0 of 8 bytes, 32 are the least: damaged, or built with a wrong header");
}

TEST_CASE("a library without the symbol or the description is not a plugin") {
  CHECK(sample("others/no_symbol.so").refusal == "exports no treino_plugin_v0: not a Treino plugin");
  CHECK(sample("others/no_note.so").refusal == "has no description (.note.treino)");
  CHECK(sample("others/two_for_one.so").refusal == "holds 2 components but 1 descriptions (.note.treino)");
  CHECK(sample("others/twice.so").refusal == "holds the scheduler 'variant' twice");
}

TEST_CASE("a faulty description is refused with its first fault, its place and how many more there are") {
  const std::string faulty = sample("others/faulty.so").refusal;
  CHECK(faulty.starts_with("has a faulty description: 5:"));
  CHECK(faulty.ends_with(" (and 1 more)"));
  CHECK(sample("others/not_toml.so").refusal.starts_with("has a faulty description: 5:"));
  CHECK(sample("others/zero_byte.so").refusal == "has a zero byte within its description");
  CHECK(sample("others/unknown_event.so").refusal.find("epoch_ende") != std::string::npos);
}

TEST_CASE("events are known by name and number") {
  CHECK(treino::host::event_number("run_begin") == TREINO_RUN_BEGIN);
  CHECK(treino::host::event_number("checkpoint_saved") == TREINO_CHECKPOINT_SAVED);
  CHECK(treino::host::event_number("validation_batch_end") == TREINO_VALIDATION_BATCH_END);
  CHECK(treino::host::event_number("epoch") == -1);
  CHECK(treino::host::event_name(TREINO_BACKWARD_END) == std::string("backward_end"));
  CHECK(treino::host::event_name(TREINO_EVENT_COUNT) == nullptr);
}
