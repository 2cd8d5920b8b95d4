// Watches the gradients: norms and more by layer, as scalars for every sink; warnings where they explode or vanish; and at the
// end one picture of how they flowed through the layers over time.
#include <cmath>
#include <limits>
#include <treino/callback.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/text.hpp>
#include <unordered_set>

#include "gradients.hpp"
#include "picture.hpp"
#include "shared/files/history.hpp"
#include "shared/training/selection.hpp"
#include "shared/training/statistics.hpp"
#include "watched.hpp"
#include "weight_updates.hpp"

namespace gradient_monitor {
namespace {

using treino::Event;

class GradientMonitor final : public treino::Callback {
 public:
  explicit GradientMonitor(const treino::Setup& setup)
      : Callback(setup),
        path_(setup.get<std::string>("filename")),
        every_(static_cast<std::uint64_t>(setup.get<std::int64_t>("every_n_steps"))),
        explode_(setup.find<double>("explode").value_or(std::numeric_limits<double>::infinity())),
        vanish_(setup.find<double>("vanish").value_or(0)) {
    if (vanish_ >= explode_) throw std::invalid_argument("vanish must be below explode");
    for (const std::uint32_t index : treino::selected_parameters(host(), setup.get<std::vector<std::string>>("include"),
                                                                 setup.get<std::vector<std::string>>("exclude")))
      if (host().trainable(index)) parameters_.push_back(index);
    if (parameters_.empty()) throw std::invalid_argument("include and exclude leave no parameter that is trained");
    items_ = items_of(host(), parameters_, setup.get<std::vector<std::string>>("scope"));
    build_columns(setup.get<std::vector<std::string>>("what"), setup.get<std::vector<std::string>>("when"));
    row_.resize(columns_.size());
    gradients_.prepare(parameters_.size(), histograms_);
    history_ = treino::History(columns_.size(), 512);
  }

  std::uint64_t wanted() const override { return ~(after_ ? std::uint64_t{0} : std::uint64_t{1} << TREINO_STEP_BEGIN); }

  void on_run_begin(const Event&) override {
    treino::expect_writable(path_);
    if (updates_) weight_updates_.prepare(host(), parameters_);
  }

  void on_backward_end(const Event& event) override {
    watching_ = event.step % every_ == 0;
    if (!watching_) return;
    watched_step_ = static_cast<double>(event.step);
    std::fill(row_.begin(), row_.end(), std::nan(""));
    look(false);
    for (Item& item : items_) judge(item, event.step);
    if (updates_) weight_updates_.keep(host());
  }

  void on_step_begin(const Event&) override {
    if (watching_) look(true);
  }

  void on_step_end(const Event&) override {
    if (!std::exchange(watching_, false)) return;
    if (updates_) log_updates();
    history_.add(watched_step_, row_.data());
  }

  void on_run_end(const Event&) override {
    treino::replace_file(path_, Picture(host().run().run, every_, items_, columns_, history_).text(path_));
  }

  void save(treino::Writer& writer) const override {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(name_of(column, items_));
    writer.write(names);
    history_.save(writer);
    std::vector<std::uint8_t> conditions;
    for (const Item& item : items_) conditions.push_back(item.condition);
    writer.write(conditions);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    std::vector<std::string> names, expected;
    reader.read(names);
    treino::History history = treino::History::load(reader, 512);
    std::vector<std::uint8_t> conditions;
    reader.read(conditions);
    reader.finish();
    if (history.columns() != names.size()) throw std::runtime_error("the saved state names other columns than it holds");
    for (const Column& column : columns_) expected.push_back(name_of(column, items_));
    if (names != expected) return host().warn("what is watched has changed since the run was saved; the picture begins here");
    history_ = std::move(history);
    for (std::size_t i = 0; i < std::min(conditions.size(), items_.size()); ++i) items_[i].condition = conditions[i];
  }

 private:
  // ---- What is watched

  void build_columns(const std::vector<std::string>& what, const std::vector<std::string>& when) {
    std::unordered_set<std::string> names;
    for (const std::string& moment : when)
      for (const std::string& each : what) {
        const bool after = moment == "after";
        if (each == "update_ratio" && after && when.size() > 1) continue;  // one per step
        updates_ |= each == "update_ratio";
        histograms_ |= each == "histogram";
        after_ |= after;
        for (std::size_t item = 0; item < items_.size(); ++item) add_columns({item, each, after, 0, 0}, names);
      }
  }
  void add_columns(Column column, std::unordered_set<std::string>& names) {
    if (!names.insert(name_of(column, items_)).second) return;
    if (column.what != "histogram") {
      column.number = host().declare(name_of(column, items_));
      columns_.push_back(column);
      return;
    }
    for (; column.bin < bins; ++column.bin) columns_.push_back(column);
  }

  // ---- Looking: one pass over each gradient, nothing allocated

  void look(bool after) {
    gradients_.measure(host(), parameters_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (column.after != after || column.what == "update_ratio") continue;
      const treino::Statistics sums = gradients_.together(items_[column.item]);
      if (sums.count == 0) continue;  // frozen
      if (column.what == "histogram") {
        row_[i] = gradients_.in_bin(items_[column.item], column.bin) / sums.count;
      } else {
        host().log_scalar(column.number, row_[i] = value_of(sums, column.what));
      }
    }
  }

  /// Says once that a gradient explodes or vanishes, and again only when it has recovered in between.
  void judge(Item& item, std::uint64_t step) const {
    const treino::Statistics sums = gradients_.together(item);
    const double norm = sums.norm();
    const auto before = item.condition;
    item.condition = sums.count == 0                               ? Item::fine
                     : !(norm <= explode_) || !std::isfinite(norm) ? Item::exploding
                     : norm < vanish_                              ? Item::vanishing
                                                                   : Item::fine;
    if (item.condition == before || item.condition == Item::fine) return;
    const std::string what = "the gradient" + (item.name.empty() ? std::string() : " of " + item.name) + " has norm " +
                             treino::short_text(norm) + " at step " + std::to_string(step) + ", ";
    if (item.condition == Item::vanishing)
      host().warn(what + "below vanish = " + treino::short_text(vanish_));
    else if (std::isfinite(norm))
      host().warn(what + "above explode = " + treino::short_text(explode_));
    else
      host().warn(what + "which is not finite");
  }

  void log_updates() {
    weight_updates_.measure(host());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].what != "update_ratio") continue;
      if (const auto ratio = weight_updates_.ratio(items_[columns_[i].item].parts))
        host().log_scalar(columns_[i].number, row_[i] = *ratio);
    }
  }

  std::string path_;
  std::uint64_t every_;
  double explode_, vanish_;

  std::vector<std::uint32_t> parameters_;
  std::vector<Item> items_;
  std::vector<Column> columns_;
  bool after_ = false, updates_ = false, histograms_ = false;

  double watched_step_ = 0;
  bool watching_ = false;  // this step
  Gradients gradients_;
  WeightUpdates weight_updates_;
  std::vector<double> row_;  // of each column
  treino::History history_{0};
};

}  // namespace
}  // namespace gradient_monitor

TREINO_PLUGIN(gradient_monitor::GradientMonitor, R"toml(
kind = "callback"
id = "gradient_monitor"
version = "1.0.0"
summary = "Logs gradients by layer, warns of vanishing and exploding ones, and draws their flow."
phase = "measure"
events = ["run_begin", "backward_end", "step_begin", "step_end", "run_end"]
scalars = ["gradient_*", "update_ratio*"]
no_direction = true
help = """
Every every_n_steps-th step, from the first on, each gradient is looked at once: norm (L2), mean, std (of the elements), absmax,
sparsity (the part that is exactly 0), update_ratio (norm of the step's change of the weights over the weights' norm; about 0.001
is usual), histogram (of the sizes; in the picture only). The scalars are called gradient_norm/dense_1 and so on, gradient_norm
for the whole network, gradient_norm_after/dense_1 for what other callbacks (clipping) left of it, update_ratio/dense_1; a scalar
keeps the last value of its epoch. Frozen parameters are left out.
A warning comes when a norm passes explode or vanish, and again only when it was fine in between.
The picture, .svg or .html, is drawn when the run ends, however it ends; of long runs it shows between 256 and 512 steps, evenly
spaced. State: what the picture is drawn from, so that it is whole after a resume.
"""

[parameters.every_n_steps]
type = "int"
default = 100
min = 1
doc = "steps from one look to the next"
[parameters.what]
type = "list"
items = "string"
scalar = true
default = ["norm"]
choices = ["norm", "mean", "std", "absmax", "sparsity", "update_ratio", "histogram"]
doc = "what is measured"
[parameters.scope]
type = "list"
items = "string"
scalar = true
default = ["layer"]
choices = ["global", "layer", "param"]
doc = "of the whole network, of each layer, of each parameter"
[parameters.when]
type = "list"
items = "string"
scalar = true
default = ["before"]
choices = ["before", "after"]
doc = "before and after other callbacks change the gradients (clipping)"
[parameters.include]
type = "list"
items = "string"
scalar = true
default = ["*"]
doc = "patterns of layers or parameters (\"dense_*\", \"*/weight\"); one that fits nothing is an error"
[parameters]
exclude = { type = "list", items = "string", scalar = true, default = [], doc = "patterns of those to leave out" }
explode = { type = "float", above = 0.0, doc = "warn where a norm is above; norms that are not finite are always told" }
vanish = { type = "float", above = 0.0, doc = "warn where a norm is below" }
filename = { type = "output", default = "gradient_flow.svg", doc = "the picture; .html makes it a page" }
)toml")
