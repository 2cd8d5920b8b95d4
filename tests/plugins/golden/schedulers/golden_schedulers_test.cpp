// Every scheduler gives what PyTorch, or the published formula, gives: see generate.py for where the numbers come from.
#include <cmath>
#include <set>

#include "host/library/candidate.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/scheduler.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treino;
using namespace treino::conformance;

constexpr double tolerance = 1e-12;

/// Relative; of a cosine that has come down to nearly nothing, no more than the last digit of what it came down from.
bool near(double found, double expected, double base) {
  return std::abs(found - expected) <= std::max(tolerance * std::abs(expected), 2.3e-16 * base);
}

void check(const PluginUnderTest& plugin, const manifest::Table& one) {
  manifest::Table with_total = one;
  with_total.push_back({"total", {}, {std::int64_t{2000}, {}, false}});
  const conformance::Scheduler scheduler(plugin, with_total);
  const double base = number(one, "base");
  for (const std::vector<double>& row : rows(one, "rates")) {
    INFO("t = " << row[0] << ": expected " << row[1]);
    CHECK(near(scheduler.at(static_cast<std::uint64_t>(row[0]), base).learning_rate, row[1], base));
  }
  if (has(one, "momenta"))
    for (const std::vector<double>& row : rows(one, "momenta")) {
      INFO("momentum, t = " << row[0] << ": expected " << row[1]);
      CHECK(near(scheduler.at(static_cast<std::uint64_t>(row[0]), base).momentum, row[1], 0));
    }
  double sum = 0, lost = 0;  // W. Kahan's summation
  for (std::uint64_t t = 0; t < 2000; ++t) {
    const double next = scheduler.at(t, base).learning_rate - lost, grown = sum + next;
    lost = (grown - sum) - next;
    sum = grown;
  }
  CHECK(near(sum, number(one, "sum"), base));
}

}  // namespace

TEST_CASE("schedulers equal their references over 20 sets of parameters and 2,000 steps") {
  std::set<std::string> tried;
  for (const auto& entry : fs::directory_iterator(GOLDEN)) {
    if (entry.path().extension() != ".toml") continue;
    const std::string id = entry.path().stem();
    INFO(id);
    const host::Candidate candidate = host::inspect(fs::path(PLUGINS) / (id + ".so"), true);
    REQUIRE(candidate.refusal == "");
    std::vector<std::string> warnings;
    const auto component = host::load(candidate, warnings).at(0);
    PluginUnderTest plugin{candidate.path, entry.path(), component->description, &component->lifecycle, nullptr, nullptr,
                           nullptr,        nullptr};
    plugin.scheduler = &component->scheduler;
    const std::vector<manifest::Table> cases = cases_of(plugin);
    CHECK(cases.size() >= 20);
    for (const manifest::Table& one : cases) {
      INFO(text(one, "name"));
      check(plugin, one);
    }
    tried.insert(id);
  }
  for (const auto& entry : fs::directory_iterator(SOURCES)) {
    INFO(entry.path().filename() << " has no golden values");
    CHECK(tried.count(entry.path().filename()) == 1);
  }
}
