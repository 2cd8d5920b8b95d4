// A loss made of losses carries their state. The built-in ones have none, so one is built for the test and laid beside
// weighted_sum.
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/loss_under_test.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace treino;
using namespace treino::conformance;

/// weighted_sum beside drifting_loss, in a folder of their own.
class Sum {
 public:
  Sum() {
    fs::copy_file(WEIGHTED_SUM, folder_.path() / "weighted_sum.so");
    fs::copy_file(DRIFTING_LOSS, folder_.path() / "drifting_loss.so");
    std::vector<std::string> warnings;
    component_ = host::load(host::inspect(folder_.path() / "weighted_sum.so", true), warnings).at(0);
    plugin = {folder_.path() / "weighted_sum.so",
              "",
              component_->description,
              &component_->lifecycle,
              nullptr,
              nullptr,
              &component_->loss,
              nullptr};
  }
  manifest::Table parameters(int losses) const {
    manifest::List list;
    for (int i = 0; i < losses; ++i) {
      manifest::Value id, table;
      id.data = std::string("drifting_loss");
      table.data = manifest::Table{{"plugin", {}, id}};
      list.push_back(table);
    }
    manifest::Value value;
    value.data = list;
    std::string refusal;
    return completed(plugin, {{"losses", {}, value}}, refusal).value();
  }

  PluginUnderTest plugin;

 private:
  test::TemporaryFolder folder_;
  std::shared_ptr<const host::Component> component_;
};

const Problem problem(TREINO_TARGET_VALUES, TREINO_PREDICTION_VALUES, false, 1, 0);
const Batch batch{2, 1, 1, {1, 3}, {0, 0}, {}, {}};

double value_of(const PluginUnderTest& plugin, const Instance& instance) {
  const treino_problem facts = problem.info();
  ErrorBuffer error;
  error.check(plugin.loss->prepare(instance.self(), &facts, error.get()));
  const Views views(batch);
  treino_loss_value value{};
  error.check(plugin.loss->evaluate(instance.self(), views.prediction(), views.target(), nullptr, nullptr, &value, error.get()));
  return value.sum / value.weight;
}

}  // namespace

TEST_CASE("a sum of losses continues from their saved states") {
  const Sum sum;
  const Instance first(sum.plugin, sum.parameters(2));
  CHECK(value_of(sum.plugin, first) == 4);  // (1 + 3) / 2, twice
  CHECK(value_of(sum.plugin, first) == 8);
  Instance second(sum.plugin, sum.parameters(2));
  second.load(first.save());
  CHECK(value_of(sum.plugin, second) == 12);
  CHECK(value_of(sum.plugin, first) == 12);
}

TEST_CASE("a sum of losses refuses a state that is not its losses'") {
  const Sum sum;
  const Bytes state = Instance(sum.plugin, sum.parameters(2)).save();
  Instance other(sum.plugin, sum.parameters(1));
  CHECK_THROWS_AS(other.load(state), Refusal);
  Instance more(sum.plugin, sum.parameters(3));
  CHECK_THROWS_AS(more.load(state), Refusal);
  for (const Bytes& foreign : foreign_states(state)) {
    Instance same(sum.plugin, sum.parameters(2));
    CHECK_THROWS_AS(same.load(foreign), Refusal);
  }
}
