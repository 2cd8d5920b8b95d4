// Asks for the run's threads wherever it can: in its constructor, in prepare, in both passes, from a thread of its own.
#include <atomic>
#include <cfenv>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <treino/layer.hpp>

namespace {

class ThreadAsker final : public treino::Layer {
 public:
  explicit ThreadAsker(const treino::Setup& setup) : host_(setup.host()), what_(setup.get<std::string>("what")) {
    int sum = 0;
    host_.parallel_for(1, [&](std::int64_t) { ++sum; });
    if (sum != 1) throw std::logic_error("the constructor's function was not called once");
  }

  treino::Shape prepare(treino::LayerSetup& setup) override {
    setup.workspace(1);
    host_.info("threads " + std::to_string(host_.threads()));
    return setup.input();
  }

  void forward(const treino::Forward& pass) const override {
    for (std::int64_t row = 0; row < pass.rows(); ++row)
      for (std::int64_t i = 0; i < pass.input().columns(); ++i) pass.output()(row, i) = pass.input()(row, i);
    if (what_ == "count") count();
    if (what_ == "nested") nested();
    if (what_ == "throws")
      host_.parallel_for(100, [](std::int64_t i) {
        if (i == 57) throw std::runtime_error("index 57 is too many");
      });
    if (what_ == "foreign") host_.parallel_for(4, [](std::int64_t) { throw 3; });
    if (what_ == "negative") host_.parallel_for(-1, [](std::int64_t) {});
    if (what_ == "own thread") from_own_thread();
    if (what_ == "none") host_.parallel_for(0, [](std::int64_t) { throw std::runtime_error("called for nothing"); });
  }
  void backward(const treino::Backward& pass) const override {
    std::atomic<std::int64_t> sum{0};
    host_.parallel_for(pass.rows(), [&](std::int64_t row) { sum += row; });
    if (sum != pass.rows() * (pass.rows() - 1) / 2) throw std::logic_error("rows were left out in backward");
  }

 private:
  /// Each index once, on no more threads than there are.
  void count() const {
    std::vector<std::atomic<int>> calls(1000);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    host_.parallel_for(1000, [&](std::int64_t i) {
      ++calls[static_cast<std::size_t>(i)];
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    });
    for (const std::atomic<int>& each : calls)
      if (each != 1) throw std::logic_error("an index was called " + std::to_string(each) + " times");
    if (threads.size() > host_.threads()) throw std::logic_error("there were more threads than the run has");
  }

  /// A loop within a loop stays on its thread.
  void nested() const {
    std::atomic<int> calls{0}, strayed{0};
    host_.parallel_for(8, [&](std::int64_t) {
      const std::thread::id own = std::this_thread::get_id();
      host_.parallel_for(8, [&](std::int64_t) {
        ++calls;
        if (std::this_thread::get_id() != own) ++strayed;
      });
    });
    if (calls != 64 || strayed != 0) throw std::logic_error("nested loops: " + std::to_string(calls) + " calls");
  }

  void from_own_thread() const {
    std::string said = "nothing";
    std::thread([&] {
      try {
        host_.parallel_for(4, [](std::int64_t) {});
      } catch (const std::exception& error) {
        said = error.what();
      }
    }).join();
    throw std::runtime_error(said);
  }

  treino::Host host_;
  std::string what_;
};

}  // namespace

TREINO_PLUGIN(ThreadAsker, R"toml(
kind = "layer"
draft = 1
id = "thread_asker"
version = "1"
summary = "s"
help = "h"
[parameters.what]
type = "string"
required = true
doc = "how it asks"
)toml")
