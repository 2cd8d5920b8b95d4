// A linear decay with the fault that FAULT names.
#include <string_view>
#include <treino/scheduler.hpp>

namespace {

constexpr std::string_view fault = FAULT;
std::uint64_t calls_of_all = 0;

class FaultyScheduler final : public treino::Scheduler {
 public:
  explicit FaultyScheduler(const treino::Setup& setup) : slope_(setup.get<double>("slope")) {
    if (fault == "silent" && slope_ == 1) throw std::invalid_argument("");
  }
  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    ++calls_;
    ++calls_of_all;
    if (fault == "remembers" && calls_ % 7 == 0) return base;
    if (fault == "shares" && calls_of_all % 7 == 0) return base;
    if (fault == "overflows" && t > 1000000) return base / 0.0;
    return base / (1 + slope_ * static_cast<double>(t));
  }

 private:
  double slope_;
  mutable std::uint64_t calls_ = 0;
};

}  // namespace

TREINO_PLUGIN(FaultyScheduler, R"toml(
kind = "scheduler"
id = "faulty_scheduler"
version = "1.0.0"
summary = "base / (1 + slope t), with a fault"
unit = "step"
help = "For the tests of the conformance program."
[parameters.slope]
type = "float"
default = 0.5
min = 0.0
max = 1.0
doc = "how fast it falls"
)toml")
