// A callback that makes every batch last, so that a signal hits the middle of an epoch.
#include <chrono>
#include <thread>
#include <treino/callback.hpp>

namespace {

class SlowSleeper final : public treino::Callback {
 public:
  explicit SlowSleeper(const treino::Setup& setup) : Callback(setup), pause_(setup.get<std::int64_t>("milliseconds")) {}
  void on_batch_end(const treino::Event&) override { std::this_thread::sleep_for(pause_); }

 private:
  std::chrono::milliseconds pause_;
};

}  // namespace

TREINO_PLUGIN(SlowSleeper, R"toml(
kind = "callback"
id = "slow_sleeper"
version = "1.0.0"
summary = "sleeps"
phase = "report"
events = ["batch_end"]
[parameters.milliseconds]
type = "int"
default = 10
)toml")
