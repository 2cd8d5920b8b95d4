// A scheduler that returns NaN from some t on.
#include <treino/scheduler.hpp>

namespace {

class NanRate final : public treino::Scheduler {
 public:
  explicit NanRate(const treino::Setup& setup) : from_(setup.get<std::uint64_t>("from")) {}
  treino::LearningRate learning_rate(std::uint64_t t, double base) const override { return t < from_ ? base : std::nan(""); }

 private:
  std::uint64_t from_;
};

}  // namespace

TREINO_PLUGIN(NanRate, R"toml(
kind = "scheduler"
id = "nan_rate"
version = "1.0.0"
summary = "NaN from some t on"
unit = "epoch"
[parameters.from]
type = "int"
default = 1
)toml")
