// Metrics. A case:
//   parameters, refused  as everywhere
//   problem              see batch.hpp
//   prediction = [[...], ...], target = [[...], ...] or [0, 2, ...], weights = [...], or several of them:
//   batches = [{ prediction, target, weights }, ...]
//   values = { accuracy = 0.75, ... }  all that compute gives, by name, in order; nan where it is one; none where it is left out
//   tables = { confusion_matrix = [[...], ...] }  likewise; rows, columns = ["cat", ...]: names of the first one's
//   tolerance = 1e-12    relative
// A file may begin with [random], as for losses.
#include <fnmatch.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/metric_under_test.hpp"
#include "plugins/conformance/misuse.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace metric_checks {
namespace {

using manifest::Table;

bool near(double a, double b) { return (std::isnan(a) && std::isnan(b)) || a == Approx(b).epsilon(1e-12).margin(1e-15); }
bool near(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return near(x, y); });
}
bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); });
}

std::vector<Table> batches_of(const Table& one) { return has(one, "batches") ? tables(one, "batches") : std::vector<Table>{one}; }

void check_refusal(const PluginUnderTest& plugin, const Table& one) {
  std::string said = "nothing was refused";
  try {
    const Problem problem = Problem::of_case(one);
    Metric metric(plugin, parameters_of(plugin, one), problem);
    for (const Table& batch : batches_of(one)) metric.update(Batch::of_case(batch, problem));
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
}

/// As the description announces it: the plugin's id, or one of `scalars`.
bool is_announced(const manifest::Description& description, const std::string& name) {
  if (description.scalars.empty()) return name == description.id && !description.only_tables;
  return std::any_of(description.scalars.begin(), description.scalars.end(),
                     [&](const std::string& glob) { return fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

void check_tables(const Metric& metric, const Table& one) {
  const std::vector<Metric::Shown> found = metric.tables();
  const Table expected = has(one, "tables") ? table(one, "tables") : Table();
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("table " << found[i].name);
    CHECK(found[i].name == expected[i].key);
    const auto wanted = rows(expected, expected[i].key);
    REQUIRE(found[i].rows.size() == wanted.size());
    std::vector<double> values;
    for (const auto& row : wanted) values.insert(values.end(), row.begin(), row.end());
    CHECK(near(found[i].values, values));
  }
  if (has(one, "rows")) CHECK(found.at(0).rows == texts(one, "rows"));
  if (has(one, "columns")) CHECK(found.at(0).columns == texts(one, "columns"));
}

void check_values(const PluginUnderTest& plugin, const Table& one) {
  const Problem problem = Problem::of_case(one);
  Metric metric(plugin, parameters_of(plugin, one), problem);
  for (const Table& batch : batches_of(one)) metric.update(Batch::of_case(batch, problem));
  const std::vector<std::string> names = metric.names();
  const std::vector<double> found = metric.compute();
  check_tables(metric, one);
  const Table expected = has(one, "values") ? table(one, "values") : Table();
  REQUIRE(names.size() == expected.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO("value " << names[i]);
    CHECK(names[i] == expected[i].key);
    CHECK(is_announced(plugin.description, names[i]));
    CHECK(metric.direction(static_cast<std::uint32_t>(i)) <= TREINO_HIGHER_IS_BETTER);
    const double value = number(expected, expected[i].key);
    if (std::isnan(value)) {
      CHECK(std::isnan(found[i]));
    } else {
      CHECK(found[i] == Approx(value).epsilon(number(one, "tolerance", 1e-12)));
    }
  }
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

/// One problem's metrics, and random data for them.
struct Trial {
  const PluginUnderTest& plugin;
  Table parameters;
  Problem problem;
  Batch data;

  Metric fresh() const { return {plugin, parameters, problem}; }
  std::vector<double> whole() const {
    Metric metric = fresh();
    metric.update(data);
    return metric.measured();
  }
  /// Thirds, as three processes would see them.
  std::vector<Bytes> thirds() const {
    std::vector<Bytes> states;
    for (std::int64_t third = 0; third < 3; ++third) {
      Metric metric = fresh();
      metric.update(data.part(third * data.samples / 3, (third + 1) * data.samples / 3));
      states.push_back(metric.save());
    }
    return states;
  }
};

bool keeps_samples(const Trial& trial) {
  Metric metric = trial.fresh();
  metric.update(trial.data);
  const std::size_t once = metric.save().size();
  metric.update(trial.data);
  return metric.save().size() > once;
}

void check_splits(const Trial& trial) {
  const std::vector<double> whole = trial.whole();
  std::mt19937 random(23);
  for (const std::int64_t most : {1, 7, 64}) {
    Metric metric = trial.fresh();
    for (std::int64_t begin = 0; begin < trial.data.samples;) {
      const std::int64_t size = most == 64 ? static_cast<std::int64_t>(random() % 64) : most;  // empty batches too
      const std::int64_t end = std::min(begin + size, trial.data.samples);
      metric.update(trial.data.part(begin, end));
      begin = end;
    }
    INFO("any split into batches gives the same number: batches of up to " << most);
    CHECK(near(metric.measured(), whole));
  }
}

void check_merges(const Trial& trial) {
  const std::vector<double> whole = trial.whole();
  std::vector<std::size_t> order{0, 1, 2};
  const std::vector<Bytes> states = trial.thirds();
  do {
    Metric metric = trial.fresh();
    for (const std::size_t third : order) metric.merge(states[third]);
    INFO("processes may be merged in any order");
    CHECK(near(metric.measured(), whole));
  } while (std::next_permutation(order.begin(), order.end()));
  Metric metric = trial.fresh();
  metric.load(states[0]);
  const Bytes before = metric.save();
  for (const Bytes& foreign : foreign_states(before)) {
    CHECK_THROWS_AS(metric.merge(foreign), Refusal);
    CHECK_THROWS_AS(metric.load(foreign), Refusal);
    CHECK((metric.save() == before));
  }
}

void check_resume(const Trial& trial) {
  const std::int64_t middle = trial.data.samples / 2;
  Metric through = trial.fresh();
  through.update(trial.data.part(0, middle));
  const Bytes half = through.save();
  Metric resumed = trial.fresh();
  resumed.update(trial.data);  // load replaces what was there
  resumed.load(half);
  through.update(trial.data.part(middle, trial.data.samples));
  resumed.update(trial.data.part(middle, trial.data.samples));
  INFO("saved half-way, loaded, continued: the same bits");
  CHECK((resumed.save() == through.save()));
  CHECK(same_bits(resumed.measured(), through.measured()));
}

void check_purity(const Trial& trial) {
  Metric metric = trial.fresh();
  const Bytes empty = metric.save();
  const std::vector<double> nothing = metric.measured();
  metric.update(trial.data.part(0, 0));
  CHECK(near(metric.measured(), nothing));
  metric.update(trial.data);
  const Bytes full = metric.save();
  const std::vector<double> first = metric.measured(), second = metric.measured();
  INFO("compute leaves the counts as they are, reset leaves none");
  CHECK(same_bits(first, second));
  CHECK((metric.save() == full));
  metric.reset();
  CHECK((metric.save() == empty));
  CHECK(near(metric.measured(), nothing));
}

void check_interleaved(const Trial& trial) {
  Metric one = trial.fresh(), other = trial.fresh();
  for (std::int64_t sample = 0; sample < trial.data.samples; ++sample) {
    one.update(trial.data.part(sample, sample + 1));
    if (sample % 3 == 0) other.update(trial.data.part(0, sample));
  }
  INFO("two instances must not disturb each other");
  CHECK(near(one.measured(), trial.whole()));
}

void check_memory(const Trial& trial) {
  const std::vector<double> whole = trial.whole();
  for (const Layout layout : layouts) {
    Metric metric = trial.fresh();
    metric.update(trial.data, layout);
    INFO("the layout in memory must not matter: " << static_cast<int>(layout));
    CHECK(same_bits(metric.measured(), whole));
  }
  Metric metric = trial.fresh();
  metric.update(trial.data);
  metric.update(trial.data);
  INFO("update must not allocate");
  if (!keeps_samples(trial)) CHECK(metric.allocations_of_update == 0);
}

/// Who keeps samples says so, and grows by factors: over 64 times as many samples no more than a few updates allocate.
void check_growth(const Trial& trial) {
  if (!keeps_samples(trial)) return;
  INFO("a metric that keeps samples says in its help how many bytes per sample it takes");
  CHECK_THAT(trial.plugin.description.help, ContainsSubstring("Memory: ") && ContainsSubstring("per sample"));
  Metric metric = trial.fresh();
  int growths = 0;
  for (int update = 0; update < 64; ++update) {
    metric.update(trial.data);
    growths += metric.allocations_of_update > 0;
  }
  INFO("what is kept must grow by factors, not by batches");
  CHECK(growths <= 16);
}

bool all_nan(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

/// The class index whose samples count for nothing.
std::optional<std::int64_t> ignored_class(const Table& parameters) {
  for (const char* key : {"ignore_index", "ignore_class"})
    if (const manifest::Value* value = find(parameters, key))
      if (const auto* index = value->as<std::int64_t>()) return *index;
  return std::nullopt;
}

/// The sample's class is not `ignored` afterwards.
void make_another_class(Batch& data, std::size_t sample, std::int64_t ignored) {
  const auto other = static_cast<std::int32_t>(ignored == 0 ? 1 : 0);
  if (!data.labels.empty() && data.labels[sample] == ignored) data.labels[sample] = other;
  const auto columns = static_cast<std::size_t>(data.target_columns);
  for (std::size_t column = 0; column < columns; ++column)
    data.target[sample * columns + column] = column == static_cast<std::size_t>(other) ? 1.0f : 0.0f;
}

/// A network that has become NaN looks good in no number, wherever the NaN stands and whatever comes after it.
void check_nan(const Trial& trial) {
  INFO("a NaN among the predictions makes every value NaN");
  const std::vector<double> whole = trial.whole();
  for (const std::size_t place : {std::size_t{0}, trial.data.prediction.size() / 2, trial.data.prediction.size() - 1}) {
    Batch data = trial.data;
    const std::size_t sample = place / static_cast<std::size_t>(data.outputs);
    data.prediction[place] = std::numeric_limits<float>::quiet_NaN();
    if (!data.weights.empty()) data.weights[sample] = 1;
    if (const auto ignored = ignored_class(trial.parameters)) make_another_class(data, sample, *ignored);
    Metric metric = trial.fresh();
    metric.update(data);
    CHECK(all_nan(metric.measured()));
    metric.update(trial.data);
    CHECK(all_nan(metric.measured()));
    const Bytes state = metric.save();
    Metric resumed = trial.fresh();
    resumed.load(state);
    CHECK(all_nan(resumed.measured()));
    Metric merged = trial.fresh();
    merged.merge(state);
    CHECK(all_nan(merged.measured()));
    metric.reset();
    metric.update(trial.data);
    CHECK(same_bits(metric.measured(), whole));
    if (data.weights.empty()) continue;
    INFO("but not that of a sample of weight 0");
    data.weights[sample] = 0;
    Metric other = trial.fresh();
    other.update(data);
    if (!all_nan(whole)) CHECK_FALSE(all_nan(other.measured()));
  }
}

void check_wrong_calls(const Trial& trial) {
  Metric metric = trial.fresh();
  metric.update(trial.data);
  const Bytes before = metric.save();
  const Call call = [&](const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                        treino_error* error) {
    return trial.plugin.metric->update(metric.self(), prediction, target, weight, error);
  };
  check_misuse(call, trial.data.part(0, 5), trial.problem, ignored_class(trial.parameters));
  INFO("what was refused has not been counted");
  CHECK((metric.save() == before));
  Metric unprepared(trial.plugin, trial.parameters);
  CHECK_THROWS_AS(unprepared.update(trial.data), Refusal);
}

/// reset before the first update, and prepare again, with another problem between.
void check_order(const Trial& trial) {
  Metric metric(trial.plugin, trial.parameters);
  for (const std::int64_t outputs : {1, 2, 3, 7}) {
    Problem other = trial.problem;
    other.outputs = outputs;
    other.classes = other.classes == 0 ? 0 : std::max<std::int64_t>(outputs, 2);
    other.class_names.clear();
    try {
      metric.prepare(other);
    } catch (const Refusal&) {
      // It does not fit: the next one may.
    }
  }
  metric.prepare(trial.problem);
  metric.reset();
  metric.update(trial.data);
  metric.prepare(trial.problem);
  metric.reset();
  metric.update(trial.data);
  INFO("prepare again begins again, reset before the first update changes nothing");
  CHECK(same_bits(metric.measured(), trial.whole()));
  CHECK(metric.names() == trial.fresh().names());
}

void check_all(const PluginUnderTest& plugin, const Table& one, const Ranges& ranges) {
  const Problem problem = Problem::of_case(one);
  std::mt19937 random(29);
  for (const bool weighted : {false, true}) {
    INFO((weighted ? "weighted" : "unweighted") << " random samples");
    const Trial trial{plugin, parameters_of(plugin, one), problem,
                      random_batch(problem, problem.prediction, problem.independent, 200, weighted, ranges, random)};
    check_splits(trial);
    check_merges(trial);
    check_resume(trial);
    check_purity(trial);
    check_interleaved(trial);
    check_memory(trial);
    check_growth(trial);
    check_nan(trial);
    check_wrong_calls(trial);
    check_order(trial);
  }
}

}  // namespace
}  // namespace metric_checks

void check_metric(const PluginUnderTest& plugin) {
  using namespace metric_checks;
  const Ranges ranges = Ranges::of(read_cases(plugin.cases));
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  CHECK_FALSE(plugin.description.target.empty());
  REQUIRE(plugin.lifecycle->save != nullptr);
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    if (has(one, "refused")) {
      check_refusal(plugin, one);
    } else {
      check_values(plugin, one);
      check_all(plugin, one, ranges);
    }
  }
}

}  // namespace treino::conformance
