// One page that tells a run: outcome, best epochs, curves, learning rate, model. A single HTML file with its charts in it (SVG),
// which loads nothing from anywhere. Written at the end of the run, or after each epoch as well.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <memory>
#include <treino/callback.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/svg_drawing.hpp>
#include <treino/kit/text.hpp>
#include <treino/kit/worker.hpp>
#include <treino/state_version.hpp>
#include <treino/tensor.hpp>

#include "curves.hpp"
#include "html.hpp"
#include "settings.hpp"
#include "shared/drawing/duration_text.hpp"
#include "shared/drawing/svg_table.hpp"

namespace html_report {
namespace {

using treino::Event;
using Clock = std::chrono::steady_clock;

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
    curves_.match(host());
    treino::expect_writable(path_);
    if (!each_epoch_) return;
    typename treino::Worker<std::string>::Options options;
    options.capacity = 2;
    options.items = "pages";
    worker_ = std::make_unique<treino::Worker<std::string>>(
        host(), options, [this](const std::string*, const std::string* last) { treino::replace_file(path_, last[-1]); });
  }

  void on_step_end(const Event& event) override { curves_.add_rate(event.step, event.learning_rate); }

  void on_epoch_end(const Event& event) override {
    if (treino::outcome_of(event) == treino::Outcome::failed) return;
    epochs_ = event.epoch + 1;
    steps_ = event.step;
    curves_.add(host(), event.epoch);
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

  /// The test comes after the run: its scalars are added to the page.
  void on_test_end(const Event& event) override {
    tested_ = true;
    if (!ending_.outcome.empty()) write(event);
  }

  void save(treino::Writer& writer) const override {
    writer.write(epochs_);
    writer.write(steps_);
    writer.write(times_ ? seconds() : 0.0);
    curves_.save(writer);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    const auto epochs = reader.get<std::uint64_t>(), steps = reader.get<std::uint64_t>();
    const auto before = reader.get<double>();
    Curves curves = Curves::load(reader);
    reader.finish();
    epochs_ = epochs;
    steps_ = steps;
    before_ = before;
    curves_ = std::move(curves);
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
    page += "<p class=\"reason\">" + escaped(ending_.reason) + "</p>\n" + facts(event) + curves_.best();
    page += "<h2>Curves</h2>\n<div class=\"charts\">\n";
    for (const treino::svg::Panel& chart : curves_.charts())
      page += "<div class=\"card\">" + treino::svg::sheet({chart}) + "</div>\n";
    page += "</div>\n" + pictures_of_tables() + layers_of(host()) + settings_in(host().run().folder);
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
    if (times_) text += fact(treino::duration_text(seconds()), "duration");
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number)
      if (const std::string name = host().name(number); tested_ && name.compare(0, 5, "test_") == 0)
        if (const auto value = host().value(number)) text += fact(treino::svg::number(*value), name);
    return text + "</div>\n";
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

  /// Two charts beside each other.
  std::string picture() const {
    std::vector<treino::svg::Panel> rows;
    const std::vector<treino::svg::Panel> panels = curves_.charts();
    for (std::size_t i = 0; i < panels.size(); i += 2)
      rows.push_back(i + 1 < panels.size() ? treino::svg::beside(panels[i], panels[i + 1]) : panels[i]);
    return treino::svg::sheet(rows, host().run().run, ending_.outcome + ": " + ending_.reason);
  }

  std::string path_;
  bool each_epoch_, times_;

  Ending ending_;
  bool tested_ = false;

  std::uint64_t epochs_ = 0, steps_ = 0;
  Curves curves_;
  double before_ = 0;  // seconds that the parts before this one took
  Clock::time_point begun_ = Clock::now();
  std::unique_ptr<treino::Worker<std::string>> worker_;  // of pages after each epoch
};

}  // namespace
}  // namespace html_report

TREINO_PLUGIN(html_report::HtmlReport, R"toml(
kind = "callback"
id = "html_report"
version = "1.1.0"
summary = "Writes an HTML report of the run: learning curves, best epochs, model."
phase = "report"
events = ["run_begin", "step_end", "epoch_end", "run_end", "test_end"]
state_version = 2
help = """
The page holds all scalars of the run that have had a value, each beside its val_ twin (those of plugins too; scalars with the
same text before a '/' share a chart), the learning rate of up to 1,024 steps, the best epoch of each scalar that says which way
is better, the tables of metrics as they were last (a confusion matrix as a heat map), the layers, and all settings of the run with
their defaults (from manifest.toml in its folder); scalars of the test after the run are added. NaN is never best. An axis is logarithmic where the values
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
