// Watches the gradients: norms and more by layer, as numbers for every sink; warnings where they explode or vanish; and at the
// end one picture of how they flowed through the layers over time.
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/svg.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <unordered_map>
#include <unordered_set>

#include "shared/drawing/heat_map.hpp"
#include "shared/files/history.hpp"
#include "shared/training/selection.hpp"
#include "shared/training/statistics.hpp"

namespace {

using treino::Event;
using treino::Statistics;

// |gradient| in bins of half a power of ten: below 1e-10, ..., from 1e2 on.
constexpr int bins = 26;

using Counts = std::array<double, bins>;

/// Ends of the bins but the last.
const std::array<float, bins - 1>& bin_ends() {
  static const std::array<float, bins - 1> ends = [] {
    std::array<float, bins - 1> made{};
    for (int i = 0; i < bins - 1; ++i) made[static_cast<std::size_t>(i)] = static_cast<float>(std::pow(10, -10 + i / 2.0));
    return made;
  }();
  return ends;
}

double value_of(const Statistics& sums, const std::string& what) {
  if (what == "norm") return sums.norm();
  if (what == "mean") return sums.mean();
  if (what == "std") return sums.deviation();
  if (what == "absmax") return sums.absmax;
  return sums.zeros / sums.count;
}

/// What is watched together: the network, a layer, an array.
struct Item {
  std::string name;  // "" for the network
  std::vector<std::size_t> parts;
  enum { fine, exploding, vanishing };
  std::uint8_t condition = fine;
};

/// One number over time.
struct Column {
  std::size_t item;
  std::string what;  // "norm", ..., "update_ratio", or "histogram"
  bool after;        // clipping
  int bin;           // of a histogram
  treino::Scalar number;
};

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
    build_items(setup.get<std::vector<std::string>>("scope"));
    build_columns(setup.get<std::vector<std::string>>("what"), setup.get<std::vector<std::string>>("when"));
    row_.resize(columns_.size());
    sums_.resize(parameters_.size());
    counts_.resize(histograms_ ? parameters_.size() : 0);
    moved_.resize(updates_ ? parameters_.size() : 0);
    lengths_.resize(moved_.size());
    history_ = treino::History(columns_.size(), 512);
  }

  std::uint64_t wanted() const override { return ~(after_ ? std::uint64_t{0} : std::uint64_t{1} << TREINO_STEP_BEGIN); }

  void on_run_begin(const Event&) override {
    treino::expect_writable(path_);
    before_update_.resize(moved_.size());
    for (std::size_t i = 0; i < moved_.size(); ++i)
      before_update_[i].resize(static_cast<std::size_t>(treino::size_of(host().parameter(parameters_[i]))));
  }

  void on_backward_end(const Event& event) override {
    watching_ = event.step % every_ == 0;
    if (!watching_) return;
    watched_step_ = static_cast<double>(event.step);
    std::fill(row_.begin(), row_.end(), std::nan(""));
    look(false);
    for (Item& item : items_) judge(item, event.step);
    if (updates_) keep_weights();
  }

  void on_step_begin(const Event&) override {
    if (watching_) look(true);
  }

  void on_step_end(const Event&) override {
    if (!std::exchange(watching_, false)) return;
    if (updates_) measure_update();
    history_.add(watched_step_, row_.data());
  }

  void on_run_end(const Event&) override { treino::replace_file(path_, picture()); }

  void save(treino::Writer& writer) const override {
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(name_of(column));
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
    for (const Column& column : columns_) expected.push_back(name_of(column));
    if (names != expected) return host().warn("what is watched has changed since the run was saved; the picture begins here");
    history_ = std::move(history);
    for (std::size_t i = 0; i < std::min(conditions.size(), items_.size()); ++i) items_[i].condition = conditions[i];
  }

 private:
  // ---- What is watched

  void build_items(const std::vector<std::string>& scopes) {
    std::unordered_map<std::string, std::size_t> places;
    const auto part_of = [&](const std::string& name, std::size_t part) {
      const auto [place, added] = places.emplace(name, items_.size());
      if (added) items_.push_back(Item{name, {}, Item::fine});
      std::vector<std::size_t>& parts = items_[place->second].parts;
      // Parts come in order within a scope; a scope that is named twice, or an item of two scopes, brings none again.
      if (parts.empty() || !std::binary_search(parts.begin(), parts.end(), part)) parts.push_back(part);
    };
    for (const std::string& scope : scopes)
      for (std::size_t part = 0; part < parameters_.size(); ++part) {
        const std::string name = host().parameter_name(parameters_[part]);
        part_of(scope == "global" ? "" : scope == "layer" ? treino::layer_of(name) : name, part);
      }
  }

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
    if (!names.insert(name_of(column)).second) return;
    if (column.what != "histogram") {
      column.number = host().declare(name_of(column));
      columns_.push_back(column);
      return;
    }
    for (; column.bin < bins; ++column.bin) columns_.push_back(column);
  }

  /// "gradient_norm/dense_1"; of what is measured after clipping "gradient_norm_after/dense_1".
  std::string name_of(const Column& column) const {
    const std::string& item = items_[column.item].name;
    return (column.what == "update_ratio" ? column.what : "gradient_" + column.what + (column.after ? "_after" : "")) +
           (item.empty() ? "" : "/" + item) + (column.what == "histogram" ? " " + std::to_string(column.bin) : "");
  }

  // ---- Looking: one pass over each gradient, nothing allocated

  void look(bool after) {
    for (std::size_t part = 0; part < parameters_.size(); ++part) {
      const auto gradient = host().gradient(parameters_[part]);
      sums_[part] = gradient ? treino::statistics_of(*gradient) : Statistics();
      if (!histograms_) continue;
      counts_[part].fill(0);
      if (gradient)
        treino::each_element(*gradient, [&](float value) {
          const auto end = std::upper_bound(bin_ends().begin(), bin_ends().end(), std::abs(value));
          ++counts_[part][static_cast<std::size_t>(end - bin_ends().begin())];
        });
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (column.after != after || column.what == "update_ratio") continue;
      const Statistics sums = together(items_[column.item]);
      if (sums.count == 0) continue;  // frozen
      if (column.what == "histogram") {
        row_[i] = 0;
        for (const std::size_t part : items_[column.item].parts) row_[i] += counts_[part][static_cast<std::size_t>(column.bin)];
        row_[i] /= sums.count;
      } else {
        host().log_scalar(column.number, row_[i] = value_of(sums, column.what));
      }
    }
  }
  Statistics together(const Item& item) const {
    Statistics sums;
    for (const std::size_t part : item.parts) sums.add(sums_[part]);
    return sums;
  }

  /// Says once that a gradient explodes or vanishes, and again only when it has recovered in between.
  void judge(Item& item, std::uint64_t step) const {
    const Statistics sums = together(item);
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

  void keep_weights() {
    for (std::size_t part = 0; part < parameters_.size(); ++part) {
      const treino_tensor view = host().parameter(parameters_[part]);
      auto to = before_update_[part].begin();
      treino::each_element(view, [&](float value) { *to++ = value; });
    }
  }
  void measure_update() {
    for (std::size_t part = 0; part < parameters_.size(); ++part) {
      const treino_tensor view = host().parameter(parameters_[part]);
      auto from = before_update_[part].begin();
      double moved = 0, length = 0;
      treino::each_element(view, [&](float value) {
        const double before = static_cast<double>(*from++), difference = static_cast<double>(value) - before;
        moved += difference * difference;
        length += before * before;
      });
      moved_[part] = moved;
      lengths_[part] = length;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].what != "update_ratio") continue;
      double moved = 0, length = 0;
      for (const std::size_t part : items_[columns_[i].item].parts) moved += moved_[part], length += lengths_[part];
      if (length > 0) host().log_scalar(columns_[i].number, row_[i] = std::sqrt(moved / length));
    }
  }

  // ---- The picture

  std::string picture() const {
    std::vector<treino::svg::Panel> panels;
    for (const bool after : {false, true})
      for (const char* what : {"norm", "update_ratio", "absmax", "std", "mean", "sparsity"}) draw(what, after, panels);
    for (const bool after : {false, true})
      for (std::size_t item = 0; item < items_.size(); ++item) draw_histogram(item, after, panels);
    const std::uint64_t shown = history_.size();
    const std::string title = "Gradient flow of " + std::string(host().run().run);
    const std::string drawing = treino::svg::sheet(
        panels, title,
        "every " + (every_ == 1 ? "" : std::to_string(every_) + "th ") + "step, " + std::to_string(shown) + " shown");
    if (std::filesystem::path(path_).extension() != ".html") return drawing;
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + treino::escaped(title) +
           "</title><style>:root { color-scheme: light; } body { margin: 24px; background: #f4f5f7; } svg { max-width: 100%; "
           "height: auto; "
           "}</style></head>\n<body>\n" +
           drawing + "</body>\n</html>\n";
  }

  static std::string caption(const std::string& what, bool after) {
    const std::string behind = after ? ", after clipping" : "";
    if (what == "norm") return "Norm of the gradient" + behind;
    if (what == "update_ratio") return "Size of the update as a part of the weights' (L2 norms)";
    if (what == "absmax") return "Largest gradient, absolute" + behind;
    if (what == "std") return "Standard deviation of the gradient" + behind;
    if (what == "mean") return "Mean of the gradient" + behind;
    return "Part of the gradient that is zero" + behind;
  }

  void draw(const std::string& what, bool after, std::vector<treino::svg::Panel>& panels) const {
    treino::svg::LineChart lines{caption(what, after), "step", "", {}, {}};
    treino::svg::HeatMap map{caption(what, after) + ", by " + (items_.size() > 1 ? "layer" : "network"), "step", "", {}, {}, {}};
    lines.logarithmic = map.logarithmic = what != "mean" && what != "sparsity";
    lines.width = map.width - treino::svg::HeatMap::bar_width;
    map.x = history_.x();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (column.what != what || column.after != after) continue;
      const std::string& name = items_[column.item].name;
      lines.lines.push_back(
          {name.empty() ? "network" : name, history_.x(), history_.column(i), false, name.empty() ? "#222222" : ""});
      if (name.empty()) continue;
      map.rows.push_back(name);
      map.values.push_back(history_.column(i));
    }
    if (lines.lines.empty()) return;
    if (lines.lines.size() <= 8) panels.push_back(lines.panel());
    if (map.rows.size() > 1) panels.push_back(map.panel());
  }

  void draw_histogram(std::size_t item, bool after, std::vector<treino::svg::Panel>& panels) const {
    treino::svg::HeatMap map;
    for (std::size_t i = columns_.size(); i-- > 0;) {
      const Column& column = columns_[i];
      if (column.what != "histogram" || column.item != item || column.after != after) continue;
      const bool labeled = column.bin % 4 == 1;  // from a whole power of ten on
      map.rows.push_back(labeled ? treino::svg::detail::power_of_ten(-10 + (column.bin - 1) / 2) : "");
      map.values.push_back(history_.column(i));
      for (double& part : map.values.back())
        if (part == 0) part = std::nan("");  // blank
    }
    if (map.rows.empty()) return;
    const std::string& name = items_[item].name;
    map.title =
        "Sizes of the gradients' elements" + (name.empty() ? std::string() : " of " + name) + (after ? ", after clipping" : "");
    map.x_label = "step";
    map.value_label = "part";
    map.logarithmic = false;
    map.x = history_.x();
    map.row_height = 9;
    panels.push_back(map.panel());
  }

  std::string path_;
  std::uint64_t every_;
  double explode_, vanish_;

  std::vector<std::uint32_t> parameters_;
  std::vector<Item> items_;
  std::vector<Column> columns_;
  bool after_ = false, updates_ = false, histograms_ = false;

  double watched_step_ = 0;
  bool watching_ = false;         // this step
  std::vector<Statistics> sums_;  // of each parameter, like the next five
  std::vector<Counts> counts_;
  std::vector<double> moved_, lengths_;
  std::vector<std::vector<float>> before_update_;
  std::vector<double> row_;  // of each column
  treino::History history_{0};
};

}  // namespace

TREINO_PLUGIN(GradientMonitor, R"toml(
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
is usual), histogram (of the sizes; in the picture only). The numbers are called gradient_norm/dense_1 and so on, gradient_norm
for the whole network, gradient_norm_after/dense_1 for what other callbacks (clipping) left of it, update_ratio/dense_1; a number
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

[parameters.exclude]
type = "list"
items = "string"
scalar = true
default = []
doc = "patterns of those to leave out"

[parameters.explode]
type = "float"
above = 0.0
doc = "warn where a norm is above; norms that are not finite are always told"

[parameters.vanish]
type = "float"
above = 0.0
doc = "warn where a norm is below"

[parameters.filename]
type = "output"
default = "gradient_flow.svg"
doc = "the picture; .html makes it a page"
)toml")
