// Schedulers. A case:
//   parameters, refused  as everywhere
//   base = 0.1           the rate before this scheduler
//   total = 90           values that t will take, so that prepare can look ahead; 0 (unknown) without it
//   steps_per_epoch = 0
//   rates = [[t, rate], ...]
//   momenta = [[t, momentum], ...]  where it is left out, no momentum is expected at the rates' t
//   tolerance = 1e-12    relative, of rates and momenta
#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "plugins/conformance/refusal.hpp"
#include "plugins/conformance/scheduler.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace scheduler_checks {
namespace {

using manifest::Table;

bool same_bits(const treino_schedule_value& a, const treino_schedule_value& b) {
  return std::bit_cast<std::uint64_t>(a.learning_rate) == std::bit_cast<std::uint64_t>(b.learning_rate) &&
         std::bit_cast<std::uint64_t>(a.momentum) == std::bit_cast<std::uint64_t>(b.momentum);
}

void check_refusal(const PluginUnderTest& plugin, const Table& one) {
  std::string said = "nothing was refused";
  try {
    const Scheduler scheduler(plugin, one);
    scheduler.at(0, number(one, "base"));
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
}

void check_values(const PluginUnderTest& plugin, const Table& one) {
  const Scheduler scheduler(plugin, one);
  const double base = number(one, "base"), tolerance = number(one, "tolerance", 1e-12);
  for (const std::vector<double>& row : rows(one, "rates")) {
    INFO("t = " << row.at(0));
    const treino_schedule_value value = scheduler.at(static_cast<std::uint64_t>(row.at(0)), base);
    CHECK(value.learning_rate == Approx(row.at(1)).epsilon(tolerance).margin(1e-15));
    if (!has(one, "momenta")) CHECK(std::isnan(value.momentum));
  }
  if (!has(one, "momenta")) return;
  for (const std::vector<double>& row : rows(one, "momenta")) {
    INFO("t = " << row.at(0));
    CHECK(scheduler.at(static_cast<std::uint64_t>(row.at(0)), base).momentum == Approx(row.at(1)).epsilon(tolerance));
  }
}

/// Those that t will come to: up to 10^9, or to the end of the plan where there is one.
std::vector<std::uint64_t> moments(const Table& one) {
  const auto total = static_cast<std::uint64_t>(number(one, "total", 0.0));
  std::vector<std::uint64_t> moments;
  for (std::uint64_t t = 0; t < 300; ++t) moments.push_back(t);
  std::mt19937_64 random(11);
  for (std::uint64_t most = 1000; most <= 1'000'000'000; most *= 10)
    for (int i = 0; i < 50; ++i) moments.push_back(random() % (most + 1));
  moments.push_back(1'000'000'000);
  if (total > 0) std::erase_if(moments, [&](std::uint64_t t) { return t >= total; });
  return moments;
}

void check_purity(const PluginUnderTest& plugin, const Table& one) {
  Scheduler scheduler(plugin, one);
  const Scheduler second(plugin, one);
  const double base = number(one, "base");
  std::vector<std::pair<std::uint64_t, treino_schedule_value>> seen;
  for (const std::uint64_t t : moments(one)) seen.emplace_back(t, scheduler.at(t, base));
  std::shuffle(seen.begin(), seen.end(), std::mt19937(13));
  bool finite = true, repeated = true, interleaved = true;
  for (const auto& [t, value] : seen) {
    finite = finite && std::isfinite(value.learning_rate) && std::isfinite(scheduler.at(t, 0).learning_rate);
    interleaved = interleaved && same_bits(second.at(t, base), value);
    second.at(t / 2, 3 * base);
    repeated = repeated && same_bits(scheduler.at(t, base), value);
  }
  INFO("the same t and base have to give the same bits, in any order, whatever another instance does, and finite ones");
  CHECK(finite);
  CHECK(repeated);
  CHECK(interleaved);
}

void check_state(const PluginUnderTest& plugin, const Table& one) {
  Scheduler scheduler(plugin, one);
  if (!scheduler.instance().has_state()) return;
  const double base = number(one, "base");
  for (std::uint64_t t = 0; t < 20; ++t) scheduler.at(t, base);
  const Bytes state = scheduler.instance().save();
  Scheduler fresh(plugin, one);
  fresh.instance().load(state);
  CHECK((fresh.instance().save() == state));
  for (std::uint64_t t = 20; t < 40; ++t) CHECK(same_bits(fresh.at(t, base), scheduler.at(t, base)));
  const Bytes before = fresh.instance().save();
  for (const Bytes& foreign : foreign_states(state)) {
    CHECK_THROWS_AS(fresh.instance().load(foreign), Refusal);
    CHECK((fresh.instance().save() == before));
  }
}

}  // namespace
}  // namespace scheduler_checks

void check_scheduler(const PluginUnderTest& plugin) {
  using namespace scheduler_checks;
  CHECK((plugin.description.unit == "step" || plugin.description.unit == "epoch"));
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    if (has(one, "refused")) {
      check_refusal(plugin, one);
    } else {
      check_values(plugin, one);
      check_purity(plugin, one);
      check_state(plugin, one);
    }
  }
}

}  // namespace treino::conformance
