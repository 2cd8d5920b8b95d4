// A bar on the terminal as Keras draws it, and plain lines elsewhere. Prints
//   Epoch 3/30
//   45/45 [====================] - 1s 12ms/step - loss: 0.1234 - accuracy: 0.9650 - val_loss: 0.1301
#include <algorithm>
#include <charconv>
#include <chrono>
#include <treino/callback.hpp>

namespace {

using treino::Moment;
using Clock = std::chrono::steady_clock;

constexpr double seconds_between_redraws = 0.05;  // faster than the eye, slow enough to cost nothing
constexpr double seconds_between_lines = 60;      // on a pipe

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string two_digits(long long value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// "12s", "1:02", "1:00:05"
std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::min(seconds, 1e9));
  if (whole >= 3600) return std::to_string(whole / 3600) + ":" + two_digits(whole / 60 % 60) + ":" + two_digits(whole % 60);
  if (whole >= 60) return std::to_string(whole / 60) + ":" + two_digits(whole % 60);
  return std::to_string(whole) + "s";
}

/// "2s/step", "12ms/step", "340us/step"
std::string pace(double seconds) {
  if (seconds >= 1) return std::to_string(std::llround(seconds)) + "s/step";
  if (seconds >= 1e-3) return std::to_string(std::llround(seconds * 1e3)) + "ms/step";
  return std::to_string(std::llround(seconds * 1e6)) + "us/step";
}

/// Four decimals, or an exponent where these would show nothing.
std::string number(double value) {
  if (std::isnan(value)) return "nan";
  const double size = std::abs(value);
  const bool plain = size == 0 || (size > 1e-3 && size < 1e9) || std::isinf(size);
  char text[40];
  return std::string(
      text,
      std::to_chars(text, text + sizeof text, value, plain ? std::chars_format::fixed : std::chars_format::scientific, 4).ptr);
}

class ProgbarLogger final : public treino::Callback {
 public:
  explicit ProgbarLogger(const treino::Setup& setup)
      : Callback(setup), width_(setup.get<std::size_t>("width")), every_(setup.get<std::uint64_t>("every")) {}

  void on_run_begin(const Moment&) override {
    terminal_ = host().is_terminal();
    for (treino::Number i = 0; i < host().number_count(); ++i) names_.push_back(host().name(i));
    rank();
  }

  void on_epoch_begin(const Moment& moment) override { begin(moment); }

  void on_batch_end(const Moment& moment) override {
    if (begun_ && moment.epoch == epoch_)
      ++seen_;
    else
      begin(moment);  // resumed in the middle of an epoch; how long this batch took is unknown
    done_ = moment.batch + 1;
    batches_ = moment.batches;
    training_seconds_ = seconds_since(start_);
    const bool ends = done_ >= batches_;
    if (terminal_ ? !ends && seen_ > 1 && (done_ % every_ != 0 || seconds_since(drawn_) < seconds_between_redraws)
                  : seconds_since(drawn_) < seconds_between_lines)
      return;
    drawn_ = Clock::now();
    const double left = static_cast<double>(batches_ - std::min(done_, batches_)) * seconds_a_batch();
    const std::string timing = " - ETA: " + duration(left);
    if (terminal_)
      host().status(bar(timing));
    else
      host().print(plain(timing));
  }

  void on_epoch_end(const Moment&) override {
    const std::string timing = " - " + duration(seconds_since(start_)) + " " + pace(seconds_a_batch());
    if (terminal_) {
      host().status("");
      host().print(bar(timing));
    } else {
      host().print(plain(timing));
    }
    begun_ = false;
  }

  void on_run_end(const Moment&) override { host().status(""); }

 private:
  void begin(const Moment& moment) {
    begun_ = true;
    epoch_ = moment.epoch;
    epochs_ = moment.epochs;
    batches_ = host().run().batches_per_epoch;
    done_ = seen_ = 0;
    training_seconds_ = 0;
    start_ = drawn_ = Clock::now();
    if (terminal_) host().print(title());
  }

  std::string title() const { return "Epoch " + std::to_string(epoch_ + 1) + "/" + std::to_string(epochs_); }
  double seconds_a_batch() const { return seen_ == 0 ? 0 : training_seconds_ / static_cast<double>(seen_); }

  /// " 7/45"
  std::string counts() const {
    const std::string total = std::to_string(batches_), done = std::to_string(done_);
    return std::string(total.size() - std::min(total.size(), done.size()), ' ') + done + "/" + total;
  }

  /// " - loss: 0.1234", one each number; empty where it has no value.
  std::vector<std::string> fields() const {
    std::vector<std::string> fields(names_.size());
    for (treino::Number i = 0; i < names_.size(); ++i)
      if (const auto value = host().value(i)) fields[i] = " - " + names_[i] + ": " + number(*value);
    return fields;
  }
  static std::string joined(const std::vector<std::string>& fields) {
    std::string text;
    for (const std::string& field : fields) text += field;
    return text;
  }
  std::string plain(const std::string& timing) const { return title() + " - " + counts() + timing + joined(fields()); }

  std::string drawn(std::size_t width) const {
    const std::size_t filled = batches_ == 0 ? width : std::min<std::uint64_t>(width, width * done_ / batches_);
    std::string text(width, '.');
    std::fill_n(text.begin(), filled, '=');
    if (filled > 0 && done_ < batches_) text[filled - 1] = '>';
    return counts() + " [" + text + "]";
  }

  /// Never wider than the terminal: what does not fit goes, the time first, then half of the bar, then numbers.
  std::string bar(const std::string& timing) const {
    const std::size_t columns = std::max<std::size_t>(host().columns(), 20);
    std::vector<std::string> shown = fields();
    for (const std::string& text : {drawn(width_) + timing + joined(shown), drawn(width_) + joined(shown)})
      if (text.size() <= columns) return text;
    const std::string half = drawn((width_ + 1) / 2);
    std::size_t used = half.size();
    for (const treino::Number i : importance_) {
      used += shown[i].size();
      if (used > columns) shown[i].clear();
    }
    return (half + joined(shown)).substr(0, columns);
  }

  /// The run's order, but each number of the training with that of the validation behind it.
  void rank() {
    for (treino::Number i = 0; i < names_.size(); ++i) importance_.push_back(i);
    const auto place = [&](treino::Number i) {
      const std::string base = names_[i].substr(0, 4) == "val_" ? names_[i].substr(4) : names_[i];
      return std::find(names_.begin(), names_.end(), base) - names_.begin();
    };
    std::stable_sort(importance_.begin(), importance_.end(),
                     [&](treino::Number left, treino::Number right) { return place(left) < place(right); });
  }

  std::size_t width_;
  std::uint64_t every_;

  std::vector<std::string> names_;
  std::vector<treino::Number> importance_;  // all numbers, those that are kept longest on a narrow terminal first
  bool terminal_ = false, begun_ = false;
  std::uint64_t epoch_ = 0, epochs_ = 0, batches_ = 0, done_ = 0;
  std::uint64_t seen_ = 0;  // batches since start_; fewer than done_ after a resume
  double training_seconds_ = 0;
  Clock::time_point start_, drawn_;
};

}  // namespace

TREINO_PLUGIN(ProgbarLogger, R"toml(
kind = "callback"
id = "progbar_logger"
version = "1.0.0"
summary = "a progress bar as Keras draws it"
phase = "report"
events = ["run_begin", "epoch_begin", "batch_end", "epoch_end", "run_end"]
help = """
On a terminal: a title and a bar for each epoch, redrawn at most twenty times a second, with the time left, then the time an epoch
took (validation included) and a batch took (training alone), and the run's numbers as everybody else sees them. On a narrow terminal
the time goes first, then half of the bar, then the last numbers (val_accuracy counts as standing behind accuracy); a line never wraps.
Elsewhere (a pipe, a file): one line an epoch, and one each minute within.
"""

[parameters.width]
type = "int"
default = 20
min = 1
max = 1000
doc = "of the bar, in characters"

[parameters.every]
type = "int"
default = 1
min = 1
doc = "batches between two redraws, at least"
)toml")
