// Several schedules at once: each gets what the one before it made of the rate. As torch.optim.lr_scheduler.ChainedScheduler.
// Parameters: stages (schedulers).
#include <treino/scheduler.hpp>

namespace {

class Chained final : public treino::Scheduler {
 public:
  explicit Chained(const treino::Setup& setup) : stages_(treino::children(setup, "stages")) {
    if (stages_.empty()) throw std::invalid_argument("stages is empty: give at least one scheduler");
  }

  void prepare(const treino::SchedulePlan& plan) override {
    treino::SchedulePlan part = plan;
    for (const treino::SchedulerChild& stage : stages_) {
      stage.prepare(part);
      part.base = stage.learning_rate(0, part.base).learning_rate;
    }
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    treino::LearningRate all(base);
    for (const treino::SchedulerChild& stage : stages_) {
      const treino::LearningRate one = stage.learning_rate(t, all.learning_rate);
      all.learning_rate = one.learning_rate;
      if (!std::isnan(one.momentum)) all.momentum = one.momentum;
    }
    return all;
  }

  void save(treino::Writer& writer) const override { treino::save_children(writer, stages_); }
  void load(treino::Reader& reader, std::uint32_t) override { treino::load_children(reader, stages_); }

 private:
  std::vector<treino::SchedulerChild> stages_;
};

}  // namespace

TREINO_PLUGIN(Chained, R"toml(
kind = "scheduler"
id = "chained"
version = "1.0.0"
summary = "Several schedulers at once, each acting on the result of the one before."
unit = "epoch"
help = """
rate = s_n(t, ... s_2(t, s_1(t, base))), with the same t for all. Of momenta the last one given counts.
Schedulers that stand one below the other in a manifest do the same; chained does it inside a sequential.
State: that of the stages, where they have one. As torch.optim.lr_scheduler.ChainedScheduler, in closed form."""
[parameters.stages]
type = "list"
items = "scheduler"
required = true
doc = "the schedulers, in order"
)toml")
