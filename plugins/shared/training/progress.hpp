// What a progress bar knows of a run, whatever it looks like: how far each pass over data has come, how long it took, and when it
// is time to draw. On a terminal that is a line at the bottom, redrawn in place, and one that stays for each epoch, test and
// prediction; elsewhere (a pipe, a file) only the latter, and one each minute within.
#pragma once
#include <algorithm>
#include <treino/callback.hpp>
#include <unordered_map>

#include "shared/drawing/text_table.hpp"
#include "shared/training/clock.hpp"
#include "shared/training/selection.hpp"

namespace treino {
inline namespace sdk0 {

class ProgressBar : public Callback {
 public:
  void on_run_begin(const Event& event) override {
    if (event.resumed != 0 && event.batch > 0) begin(training_, Pass::training, event, event.batch);
  }
  void on_epoch_begin(const Event& event) override { begin(training_, Pass::training, event, 0); }
  void on_batch_end(const Event& event) override {
    if (!training_.open || training_.epoch != event.epoch) begin(training_, Pass::training, event, event.batch);
    advance(training_, event);
  }
  void on_epoch_end(const Event&) override { finish(training_); }
  void on_run_end(const Event&) override { host().status(""); }

  void on_validation_begin(const Event& event) override { begin(other_, Pass::validation, event, 0); }
  void on_validation_batch_end(const Event& event) override { advance(other_, event); }
  void on_validation_end(const Event&) override { other_.open = false; }  // the epoch's line has its scalars
  void on_test_begin(const Event& event) override { begin(other_, Pass::test, event, 0); }
  void on_test_batch_end(const Event& event) override { advance(other_, event); }
  void on_test_end(const Event&) override { finish(other_); }
  void on_predict_begin(const Event& event) override { begin(other_, Pass::prediction, event, 0); }
  void on_predict_batch_end(const Event& event) override { advance(other_, event); }
  void on_predict_end(const Event&) override { finish(other_); }

 protected:
  struct Pass {
    enum Kind { training, validation, test, prediction };
    Kind kind = training;
    bool open = false, over = false;
    std::uint64_t epoch = 0, epochs = 0;
    std::uint64_t done = 0, total = 0;  // batches
    std::uint64_t seen = 0;             // of them since it was begun here: fewer than done after a resume
    double seconds = 0, worked = 0;     // since then: in all, and until the last batch was done
    std::uint64_t begin = 0;            // on the clock

    double seconds_a_batch() const { return seen == 0 ? 0 : worked / static_cast<double>(seen); }
    double seconds_left() const { return static_cast<double>(total - std::min(done, total)) * seconds_a_batch(); }
  };
  struct Field {
    std::string name;
    double value = 0;
    std::size_t rank = 0;  // the lowest is kept longest where there is little room
  };
  struct Pace {
    std::uint64_t batches;  // between two redraws, at least
    double seconds;         // the same
    bool at_once;           // drawn before the first batch as well
  };

  ProgressBar(const Setup& setup, Pace pace)
      : Callback(setup), clock_(setup.host()), pace_(pace), show_(setup.get<std::vector<std::string>>("show")) {}

  /// For a terminal, at most so many columns wide.
  virtual std::string bar(const Pass& pass, std::size_t columns) const = 0;
  /// Without a terminal.
  virtual std::string line(const Pass& pass) const = 0;
  /// Whether bars are drawn, and where lines go: a bar that writes elsewhere than to the screen says so here.
  virtual bool draws() const { return host().is_terminal(); }
  virtual void put(const std::string& line) { host().print(line); }
  /// Stays above the bar; none where it is "".
  virtual std::string title(const Pass&) const { return ""; }

  /// "Epoch 3/30", "Validation", "Test", "Prediction"
  static std::string name(const Pass& pass) {
    if (pass.kind == Pass::training) return "Epoch " + std::to_string(pass.epoch + 1) + "/" + std::to_string(pass.epochs);
    return pass.kind == Pass::validation ? "Validation" : pass.kind == Pass::test ? "Test" : "Prediction";
  }

  /// The scalars that have a value, belong to the pass and are to be shown, in the run's order, as everybody else sees them; the
  /// learning rate comes last.
  std::vector<Field> fields(const Pass& pass) const {
    std::vector<Field> fields;
    if (pass.kind == Pass::prediction) return fields;
    const char* prefix = pass.kind == Pass::validation ? "val_" : pass.kind == Pass::test ? "test_" : "";
    for (Scalar i = 0; i < names_.size(); ++i)
      if (shown_[i] != 0 && names_[i].compare(0, std::strlen(prefix), prefix) == 0)
        if (const auto value = host().value(i)) fields.push_back({names_[i], *value, rank_[i]});
    if (pass.kind == Pass::training && !fields.empty()) fields.push_back({"learning_rate", learning_rate_, names_.size()});
    return fields;
  }
  /// `texts`, one a field, in a row, without those that are too many for `columns`: the last ones go first, where val_accuracy
  /// counts as standing after accuracy.
  static std::string joined(const std::vector<Field>& fields, const std::vector<std::string>& texts, std::size_t columns) {
    std::vector<std::size_t> order(fields.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return fields[a].rank < fields[b].rank; });
    std::vector<char> kept(fields.size());
    std::size_t used = 0;
    for (const std::size_t i : order) {
      used += width_of(texts[i]);
      kept[i] = used <= columns;
    }
    std::string text;
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (kept[i] != 0) text += texts[i];
    return text;
  }
  /// The first `columns` characters of UTF-8 text.
  static std::string cut(const std::string& text, std::size_t columns) {
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end)
      if ((static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 && count++ == columns) break;
    return text.substr(0, end);
  }

 private:
  static constexpr double seconds_between_lines = 60;

  void begin(Pass& pass, Pass::Kind kind, const Event& event, std::uint64_t done) {
    read_names();
    pass = Pass{};
    pass.kind = kind;
    pass.open = true;
    pass.epoch = event.epoch;
    pass.epochs = event.epochs;
    pass.done = done;
    pass.total = event.batches;
    pass.begin = clock_.now();
    if (kind == Pass::training) learning_rate_ = event.learning_rate;
    terminal_ = draws();
    if (kind != Pass::validation) drawn_ = pass.begin;
    if (!terminal_) return;
    if (const std::string text = title(pass); !text.empty()) host().print(text);
    if (pace_.at_once && kind != Pass::validation) show(pass);
  }

  void advance(Pass& pass, const Event& event) {
    if (!pass.open) return;
    ++pass.seen;
    if (pass.kind == Pass::training) learning_rate_ = event.learning_rate;
    pass.done = event.batch + 1;
    pass.total = event.batches;
    const std::uint64_t now = clock_.now();
    pass.seconds = pass.worked = seconds_between(pass.begin, now);
    if (due(pass, now)) show(pass);
  }

  bool due(const Pass& pass, std::uint64_t now) const {
    const double since = seconds_between(drawn_, now);
    if (!terminal_) return since >= seconds_between_lines;
    // The first and the last batch of an epoch are always seen: between them there may be a long wait.
    if (pass.kind == Pass::training && (pass.seen == 1 || pass.done >= pass.total)) return true;
    return pass.done % pace_.batches == 0 && since >= pace_.seconds;
  }

  void show(const Pass& pass) {
    drawn_ = clock_.now();
    if (terminal_)
      host().status(bar(pass, std::max<std::size_t>(host().columns(), 21) - 1));  // beyond the last column it would wrap
    else
      put(line(pass));
  }

  void finish(Pass& pass) {
    if (!pass.open) return;
    pass.open = false;
    pass.over = true;
    drawn_ = clock_.now();
    pass.seconds = seconds_between(pass.begin, drawn_);
    if (!terminal_) return put(line(pass));
    host().status("");
    host().print(bar(pass, std::max<std::size_t>(host().columns(), 20)));
  }

  /// A test adds scalars, and a test may be all there is.
  void read_names() {
    if (names_.size() == host().scalar_count()) return;
    names_.clear();
    shown_.clear();
    for (Scalar i = 0; i < host().scalar_count(); ++i) {
      names_.push_back(host().name(i));
      shown_.push_back(host().origin(i) != Origin::callback || asked_for(names_.back()));
    }
    // The run's order, but each scalar of the training with that of the validation after it.
    std::unordered_map<std::string, std::size_t> places;
    for (const std::string& name : names_) places.emplace(name, places.size());
    std::vector<std::size_t> place(names_.size());
    for (Scalar i = 0; i < names_.size(); ++i) {
      const auto found = places.find(names_[i].compare(0, 4, "val_") == 0 ? names_[i].substr(4) : names_[i]);
      place[i] = found == places.end() ? names_.size() : found->second;
    }
    std::vector<Scalar> order(names_.size());
    for (Scalar i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](Scalar a, Scalar b) { return place[a] < place[b]; });
    rank_.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) rank_[order[i]] = i;
  }

  /// Of what callbacks log, only what a pattern of `show` fits. The learning rate is shown without that any callback logs it.
  bool asked_for(const std::string& name) const {
    return name != "learning_rate" &&
           std::any_of(show_.begin(), show_.end(), [&](const std::string& one) { return matches(one, name); });
  }

  Clock clock_;
  Pace pace_;
  std::vector<std::string> show_;
  double learning_rate_ = 0;  // of the epoch's last step
  std::vector<char> shown_;   // by scalar
  bool terminal_ = false;
  std::vector<std::string> names_;
  std::vector<std::size_t> rank_;
  Pass training_, other_;
  std::uint64_t drawn_ = 0;
};

}  // namespace sdk0
}  // namespace treino

// The parameters that this header reads, for descriptions: TREINO_PLUGIN(X, R"toml(...)toml" TREINO_SHOW_TOML).
#define TREINO_SHOW_TOML                                                                                                       \
  "\n"                                                                                                                         \
  "[parameters.show]\n"                                                                                                        \
  "type = \"list\"\n"                                                                                                          \
  "items = \"string\"\n"                                                                                                       \
  "scalar = true\n"                                                                                                            \
  "default = []\n"                                                                                                             \
  "doc = \"what is shown beside the loss, the metrics and the learning rate: names of scalars that callbacks log, with * for " \
  "any text\"\n"
