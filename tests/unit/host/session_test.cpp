// Events, requests, scalars and services of a session, with callbacks of the test's own.
#include "host/session/session.hpp"

#include "host/session/services/services.hpp"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <cstring>

#include "support/catch.hpp"
#include "unit/host/components.hpp"

using namespace treino;
using namespace treino::test;

namespace {

constexpr std::uint64_t epoch_end = std::uint64_t{1} << TREINO_EPOCH_END;

Script writes(std::vector<std::string>& heard, const std::string& name) {
  return {[&heard, name](const treino_event_info&, treino_error*) -> treino_status {
    heard.push_back(name);
    return TREINO_OK;
  }};
}

treino_status fail(treino_error* error, const char* text) {
  std::strncpy(error->text, text, error->capacity - 1);
  return TREINO_FAILED;
}

}  // namespace

TEST_CASE("callbacks receive an event in the order in which they were created, and only those that they asked for") {
  SilentSession silent;
  std::vector<std::string> heard;
  Script first = writes(heard, "first"), second = writes(heard, "second"), deaf = writes(heard, "deaf");
  silent.session.create(callback_component("a", first, epoch_end), "first", false, {});
  silent.session.create(callback_component("c", deaf, std::uint64_t{1} << TREINO_RUN_END), "deaf", false, {});
  silent.session.create(callback_component("b", second, epoch_end), "second", false, {});
  treino_event_info now = event();
  silent.session.fire(now, host::Event::epoch_end);
  CHECK(heard == std::vector<std::string>{"first", "second"});
  CHECK(silent.session.has_receivers(host::Event::run_end));
  CHECK_FALSE(silent.session.has_receivers(host::Event::batch_end));
}

TEST_CASE("a failing callback is named, and those after it receive the event all the same") {
  SilentSession silent;
  std::vector<std::string> heard;
  Script bad{[](const treino_event_info&, treino_error* error) { return fail(error, "cannot continue"); }};
  Script good = writes(heard, "good");
  silent.session.create(callback_component("bad", bad, epoch_end), "bad", false, {});
  silent.session.create(callback_component("good", good, epoch_end), "good", false, {});
  treino_event_info now = event();
  CHECK_THROWS_WITH(silent.session.fire(now, host::Event::epoch_end), "bad: cannot continue (in epoch_end)");
  CHECK(heard == std::vector<std::string>{"good"});
}

TEST_CASE("a callback that may be disabled is, once, and the event continues") {
  SilentSession silent;
  int calls = 0;
  std::vector<std::string> heard;
  Script bad{[&](const treino_event_info&, treino_error* error) {
    ++calls;
    return fail(error, "");
  }};
  Script good = writes(heard, "good");
  host::Instance& instance = silent.session.create(callback_component("bad", bad, epoch_end), "bad", true, {});
  silent.session.create(callback_component("good", good, epoch_end), "good", false, {});
  treino_event_info now = event();
  silent.session.fire(now, host::Event::epoch_end);
  silent.session.fire(now, host::Event::epoch_end);
  CHECK(calls == 1);
  CHECK_FALSE(instance.enabled());
  CHECK(heard == std::vector<std::string>{"good", "good"});
}

TEST_CASE("an exception that a plugin lets out is caught and named") {
  SilentSession silent;
  Script standard{[](const treino_event_info&, treino_error*) -> treino_status { throw std::runtime_error("lost"); }};
  Script odd{[](const treino_event_info&, treino_error*) -> treino_status { throw 7; }};
  silent.session.create(callback_component("s", standard, epoch_end), "standard", false, {});
  silent.session.create(callback_component("o", odd, std::uint64_t{1} << TREINO_RUN_END), "odd", false, {});
  treino_event_info now = event();
  CHECK_THROWS_WITH(silent.session.fire(now, host::Event::epoch_end), "standard: lost (in epoch_end)");
  CHECK_THROWS_WITH(silent.session.fire(now, host::Event::run_end),
                    "odd: threw something that is not a std::exception (in run_end)");
}

TEST_CASE("the first stop that is asked for counts, and stays") {
  host::Requests requests;
  CHECK_FALSE(requests.any());
  requests.stop({host::Outcome::early_stopped, "first", "a"});
  requests.stop({host::Outcome::diverged, "second", "b"});
  REQUIRE(requests.stopped());
  CHECK(requests.stopped()->reason == "first");
  CHECK(requests.stopped()->who == "a");
}

TEST_CASE("skips, roll-backs and saves are taken once, and then nothing is asked for any more") {
  host::Requests requests;
  requests.skip_step("why");
  requests.roll_back("because");
  requests.save({nullptr, "file", true, "", false, true});
  CHECK(requests.take_skip() == "why");
  CHECK_FALSE(requests.take_skip());
  CHECK(requests.take_roll_back() == "because");
  CHECK_FALSE(requests.take_roll_back());
  CHECK(requests.any());
  CHECK(requests.take_saves().size() == 1);
  CHECK(requests.take_saves().empty());
  CHECK_FALSE(requests.any());
}

TEST_CASE("a scalar's name is taken once, and a missing value is not a zero") {
  host::Scalars numbers;
  const std::uint32_t loss = numbers.add("loss", TREINO_LOWER_IS_BETTER, "the loss");
  CHECK_THROWS_WITH(numbers.add("loss", 0, "metric x"), "the scalar 'loss' belongs to the loss already");
  CHECK_FALSE(numbers.value(loss));
  numbers.set(loss, 0.0);
  CHECK(numbers.value(loss) == 0.0);
  numbers.clear_all();
  CHECK_FALSE(numbers.value(loss));
}

TEST_CASE("live scalars are read from their source, and keep the last values when they are live no longer") {
  struct Counter final : host::LiveScalars {
    double asked = 0;
    std::optional<double> live_value(std::uint32_t offset) override {
      if (offset == 1) return std::nullopt;
      return ++asked;
    }
  } source;
  host::Scalars scalars;
  const std::uint32_t before = scalars.add("other", TREINO_LOWER_IS_BETTER, "another");
  const std::uint32_t loss = scalars.add("loss", TREINO_LOWER_IS_BETTER, "the loss");
  const std::uint32_t unmeasured = scalars.add("accuracy", TREINO_HIGHER_IS_BETTER, "a metric");
  const std::uint32_t after = scalars.add("more", TREINO_LOWER_IS_BETTER, "another");
  scalars.set(before, 7.0);
  scalars.set(after, 8.0);
  scalars.begin_live(loss, 2, source);
  CHECK(scalars.value(loss) == 1.0);
  CHECK(scalars.value(loss) == 2.0);
  CHECK_FALSE(scalars.value(unmeasured));
  CHECK(scalars.value(before) == 7.0);
  CHECK(scalars.value(after) == 8.0);
  scalars.end_live();
  CHECK(scalars.value(loss) == 3.0);
  CHECK(scalars.value(loss) == 3.0);
  CHECK_FALSE(scalars.value(unmeasured));

  scalars.begin_live(loss, 2, source);
  scalars.drop_live();
  CHECK_FALSE(scalars.value(loss));
  CHECK(scalars.value(before) == 7.0);
  CHECK(source.asked == 3);
}

TEST_CASE("an unknown service is not offered") {
  CHECK(host::find_service("treino.log/1") != nullptr);
  CHECK(host::find_service("treino.log/2") == nullptr);
  CHECK(host::find_service("") == nullptr);
  CHECK(host::find_service(nullptr) == nullptr);
}

#if defined(__x86_64__)
TEST_CASE("a callback that leaves the floating-point mode changed changes no result") {
  SilentSession silent;
  Script vector{[](const treino_event_info&, treino_error*) -> treino_status {
    _mm_setcsr(_mm_getcsr() | 0x8040);  // flush to zero, denormals are zero
    return TREINO_OK;
  }};
  Script x87{[](const treino_event_info&, treino_error*) -> treino_status {
    const std::uint16_t single = 0x007f;  // 24-bit significands
    __asm__ volatile("fldcw %0" : : "m"(single));
    return TREINO_OK;
  }};
  silent.session.create(callback_component("v", vector, epoch_end), "vector", false, {});
  silent.session.create(callback_component("x", x87, std::uint64_t{1} << TREINO_RUN_END), "x87", false, {});
  const host::FloatingPointMode before = host::floating_point_mode();
  treino_event_info now = event();
  silent.session.fire(now, host::Event::epoch_end);
  CHECK(host::floating_point_mode() == before);
  silent.session.fire(now, host::Event::run_end);
  CHECK(host::floating_point_mode() == before);
}
#endif
