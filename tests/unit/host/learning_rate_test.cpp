// The learning rate out of schedulers, factors and floors.
#include "host/session/learning_rate.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "unit/host/components.hpp"

using namespace treino;
using namespace treino::test;

namespace {

RateFunction halves = [](std::uint64_t t, double base) { return base / std::pow(2.0, static_cast<double>(t)); };
RateFunction doubles = [](std::uint64_t, double base) { return 2 * base; };
RateFunction broken = [](std::uint64_t t, double base) { return t < 2 ? base : std::nan(""); };

}  // namespace

TEST_CASE("every scheduler gets what the one before it returned") {
  SilentSession silent;
  host::LearningRate& rate = silent.session.learning_rate();
  rate.set_base(0.1);
  rate.add(silent.session.create(scheduler_component(halves), "halves", false, {}), host::LearningRate::Unit::epoch);
  rate.add(silent.session.create(scheduler_component(doubles), "doubles", false, {}), host::LearningRate::Unit::epoch);
  rate.move_to(0, 0);
  CHECK(rate.learning_rate() == 0.2);
  rate.move_to(50, 3);
  CHECK(rate.learning_rate() == 0.1 / 8 * 2);
}

TEST_CASE("t counts what the scheduler's unit says") {
  SilentSession silent;
  host::LearningRate& rate = silent.session.learning_rate();
  rate.set_base(1);
  rate.add(silent.session.create(scheduler_component(halves), "halves", false, {}), host::LearningRate::Unit::step);
  rate.move_to(3, 1);
  CHECK(rate.learning_rate() == 0.125);
}

TEST_CASE("factors multiply, and a floor stops factors but not the schedule") {
  SilentSession silent;
  host::LearningRate& rate = silent.session.learning_rate();
  rate.set_base(1);
  const host::Instance& a = silent.session.create(scheduler_component(halves), "a", false, {});
  const host::Instance& b = silent.session.create(scheduler_component(halves), "b", false, {});
  rate.set_factor(a, 0.5, 0);
  rate.set_factor(b, 0.1, 0.2);
  rate.move_to(0, 0);
  CHECK(rate.learning_rate() == 0.2);  // 1 * 0.5 * 0.1 = 0.05 would be below b's floor
  rate.set_base(0.1);
  rate.move_to(0, 0);
  CHECK(rate.learning_rate() == 0.1);  // the schedule itself is below the floor: factors do nothing, and the floor lifts nothing
}

TEST_CASE("an invalid learning rate is refused with the scheduler's name and t") {
  SilentSession silent;
  host::LearningRate& rate = silent.session.learning_rate();
  rate.set_base(1);
  rate.add(silent.session.create(scheduler_component(broken), "broken", false, {}), host::LearningRate::Unit::epoch);
  rate.move_to(0, 1);
  CHECK(rate.learning_rate() == 1);
  CHECK_THROWS_WITH(rate.move_to(0, 2),
                    "broken: gave the learning rate nan at t = 2; a rate is a finite number and not negative");
}

TEST_CASE("a scheduler that is disabled leaves the learning rate to the others") {
  SilentSession silent;
  host::LearningRate& rate = silent.session.learning_rate();
  rate.set_base(1);
  rate.add(silent.session.create(scheduler_component(broken), "broken", true, {}), host::LearningRate::Unit::epoch);
  rate.add(silent.session.create(scheduler_component(doubles), "doubles", false, {}), host::LearningRate::Unit::epoch);
  rate.move_to(0, 5);
  CHECK(rate.learning_rate() == 2);
}
