// What callbacks cost: nanoseconds for an event that plugins receive, and for one that none receives; and the loop of a tiny net
// (64-32-10, batch 32, SGD with momentum): microseconds per step without callbacks and with twenty that subscribe to the four
// events of a step and do nothing, in turn.
//   build/release/tests/bench_overhead [rounds]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "nn/kernels/threads.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"
#include "train/loop.hpp"
#include "train/run/run.hpp"

namespace {

using namespace treino;

std::string manifest_with(int callbacks, bool once) {
  std::string text = R"([run]
epochs = 200
threads = 1
[data]
train = { file = "data.csv", target = -1, target_kind = "index" }
batch_size = 32
[model]
layers = [ { type = "dense", units = 32 }, { type = "relu" }, { type = "dense", units = 10 } ]
[optimizer]
plugin = "sgd"
momentum = 0.9
learning_rate = 0.01
[loss]
plugin = "cross_entropy"
)";
  for (int i = 0; i < callbacks; ++i)
    text += std::string("[[callback]]\nplugin = \"no_op\"\nonce = ") + (once ? "true\n" : "false\n");
  return text;
}

std::string random_rows() {
  std::string text;
  unsigned state = 1;
  for (int row = 0; row < 2048; ++row) {
    for (int column = 0; column < 64; ++column) {
      state = state * 1664525u + 1013904223u;
      text += std::to_string((state >> 8) % 17) + ",";
    }
    text += std::to_string(row % 10) + "\n";
  }
  return text;
}

double microseconds_a_step(const std::filesystem::path& file) {
  host::Screen screen(1, true);
  host::Log log(screen);
  train::Run run(train::make_plan({file, {}, {PLUGINS, BENCH_PLUGINS}}), file.parent_path() / "run", log);
  const auto start = std::chrono::steady_clock::now();
  train::TrainingLoop(run).fit();
  const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / static_cast<double>(200 * run.steps_per_epoch());
}

/// Of one event, with so many listeners.
double nanoseconds_an_event(const std::filesystem::path& file, unsigned listeners) {
  host::Screen screen(1, true);
  host::Log log(screen);
  const train::Plan plan = train::make_plan({file, {}, {PLUGINS, BENCH_PLUGINS}});
  host::Session session(log);
  for (unsigned i = 0; i < listeners; ++i) {
    const train::PlannedPlugin& planned = plan.callbacks[i];
    session.create(plan.catalogue->component(manifest::Kind::callback, "no_op"), planned.name(), true, planned.parameters);
  }
  treino_event_info info{};
  constexpr int events = 200'000;
  const volatile host::Event event = host::Event::step_end;  // or the compiler sees that nothing happens
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < events; ++i) session.fire(info, event);
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  return elapsed.count() / events;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const treino::nn::ThreadPlacement placement;  // as the program has it
  const int rounds = count > 1 ? std::atoi(arguments[1]) : 21;
  const test::TemporaryFolder folder;
  test::write_text(folder / "data.csv", random_rows());
  test::write_text(folder / "none.toml", manifest_with(0, false));
  test::write_text(folder / "once.toml", manifest_with(20, true));
  test::write_text(folder / "all.toml", manifest_with(20, false));
  std::vector<double> silent, one, twenty;
  for (int round = 0; round < rounds; ++round) {
    silent.push_back(nanoseconds_an_event(folder / "all.toml", 0));
    one.push_back(nanoseconds_an_event(folder / "all.toml", 1));
    twenty.push_back(nanoseconds_an_event(folder / "all.toml", 20));
  }
  fmt::print(
      "an event that no plugin hears: {:.2f} ns, one that one hears: {:.1f} ns, twenty: {:.1f} ns, {:.1f} ns for each more\n\n",
      median(silent), median(one), median(twenty), (median(twenty) - median(one)) / 19);
  std::vector<double> none, once, all;
  for (int round = 0; round < rounds; ++round) {
    none.push_back(microseconds_a_step(folder / "none.toml"));
    once.push_back(microseconds_a_step(folder / "once.toml") / none.back());
    all.push_back(microseconds_a_step(folder / "all.toml") / none.back());
  }
  const auto row = [&](const char* name, std::vector<double> ratios) {
    const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
    fmt::print("{:32} {:.4f}  ({:.4f} to {:.4f})\n", name, median(ratios), *low, *high);
  };
  fmt::print("no callbacks: {:.3f} us a step, the median of {}\nratios to it, pair by pair:\n", median(none), rounds);
  row("20 callbacks, one event per step", once);
  row("20 callbacks, four events per step", all);
}
