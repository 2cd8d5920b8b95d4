// One page that tells a run: outcome, best epochs, curves, learning rate, model. A single HTML file with its charts in it (SVG),
// which loads nothing from anywhere. Written at the end of the run, or after each epoch as well.
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <map>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/svg.hpp>
#include <treino/kit/text.hpp>
#include <treino/kit/worker.hpp>
#include <treino/tensor.hpp>
#include <unordered_map>

#include "shared/drawing/svg_table.hpp"
#include "shared/files/history.hpp"

namespace {

using treino::escaped;
using treino::Event;
using Clock = std::chrono::steady_clock;

constexpr const char* style = R"css(
:root { color-scheme: light; }
body { margin: 0; background: #f4f5f7; color: #222; font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 10px; }
.reason { color: #555; margin: 0 0 18px; }
.outcome { display: inline-block; margin-left: 10px; padding: 2px 12px; border-radius: 12px; font-size: 14px; font-weight: 600; vertical-align: middle; }
.good { background: #d8efe4; color: #00563c; } .cut { background: #fcefd2; color: #6b4a00; } .bad { background: #fbdfd3; color: #8a2f00; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
.facts div, .card { background: #fff; border: 1px solid #e2e4e8; border-radius: 8px; }
.facts div { padding: 10px 14px; overflow-wrap: anywhere; } .facts b { display: block; font-size: 18px; } .facts span { color: #666; font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); gap: 14px; }
.card { padding: 8px; overflow-x: auto; } .card svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px; text-align: right; border-bottom: 1px solid #eceef1; } th { color: #555; font-weight: 600; font-size: 13px; }
th:first-child, td:first-child, .left { text-align: left; } tr:last-child td { border-bottom: 0; }
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 14px; align-items: start; }
.settings h3 { font-size: 14px; margin: 4px 12px; } .settings td { text-align: left; font-size: 13px; overflow-wrap: anywhere; }
.settings td + td { white-space: pre-wrap; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
footer { margin-top: 28px; color: #777; font-size: 13px; }
)css";

struct Curve {
  std::vector<double> values;         // an epoch
  std::vector<std::uint8_t> present;  // 1 where there was one
};

std::string cell(const std::string& text, bool left = false) {
  return std::string("<td") + (left ? " class=\"left\"" : "") + ">" + escaped(text) + "</td>";
}
std::string fact(const std::string& value, const std::string& name) {
  return "<div><b>" + escaped(value) + "</b><span>" + escaped(name) + "</span></div>\n";
}

/// "1 h 02 min", "3 min 07 s", "4.2 s"
std::string duration(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  const auto two = [](long long value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  if (whole >= 3600) return std::to_string(whole / 3600) + " h " + two(whole / 60 % 60) + " min";
  if (whole >= 60) return std::to_string(whole / 60) + " min " + two(whole % 60) + " s";
  return treino::svg::detail::fixed(seconds, 1) + " s";
}

std::string shape_text(const treino_layer_info& layer) {
  std::string text;
  for (std::uint64_t i = 0; i < layer.output_rank; ++i)
    text += (i == 0 ? "" : " \u00D7 ") + std::to_string(layer.output_shape[i]);
  return text;
}

/// Spans more than two decades above zero.
bool wants_logarithm(const std::vector<treino::svg::Line>& lines) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const auto& line : lines)
    for (const double value : line.y)
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  return low > 0 && high > 100 * low;
}

class HtmlReport final : public treino::Callback {
 public:
  explicit HtmlReport(const treino::Setup& setup)
      : Callback(setup),
        path_(setup.get<std::string>("filename")),
        each_epoch_(setup.get<std::string>("update") == "epoch"),
        times_(setup.get<bool>("times")) {
    if (!is_picture()) TREINO_REQUIRE_SERVICE(host(), TREINO_MODEL_SERVICE);
  }

  void on_run_begin(const Event&) override {
    begun_ = Clock::now();
    treino::expect_writable(path_);
    if (!each_epoch_) return;
    typename treino::Worker<std::string>::Options options;
    options.capacity = 2;
    options.items = "pages";
    worker_ = std::make_unique<treino::Worker<std::string>>(
        host(), options, [this](const std::string*, const std::string* last) { treino::replace_file(path_, last[-1]); });
  }

  void on_step_end(const Event& event) override { rates_.add(static_cast<double>(event.step), &event.learning_rate); }

  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::failed) return;
    epochs_ = event.epoch + 1;
    steps_ = event.step;
    while (by_number_.size() < host().scalar_count())
      by_number_.push_back(&curves_[host().name(static_cast<treino::Scalar>(by_number_.size()))]);
    for (treino::Scalar number = 0; number < by_number_.size(); ++number) {
      const auto value = host().value(number);
      Curve& curve = *by_number_[number];
      curve.values.resize(event.epoch + 1, 0);
      curve.present.resize(event.epoch + 1, 0);
      curve.values[event.epoch] = value.value_or(0);
      curve.present[event.epoch] = value.has_value();
    }
    ending_ = {"running", "epoch " + std::to_string(epochs_) + " of " + std::to_string(event.epochs), "cut"};
    if (worker_ == nullptr) return;
    if (const std::string failure = worker_->failure(); !failure.empty()) throw std::runtime_error(failure);
    worker_->replace([&](std::string& text) { text = drawn(event); });  // of pages only the newest counts
  }

  void on_run_end(const Event& event) override {
    static const char* const looks[] = {"cut", "good", "good", "cut", "bad", "bad"};
    const std::size_t outcome = std::min<std::size_t>(event.outcome, std::size(looks) - 1);
    steps_ = event.step;
    ending_ = {text_of(treino::outcome_of(event)), event.text, looks[outcome]};
    worker_.reset();  // what it could not write, this can write or says so
    write(event);
  }

  /// The test comes after the run: its numbers are added to the page.
  void on_test_end(const Event& event) override {
    tested_ = true;
    if (!ending_.outcome.empty()) write(event);
  }

  void save(treino::Writer& writer) const override {
    writer.write(epochs_);
    writer.write(steps_);
    writer.write(times_ ? seconds() : 0.0);
    writer.write(std::uint64_t{curves_.size()});
    for (const auto& [name, curve] : curves_) {
      writer.write(name);
      writer.write(curve.values);
      writer.write(curve.present);
    }
    rates_.save(writer);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const auto epochs = reader.get<std::uint64_t>(), steps = reader.get<std::uint64_t>();
    const auto before = reader.get<double>();
    std::map<std::string, Curve> curves;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
      const auto name = reader.get<std::string>();
      Curve& curve = curves[name];
      reader.read(curve.values);
      reader.read(curve.present);
      if (curve.values.size() != curve.present.size()) throw std::runtime_error("the saved state holds half a curve");
    }
    treino::History rates = treino::History::load(reader);
    if (rates.columns() != 1) throw std::runtime_error("the saved state holds no learning rates");
    reader.finish();
    epochs_ = epochs;
    steps_ = steps;
    before_ = before;
    curves_ = std::move(curves);
    by_number_.clear();
    rates_ = std::move(rates);
  }

 private:
  double seconds() const { return before_ + std::chrono::duration<double>(Clock::now() - begun_).count(); }

  struct Ending {
    std::string outcome, reason, look;
  };

  void write(const Event& event) const { treino::replace_file(path_, drawn(event), std::filesystem::path(host().run().folder)); }

  /// Of the curves alone, instead of a page.
  bool is_picture() const { return std::filesystem::path(path_).extension() == ".svg"; }
  std::string drawn(const Event& event) const { return is_picture() ? picture() : page(event); }

  std::string page(const Event& event) const {
    const std::string name = host().run().run;
    std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escaped(name) +
            "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<main>\n";
    page += "<h1>" + escaped(name) + "<span class=\"outcome " + ending_.look + "\">" + ending_.outcome + "</span></h1>\n";
    page += "<p class=\"reason\">" + escaped(ending_.reason) + "</p>\n" + facts(event) + best();
    page += "<h2>Curves</h2>\n<div class=\"charts\">\n";
    for (const treino::svg::Panel& chart : charts()) page += "<div class=\"card\">" + treino::svg::sheet({chart}) + "</div>\n";
    page += "</div>\n" + pictures_of_tables() + model() + settings();
    page += "<footer>Written by Treino's html_report" + (times_ ? " on " + now() : std::string()) +
            ". Epochs count from 1, steps from 0.</footer>\n</main>\n</body>\n</html>\n";
    return page;
  }

  static std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm parts{};
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", gmtime_r(&time, &parts)));
  }

  std::string facts(const Event& event) const {
    const treino_run_info& run = host().run();
    std::int64_t parameters = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) parameters += treino::size_of(host().parameter(i));
    using treino::grouped;
    std::string text =
        "<div class=\"facts\">\n" + fact(std::to_string(epochs_) + " of " + std::to_string(event.epochs), "epochs") +
        fact(grouped(steps_), "steps") + fact(grouped(run.training_samples), "training samples") +
        fact(grouped(run.validation_samples), "validation samples") +
        fact(grouped(static_cast<std::uint64_t>(parameters)), "parameters") + fact(std::to_string(run.seed), "seed");
    if (times_) text += fact(duration(seconds()), "duration");
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number)
      if (const std::string name = host().name(number); tested_ && name.compare(0, 5, "test_") == 0)
        if (const auto value = host().value(number)) text += fact(treino::svg::number(*value), name);
    return text + "</div>\n";
  }

  /// Of a number that says which way is better, the first of its best epochs; none where it was never better than NaN.
  std::optional<std::size_t> best_epoch(treino::Scalar number) const {
    const auto found = curves_.find(host().name(number));
    const treino::Direction direction = host().direction(number);
    if (found == curves_.end() || direction == treino::Direction::none) return std::nullopt;
    const double sign = direction == treino::Direction::lower ? 1 : -1;
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < found->second.values.size(); ++i) {
      const double value = sign * found->second.values[i];
      if (found->second.present[i] == 0 || std::isnan(value)) continue;
      if (!best || value < sign * found->second.values[*best]) best = i;
    }
    return best;
  }

  std::string best() const {
    std::string rows;
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) {
      const auto found = curves_.find(host().name(number));
      if (found == curves_.end() || host().direction(number) == treino::Direction::none) continue;
      const Curve& curve = found->second;
      const auto last = std::find(curve.present.rbegin(), curve.present.rend(), 1);
      if (last == curve.present.rend()) continue;
      const auto best = best_epoch(number);
      rows += "<tr>" + cell(found->first) +
              cell(host().direction(number) == treino::Direction::lower ? "lower" : "higher", true) +
              cell(best ? treino::svg::number(curve.values[*best]) : "none") + cell(best ? std::to_string(*best + 1) : "\u2013") +
              cell(treino::svg::number(*(curve.values.rbegin() + (last - curve.present.rbegin())))) + "</tr>\n";
    }
    if (rows.empty()) return "";
    return "<h2>Best epochs</h2>\n<div class=\"card\"><table>\n<tr><th>number</th><th class=\"left\">better is</th><th>best</th>"
           "<th>in epoch</th><th>last</th></tr>\n" +
           rows + "</table></div>\n";
  }

  /// A chart for each number with its "val_" twin, or for those that have the text before a '/' in common.
  std::vector<treino::svg::Panel> charts() const {
    std::vector<std::string> order;
    std::map<std::string, std::vector<treino::svg::Line>> groups;
    std::unordered_map<std::string, treino::Scalar> numbers;
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) {
      const std::string name = host().name(number);
      numbers.emplace(name, number);
      const auto found = curves_.find(name);
      if (found == curves_.end() || std::count(found->second.present.begin(), found->second.present.end(), 1) == 0) continue;
      const bool validation = name.compare(0, 4, "val_") == 0;
      const std::string base = validation ? name.substr(4) : name, group = base.substr(0, base.find('/'));
      if (groups.find(group) == groups.end()) order.push_back(group);
      treino::svg::Line line{name, {}, {}, validation, ""};
      if (validation) line.color = treino::svg::color(1);
      for (std::size_t i = 0; i < found->second.values.size(); ++i) {
        line.x.push_back(static_cast<double>(i + 1));
        line.y.push_back(found->second.present[i] != 0 ? found->second.values[i] : std::nan(""));
      }
      groups[group].push_back(std::move(line));
    }
    std::vector<treino::svg::Panel> panels;
    for (const std::string& group : order) panels.push_back(panel({group, "epoch", "", groups[group], marks(group, numbers)}));
    panels.push_back(panel({"learning rate", "step", "", {{"rate", rates_.x(), rates_.column(0), false, ""}}, {}}));
    return panels;
  }

  /// The metrics' tables as they are now, each as a picture.
  std::string pictures_of_tables() const {
    std::string cards;
    for (std::uint32_t i = 0; i < host().table_count(); ++i)
      if (const auto table = host().table(i)) {
        const treino::svg::TableMap map{table->name, &*table};
        cards += "<div class=\"card\">" + treino::svg::sheet({map.panel()}) + "</div>\n";
      }
    return cards.empty() ? "" : "<h2>Tables</h2>\n<div class=\"charts\">\n" + cards + "</div>\n";
  }

  /// Where validation was best.
  std::vector<treino::svg::Mark> marks(const std::string& group,
                                       const std::unordered_map<std::string, treino::Scalar>& numbers) const {
    const auto found = numbers.find("val_" + group);
    if (found == numbers.end()) return {};
    if (const auto best = best_epoch(found->second)) return {{static_cast<double>(*best + 1), "best"}};
    return {};
  }

  static treino::svg::Panel panel(treino::svg::LineChart chart) {
    chart.logarithmic = wants_logarithm(chart.lines);
    chart.width = 540;
    chart.height = 280;
    return chart.panel();
  }

  /// Two charts beside each other.
  std::string picture() const {
    std::vector<treino::svg::Panel> rows;
    const std::vector<treino::svg::Panel> panels = charts();
    for (std::size_t i = 0; i < panels.size(); i += 2)
      rows.push_back(i + 1 < panels.size() ? treino::svg::beside(panels[i], panels[i + 1]) : panels[i]);
    return treino::svg::sheet(rows, host().run().run, ending_.outcome + ": " + ending_.reason);
  }

  std::string model() const {
    std::string rows;
    for (std::uint32_t i = 0; i < host().layer_count(); ++i) {
      const treino_layer_info layer = host().layer(i);
      rows += "<tr>" + cell(layer.name) + cell(layer.type, true) + cell(shape_text(layer)) +
              cell(treino::grouped(static_cast<std::uint64_t>(layer.parameters))) +
              cell(treino::grouped(static_cast<std::uint64_t>(layer.trainable))) +
              cell(treino::grouped(static_cast<std::uint64_t>(layer.flops))) + "</tr>\n";
    }
    return "<h2>Model</h2>\n<div class=\"card\"><table>\n<tr><th>layer</th><th "
           "class=\"left\">type</th><th>output</th><th>parameters</th>"
           "<th>trainable</th><th>FLOPs a sample, forward</th></tr>\n" +
           rows + "</table></div>\n";
  }

  /// What the run was told, from the manifest in its folder, in which every default stands: a section a card. The host writes a key
  /// a line, and lists of tables over several; what this does not understand is left out.
  std::string settings() const {
    std::string text;
    try {
      text = treino::read_file((std::filesystem::path(host().run().folder) / "manifest.toml").string(), 1 << 20);
    } catch (const std::exception&) {  // another host's folder may have none
      return "";
    }
    std::string cards, rows, title = "manifest", key, value;
    const auto end_row = [&] {
      if (!key.empty()) rows += "<tr>" + cell(key) + "<td>" + with_lines(value) + "</td></tr>\n";
      key.clear();
    };
    const auto end_card = [&] {
      end_row();
      if (!rows.empty()) cards += "<div class=\"card\"><h3>" + escaped(title) + "</h3><table>\n" + rows + "</table></div>\n";
      rows.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      const bool inside = !key.empty() && value.compare(0, 1, "[") == 0 && value.back() != ']';  // a list over several lines
      const std::size_t equals = line.find(" = ");
      if (inside) {
        value += "\n" + line;
      } else if (line.compare(0, 1, "[") == 0) {
        end_card();
        title = line.substr(line.find_first_not_of('['), line.find_last_not_of(']') + 1 - line.find_first_not_of('['));
      } else if (equals != std::string::npos) {
        end_row();
        key = line.substr(0, equals);
        value = line.substr(equals + 3);
      }
    }
    end_card();
    return cards.empty() ? "" : "<h2>Settings</h2>\n<div class=\"settings\">\n" + cards + "</div>\n";
  }
  static std::string with_lines(const std::string& text) {
    std::string result;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      result += (at == 0 ? "" : "\n") + escaped(text.substr(at, end - at));
      at = end + 1;
    }
    return result;
  }

  std::string path_;
  bool each_epoch_, times_;

  Ending ending_;
  bool tested_ = false;

  std::uint64_t epochs_ = 0, steps_ = 0;
  std::map<std::string, Curve> curves_;  // by the number's name
  std::vector<Curve*> by_number_;        // the same, in the run's order
  treino::History rates_{1};
  double before_ = 0;  // seconds that the parts before this one took
  Clock::time_point begun_ = Clock::now();
  std::unique_ptr<treino::Worker<std::string>> worker_;  // of pages after each epoch
};

}  // namespace

TREINO_PLUGIN(HtmlReport, R"toml(
kind = "callback"
id = "html_report"
version = "1.1.0"
summary = "Writes an HTML report of the run: learning curves, best epochs, model."
phase = "report"
events = ["run_begin", "step_end", "epoch_end", "run_end", "test_end"]
help = """
The page holds all numbers of the run that have had a value, each beside its val_ twin (those of plugins too; numbers with the
same text before a '/' share a chart), the learning rate of up to 1,024 steps, the best epoch of each number that says which way
is better, the tables of metrics as they were last (a confusion matrix as a heat map), the layers, and all settings of the run with
their defaults (from manifest.toml in its folder); numbers of the test after the run are added. NaN is never best. An axis is logarithmic where the values
span more than two decades above zero. Whoever looks sees a whole page at every event; those after epochs are written by a thread
of its own. An epoch that was cut short stands in the curves until it has been run whole. State: the curves and the time taken, so
that the page of a resumed run tells all of it.
"""

[parameters.filename]
type = "output"
default = "report.html"
doc = "the page, or, where it ends in .svg, a picture of the curves alone; folders on the way are made"

[parameters.update]
type = "string"
default = "run"
choices = ["run", "epoch"]
doc = "written at the end of the run, or after each epoch too"

[parameters.times]
type = "bool"
default = true
doc = "date and duration stand on the page; without them two runs of one manifest give the same bytes"
)toml")
