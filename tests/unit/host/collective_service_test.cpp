// What the service treino.collective/1 refuses, and what it passes on, with a collective of the test's own: one of two processes,
// whose other is always there.
#include <array>
#include <thread>
#include <utility>
#include <vector>

#include "host/session/services/services.hpp"
#include "host/session/session.hpp"
#include "support/catch.hpp"
#include "unit/host/components.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Which exchanges were begun.
std::vector<std::string> begun;

treino_status begin(const char* what, std::uint64_t* request) {
  begun.emplace_back(what);
  *request = begun.size();
  return TREINO_OK;
}

std::shared_ptr<host::Component> pair_of_processes() {
  auto component = std::make_shared<host::Component>();
  component->kind = manifest::Kind::collective;
  component->lifecycle.create = [](const treino_host*, const treino_parameter*, std::uint32_t, void** self,
                                   treino_error*) -> treino_status {
    *self = &begun;
    return TREINO_OK;
  };
  component->lifecycle.destroy = [](void*) {};
  treino_collective& table = component->collective;
  table.open = [](void*, std::uint32_t* rank, std::uint32_t* ranks, treino_error*) -> treino_status {
    *rank = 1;
    *ranks = 2;
    return TREINO_OK;
  };
  table.broadcast = [](void*, void*, std::uint64_t, std::uint32_t, std::uint64_t* request, treino_error*) {
    return begin("broadcast", request);
  };
  table.all_gather = [](void*, const void*, void*, const std::uint64_t*, std::uint64_t* request, treino_error*) {
    return begin("all_gather", request);
  };
  table.all_reduce = [](void*, const treino_tensor*, std::uint32_t, std::uint64_t* request, treino_error*) {
    return begin("all_reduce", request);
  };
  table.barrier = [](void*, std::uint64_t* request, treino_error*) { return begin("barrier", request); };
  table.test = [](void*, std::uint64_t, std::uint32_t* done, treino_error*) -> treino_status {
    *done = 1;
    return TREINO_OK;
  };
  table.leave = [](void*, const char*, treino_error*) -> treino_status { return TREINO_OK; };
  return component;
}

const treino_collective_service& service() {
  return *static_cast<const treino_collective_service*>(host::find_service(TREINO_COLLECTIVE_SERVICE));
}

/// Numbers of any form, to be changed by a test into what is refused.
struct Numbers {
  std::array<float, 4> values{1, 2, 3, 4};
  std::array<std::int64_t, 2> shape{2, 2}, strides{2, 1};
  treino_tensor view{values.data(), shape.data(), strides.data(), 0, 2, TREINO_DTYPE_FLOAT, 32, 1, TREINO_DEVICE_CPU, 0};
};

/// The sentence with which `call(host, error)` is refused in an event, or elsewhere, of a callback; "" where it is not.
struct Caller {
  SilentSession silent;
  host::Instance* collective = nullptr;
  host::Ranks ranks;
  std::function<treino_status(const treino_host*, treino_error*)> call;
  Script script{};
  host::Instance* callback = nullptr;

  explicit Caller(bool several, bool all_ranks = true) {
    script.on = [this](const treino_event_info&, treino_error* error) { return call(script.host, error); };
    if (several) {
      collective = &silent.session.create(pair_of_processes(), "pair", false, {});
      ranks.open(*collective, 1);
      silent.session.set_ranks(&ranks);
    }
    auto component = callback_component("c", script, ~std::uint64_t{0});
    component->description.all_ranks = all_ranks;
    callback = &silent.session.create(component, "c", false, {});
    begun.clear();
  }
  std::string refusal(host::Event event = host::Event::epoch_end) {
    treino_event_info now = test::event();
    try {
      silent.session.tell(*callback, now, event);
    } catch (const host::CallError& failure) {
      return failure.what();
    }
    return "";
  }
};

treino_status meet(const treino_host* host, treino_error* error) { return service().barrier(host, error); }

}  // namespace

TEST_CASE("callbacks of all ranks exchange in events that all of them receive") {
  Caller caller(true);
  Numbers numbers;
  caller.call = [&](const treino_host* host, treino_error* error) -> treino_status {
    const std::uint64_t counts[] = {1, 1};
    char byte = 0, bytes[2] = "";
    if (service().all_reduce(host, &numbers.view, TREINO_REDUCE_MAX, error) != TREINO_OK) return TREINO_FAILED;
    if (service().all_gather(host, &byte, bytes, counts, error) != TREINO_OK) return TREINO_FAILED;
    if (service().broadcast(host, &byte, 1, 1, error) != TREINO_OK) return TREINO_FAILED;
    return service().barrier(host, error);
  };
  CHECK(caller.refusal().empty());
  CHECK(begun == std::vector<std::string>{"all_reduce", "all_gather", "broadcast", "barrier"});
}

TEST_CASE("one process exchanges with itself, wherever it likes") {
  Caller caller(false, false);
  caller.call = [](const treino_host* host, treino_error* error) -> treino_status {
    Numbers numbers;
    const std::uint64_t counts[] = {3};
    char mine[] = "abc", all[] = "---";
    if (service().all_reduce(host, &numbers.view, TREINO_REDUCE_SUM, error) != TREINO_OK) return TREINO_FAILED;
    if (service().all_gather(host, mine, all, counts, error) != TREINO_OK) return TREINO_FAILED;
    CHECK(std::string(all) == "abc");
    CHECK(numbers.values == std::array<float, 4>{1, 2, 3, 4});
    if (service().broadcast(host, mine, 3, 0, error) != TREINO_OK) return TREINO_FAILED;
    return service().barrier(host, error);
  };
  CHECK(caller.refusal(host::Event::exception).empty());
  CHECK(begun.empty());
}

TEST_CASE("what not all ranks would call is refused") {
  Caller first(true, false);
  first.call = meet;
  CHECK(first.refusal() ==
        "c: barrier() exchanges with other processes: in a run of several, a callback that calls it needs ranks = \"all\" in its "
        "description (in epoch_end)");

  Caller caller(true);
  caller.call = meet;
  CHECK(caller.refusal(host::Event::exception) ==
        "c: barrier() exchanges with other processes, which may not be in exception too (in exception)");
  CHECK(caller.refusal(host::Event::checkpoint_saved) ==
        "c: barrier() exchanges with other processes, which may not be in checkpoint_saved too (in checkpoint_saved)");
  caller.call = [](const treino_host* host, treino_error* error) -> treino_status {
    treino_status status = TREINO_OK;
    std::thread([&] { status = meet(host, error); }).join();
    return status;
  };
  CHECK(caller.refusal() == "c: barrier() is for the thread that the host calls the plugin on (in epoch_end)");
  caller.call = meet;
  caller.ranks.leave("something failed");
  CHECK(caller.refusal() == "c: barrier(): this process has left the run, which failed (in epoch_end)");
  CHECK(begun.empty());
}

TEST_CASE("children of a callback are where it is") {
  for (const bool all_ranks : {false, true}) {
    Caller caller(true, all_ranks);
    RateFunction rate = [](std::uint64_t, double base) { return base; };
    auto scheduler = scheduler_component(rate);
    scheduler->kind = manifest::Kind::scheduler;
    scheduler->description.id = "child";
    CHECK(caller.callback->add_child(scheduler, {}).is_on_all_ranks() == all_ranks);
    CHECK(caller.silent.session.create(scheduler, "own", false, {}).is_on_all_ranks());
  }
}

TEST_CASE("what cannot be exchanged is refused in one process as in several") {
  for (const bool several : {false, true}) {
    Caller caller(several);
    Numbers numbers;
    std::uint32_t operation = TREINO_REDUCE_SUM;
    caller.call = [&](const treino_host* host, treino_error* error) {
      return service().all_reduce(host, &numbers.view, operation, error);
    };
    const auto refused = [&](const std::string& sentence) { CHECK(caller.refusal() == "c: " + sentence + " (in epoch_end)"); };
    operation = 4;
    refused("all_reduce() knows no operation 4");
    operation = TREINO_REDUCE_SUM;
    numbers.view.type_bits = 16;
    refused("all_reduce() takes float32, float64 and 64-bit integers");
    numbers.view.type_bits = 32;
    numbers.strides[0] = 3;
    refused("all_reduce() takes values without gaps");
    numbers.strides[0] = 2;
    numbers.view.device_type = 2;
    refused("all_reduce() takes a tensor in the CPU's memory, not one of device 2");
    numbers.view.shape = nullptr;
    refused("all_reduce() takes a tensor with its data, shape and strides");
    caller.call = [](const treino_host* host, treino_error* error) { return service().broadcast(host, nullptr, 0, 2, error); };
    refused(std::string("broadcast(): there is no rank 2 among ") + (several ? "2" : "1"));
    caller.call = [](const treino_host* host, treino_error* error) {
      return service().all_gather(host, nullptr, nullptr, nullptr, error);
    };
    refused("all_gather() takes a count for each rank");
    CHECK(begun.empty());
  }
}
