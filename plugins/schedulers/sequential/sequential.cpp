// One schedule after another: each stage takes over at its milestone, with its own t from 0.
// As torch.optim.lr_scheduler.SequentialLR. Parameters: stages (schedulers), milestones.
#include <treino/scheduler.hpp>

namespace {

class Sequential final : public treino::Scheduler {
 public:
  explicit Sequential(const treino::Setup& setup)
      : milestones_(setup.get<std::vector<std::uint64_t>>("milestones")), stages_(treino::children(setup, "stages")) {
    if (stages_.size() != milestones_.size() + 1)
      throw std::invalid_argument(std::to_string(stages_.size()) + " stages need " +
                                  std::to_string(stages_.empty() ? 0 : stages_.size() - 1) + " milestones between them, not " +
                                  std::to_string(milestones_.size()));
    treino::expect_in_order("milestones", milestones_);
    if (std::adjacent_find(milestones_.begin(), milestones_.end()) != milestones_.end())
      throw std::invalid_argument("milestones holds a number twice, so that the stage between would have no time");
  }

  void prepare(const treino::SchedulePlan& plan) override {
    if (!milestones_.empty()) treino::expect_reached("milestones", milestones_.back(), plan);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      treino::SchedulePlan part = plan;
      const std::uint64_t end = i < milestones_.size() ? milestones_[i] : plan.total;
      part.total = end > 0 ? end - begin(i) : 0;
      stages_[i].prepare(part);
    }
  }

  treino::LearningRate learning_rate(std::uint64_t t, double base) const override {
    const auto passed = std::upper_bound(milestones_.begin(), milestones_.end(), t) - milestones_.begin();
    const auto stage = static_cast<std::size_t>(passed);
    return stages_[stage].learning_rate(t - begin(stage), base);
  }

  void save(treino::Writer& writer) const override { treino::save_children(writer, stages_); }
  void load(treino::Reader& reader, std::uint32_t) override { treino::load_children(reader, stages_); }

 private:
  std::uint64_t begin(std::size_t stage) const { return stage == 0 ? 0 : milestones_[stage - 1]; }

  std::vector<std::uint64_t> milestones_;
  std::vector<treino::SchedulerChild> stages_;
};

}  // namespace

TREINO_PLUGIN(Sequential, R"toml(
kind = "scheduler"
id = "sequential"
version = "1.0.0"
summary = "One scheduler after another."
unit = "epoch"
help = """
Up to the first milestone the first stage rules, from there the second, and so on; each gets the base rate, counts from 0 at its
milestone, and, where it asks for the length of the run, is told its own part of it. All stages count what `unit` says here.
  [[scheduler]]
  plugin = "sequential"
  stages = [
    { plugin = "linear", start_factor = 0.1, total_iters = 5 },
    { plugin = "cosine_annealing", t_max = 25 },
  ]
  milestones = [5]
A stage may be any scheduler, this one and chained too. State: that of the stages, where they have one.
As torch.optim.lr_scheduler.SequentialLR."""
[parameters.stages]
type = "list"
items = "scheduler"
required = true
doc = "the schedulers, one more than milestones"
[parameters.milestones]
type = "list"
items = "int"
required = true
min = 1
doc = "epochs (or steps, as `unit` says) at which the next stage takes over, in order"
)toml")
