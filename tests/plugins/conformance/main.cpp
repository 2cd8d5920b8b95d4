// test_conformance LIBRARY CASES [Catch2's options]: everything that the contract and the description of a plugin promise, tried
// on it.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <iostream>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/description_checks.hpp"
#include "plugins/conformance/plugin_under_test.hpp"

namespace treino::conformance {
namespace {

std::filesystem::path library, cases;

/// What the host makes of the library, so that it is tried as it is used.
std::shared_ptr<const host::Component> load() {
  const host::Candidate candidate = host::inspect(library, true);
  if (!candidate.refusal.empty()) throw std::runtime_error(candidate.refusal);
  std::vector<std::string> warnings;
  const auto components = host::load(candidate, warnings);
  for (const std::string& warning : warnings) FAIL_CHECK(warning);
  REQUIRE(components.size() == 1);
  return components.front();
}

TEST_CASE("the plugin keeps what the contract and its description promise") {
  const auto component = load();
  PluginUnderTest plugin{
      library, cases,  component->description, &component->lifecycle, nullptr, nullptr, nullptr, nullptr, nullptr,
      nullptr, nullptr};
  const std::string& kind = component->description.kind;
  REQUIRE(std::filesystem::exists(cases));
  check_description(plugin);
  if (kind != "callback") check_lifecycle(plugin);
  if (kind == "callback") {
    plugin.callback = &component->callback;
    check_callback(plugin);
  } else if (kind == "scheduler") {
    plugin.scheduler = &component->scheduler;
    check_scheduler(plugin);
  } else if (kind == "loss") {
    plugin.loss = &component->loss;
    check_loss(plugin);
  } else if (kind == "optimizer") {
    plugin.optimizer = &component->optimizer;
    check_optimizer(plugin);
  } else if (kind == "layer") {
    plugin.layer = &component->layer;
    check_layer(plugin);
  } else if (kind == "reader") {
    plugin.reader = &component->reader;
    check_reader(plugin);
  } else if (kind == "exporter" || kind == "collective") {
    // What they do is tried in tests/plugins/exporters and tests/plugins/collectives.
  } else {
    REQUIRE(kind == "metric");
    plugin.metric = &component->metric;
    check_metric(plugin);
  }
}

}  // namespace
}  // namespace treino::conformance

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: test_conformance LIBRARY CASES [Catch2's options]\n";
    return 2;
  }
  treino::conformance::library = arguments[1];
  treino::conformance::cases = arguments[2];
  arguments[2] = arguments[0];
  return Catch::Session().run(count - 2, arguments + 2);
}
