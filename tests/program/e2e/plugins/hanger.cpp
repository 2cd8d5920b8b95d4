// A callback that never returns from one event, of one epoch on.
#include <unistd.h>

#include <treino/callback.hpp>

namespace {

using treino::Event;

class Hanger final : public treino::Callback {
 public:
  explicit Hanger(const treino::Setup& setup)
      : Callback(setup), event_(setup.get<std::string>("event")), epoch_(setup.get<std::uint64_t>("epoch")) {}
  void on_run_begin(const Event& event) override { hang_in("run_begin", event); }
  void on_batch_end(const Event& event) override { hang_in("batch_end", event); }
  void on_run_end(const Event& event) override { hang_in("run_end", event); }

 private:
  void hang_in(const char* name, const Event& event) const {
    if (event_ != name || event.epoch < epoch_) return;
    host().info("hangs");
    for (;;) pause();
  }
  std::string event_;
  std::uint64_t epoch_;
};

}  // namespace

TREINO_PLUGIN(Hanger, R"toml(
kind = "callback"
id = "hanger"
version = "1.0.0"
summary = "hangs"
phase = "report"
events = ["run_begin", "batch_end", "run_end"]
[parameters.event]
type = "string"
default = "batch_end"
[parameters.epoch]
type = "int"
default = 0
)toml")
