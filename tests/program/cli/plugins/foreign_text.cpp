// A callback whose every text would act on a terminal: help, messages, lines, the names of its scalars, its failures.
#include <treino/callback.hpp>

namespace {

using treino::Event;

class ForeignText final : public treino::Callback {
 public:
  explicit ForeignText(const treino::Setup& setup) : Callback(setup), what_(setup.get<std::string>("what")) {
    if (what_ == "scalar") host().declare("a\x1b[2Jb");
    if (what_ == "number") host().declare("number");
    if (what_ == "no scalar") host().declare("");
    if (what_ == "refuse") throw std::invalid_argument("refused\x1b[31m\nforged");
  }
  void on_run_begin(const Event&) override {
    host().warn("message\x1b[31m\nforged");
    host().print("line\x1b[31m\nforged");
  }
  void on_epoch_end(const Event&) override {
    if (what_ == "stop") host().stop("reason\x1b[31m\nforged");
    if (what_ == "fail") throw std::runtime_error("failure\x1b[31m\nforged");
  }

 private:
  std::string what_;
};

}  // namespace

TREINO_PLUGIN(ForeignText, R"toml(
kind = "callback"
id = "foreign_text"
version = "1.0.0"
summary = "text that would act on a terminal"
phase = "report"
events = ["run_begin", "epoch_end"]
scalars = ["*"]
help = "help \u001b[31m red\nanother line\n"
[parameters.what]
type = "string"
default = ""
doc = "which text"
)toml")
