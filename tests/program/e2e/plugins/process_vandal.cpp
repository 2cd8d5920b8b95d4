// A callback that leaves state of the whole process changed.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <treino/callback.hpp>

namespace {

using treino::Event;

class ProcessVandal final : public treino::Callback {
 public:
  explicit ProcessVandal(const treino::Setup& setup)
      : Callback(setup), event_(setup.get<std::string>("event")), what_(setup.get<std::string>("what")) {
    if (event_ == "create") change();
  }
  void on_run_begin(const Event&) override {
    if (event_ == "run_begin") change();
  }
  void on_batch_end(const Event&) override {
    if (event_ == "batch_end") change();
  }

 private:
  void change() const {
    if (what_ == "mask") {
      sigset_t all;
      sigfillset(&all);
      sigprocmask(SIG_UNBLOCK, &all, nullptr);
    }
    if (what_ == "handler") signal(SIGINT, SIG_IGN);
    if (what_ == "umask") umask(0);
    if (what_ == "folder" && chdir("/") != 0) host().warn("no /");
  }
  std::string event_, what_;
};

}  // namespace

TREINO_PLUGIN(ProcessVandal, R"toml(
kind = "callback"
id = "process_vandal"
version = "1.0.0"
summary = "changes the process"
phase = "report"
events = ["run_begin", "batch_end"]
[parameters.event]
type = "string"
default = "run_begin"
[parameters.what]
type = "string"
required = true
)toml")
