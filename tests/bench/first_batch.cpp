// Writes when the first batch begins: nanoseconds of the clock that time.monotonic() shows in Python.
#include <time.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <treino/callback.hpp>

namespace {

class FirstBatch final : public treino::Callback {
 public:
  explicit FirstBatch(const treino::Setup& setup) : Callback(setup), file_(setup.get<std::string>("file")) {}

  void on_batch_begin(const treino::Event&) override {
    if (written_) return;
    written_ = true;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file_.c_str(), "w"), std::fclose);
    if (!stream) throw std::runtime_error(file_ + " cannot be written");
    std::fprintf(stream.get(), "%lld\n", static_cast<long long>(now.tv_sec) * 1000000000 + now.tv_nsec);
  }

 private:
  std::string file_;
  bool written_ = false;
};

}  // namespace

TREINO_PLUGIN(FirstBatch, R"toml(
kind = "callback"
id = "first_batch"
version = "1.0.0"
summary = "writes when the first batch begins"
phase = "measure"
events = ["batch_begin"]
[parameters.file]
type = "output"
default = "first_batch"
doc = "where the time is written"
)toml")
