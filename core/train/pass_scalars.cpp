// Names that users see: prefixed by the pass, unique, those of the manifest where it gives one.
#include "train/pass_scalars.hpp"

#include <set>

#include "train/plan/plan_parts.hpp"
#include "train/run/run.hpp"

namespace treino::train {

namespace {

/// Whether a metric has the name that further ones of its kind get where the manifest gives none: recall_2, recall_3.
bool is_numbered(const std::string& name, const std::string& id) {
  const std::string start = id + "_";
  return name.size() > start.size() && name.starts_with(start) &&
         name.find_first_not_of("0123456789", start.size()) == std::string::npos;
}

/// Finds the names under which the values of a pass are shown.
class ShownNames {
 public:
  ShownNames(const host::Scalars& scalars, std::string prefix) : scalars_(scalars), prefix_(std::move(prefix)) {}

  /// A metric that the manifest names is shown under that name; with several values, "<name>_<value>". One that is numbered because
  /// there are several of its kind gives way where its number is the name of a class: recall_2 may be the recall of class 2.
  std::string operator()(const host::Instance& metric, const std::string& value, bool single) {
    const bool named = metric.name() != metric.component().description.id;
    const std::string plain = prefix_ + value;
    std::string name = !named ? plain : prefix_ + (single ? metric.name() : metric.name() + "_" + value);
    if (named && is_taken(name) && is_numbered(metric.name(), metric.component().description.id)) {
      const std::string base = name;
      name = plain;
      for (int number = 2; is_taken(name); ++number) name = base + "_" + std::to_string(number);
    }
    given_.insert(name);
    return name;
  }

 private:
  bool is_taken(const std::string& name) const { return scalars_.find(name) || given_.contains(name); }

  const host::Scalars& scalars_;
  std::string prefix_;
  std::set<std::string> given_;
};

}  // namespace

PassScalars add_pass_scalars(Run& run, const std::string& prefix) {
  host::Scalars& scalars = run.session.scalars();
  PassScalars result;
  result.first = scalars.add(prefix + "loss", TREINO_LOWER_IS_BETTER, "the loss", TREINO_SCALAR_LOSS);
  result.count = 1;
  if (run.measured->single_losses() > 0)
    for (const std::string& name : loss_scalars(run.plan)) {
      scalars.add(prefix + name, TREINO_LOWER_IS_BETTER, "the losses", TREINO_SCALAR_LOSS);
      ++result.count;
    }
  ShownNames shown(scalars, prefix);
  for (const LossAndMetrics::Value& value : run.measured->values(std::ref(shown))) {
    scalars.add(value.name, value.direction, "metric " + run.metrics[value.metric]->name());
    ++result.count;
  }
  for (const LossAndMetrics::Table& table : run.measured->tables()) {
    const host::Instance& metric = *run.metrics[table.metric];
    const bool single = table.layout->name == metric.component().description.id;
    result.tables.push_back(run.session.tables().add(shown(metric, table.layout->name, single), table.layout));
  }
  return result;
}

void begin_pass_scalars(Run& run, const PassScalars& scalars) {
  run.session.scalars().begin_live(scalars.first, scalars.count, *run.measured);
}

void finish_pass_scalars(Run& run, const PassScalars& scalars) {
  run.session.scalars().end_live();
  for (std::size_t i = 0; i < scalars.tables.size(); ++i) {
    host::Tables::Entry& table = run.session.tables().at(scalars.tables[i]);
    table.present = run.measured->read_table(i, table.values);
  }
}

}  // namespace treino::train
