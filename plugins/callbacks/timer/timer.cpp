// Ends the run when it has trained for so long, the time before a kill or a pause counted and the time away not.
#define TREINO_NEEDED_MINOR 2u
#include <charconv>
#include <treino/callback.hpp>
#include <treino/clock.hpp>

namespace {

using treino::Moment;

constexpr const char* forms = "duration must be seconds (90), \"HH:MM:SS\" (\"12:30:00\") or \"DD:HH:MM:SS\" (\"02:00:00:00\")";

/// Seconds of "HH:MM:SS" or "DD:HH:MM:SS". Throws where it is neither.
std::uint64_t seconds_in(const std::string& text) {
  std::vector<std::uint64_t> parts;
  const char *at = text.data(), *end = at + text.size();
  for (;;) {
    const auto [next, error] = std::from_chars(at, end, parts.emplace_back());
    if (error != std::errc() || next - at > 6) break;
    if (next == end && (parts.size() == 3 || parts.size() == 4)) {
      const std::size_t days = parts.size() - 3;
      if ((days == 1 && parts[days] >= 24) || parts[days + 1] >= 60 || parts[days + 2] >= 60) break;
      return ((days == 1 ? parts[0] * 24 : 0) + parts[days]) * 3600 + parts[days + 1] * 60 + parts[days + 2];
    }
    if (next == end || *next != ':' || parts.size() == 4) break;
    at = next + 1;
  }
  throw std::invalid_argument(std::string(forms) + ", not \"" + text + "\"");
}

/// "1:00:05", "2 days 0:00:00"
std::string text_of(std::uint64_t seconds) {
  const auto two = [](std::uint64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  const std::uint64_t days = seconds / 86400;
  return (days == 0 ? "" : std::to_string(days) + (days == 1 ? " day " : " days ")) + std::to_string(seconds / 3600 % 24) + ":" +
         two(seconds / 60 % 60) + ":" + two(seconds % 60);
}

class Timer final : public treino::Callback {
 public:
  explicit Timer(const treino::Setup& setup)
      : Callback(setup),
        clock_(setup.host()),
        limit_(setup.is_integer("duration") ? setup.get<std::uint64_t>("duration")
                                            : seconds_in(setup.get<std::string>("duration"))),
        each_epoch_(setup.get<std::string>("interval") == "epoch"),
        elapsed_seconds_(host().declare("elapsed_seconds")) {
    if (limit_ == 0) throw std::invalid_argument(std::string(forms) + ", and more than none");
  }

  void on_run_begin(const Moment& moment) override {
    begin_ = clock_.now();
    running_ = true;
    // The limit may have been lowered.
    if (moment.resumed != 0 && (!each_epoch_ || moment.batch == 0)) check(moment);
  }
  void on_batch_end(const Moment& moment) override { check(moment); }
  void on_epoch_end(const Moment& moment) override {
    host().emit(elapsed_seconds_, static_cast<double>(elapsed()) * 1e-9);
    if (moment.outcome == TREINO_RUNNING) check(moment);
  }

  std::uint64_t wanted() const override { return ~(each_epoch_ ? std::uint64_t{1} << TREINO_BATCH_END : 0); }

  void save(treino::Writer& writer) const override { writer.write(elapsed()); }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto before = reader.get<std::uint64_t>();
    reader.finish();
    before_ = before;
  }

 private:
  std::uint64_t elapsed() const {
    const std::uint64_t now = clock_.now();
    return before_ + (running_ && now > begin_ ? now - begin_ : 0);
  }
  void check(const Moment& moment) const {
    const std::uint64_t seconds = elapsed() / 1'000'000'000;
    if (seconds >= limit_)
      host().stop("the run has trained for " + text_of(seconds) + ", the limit is " + text_of(limit_) + " (epoch " +
                  std::to_string(moment.epoch + 1) + ", step " + std::to_string(moment.step) + ")");
  }

  treino::Clock clock_;
  std::uint64_t limit_;  // seconds
  bool each_epoch_;
  treino::Number elapsed_seconds_;

  std::uint64_t before_ = 0;  // nanoseconds of earlier parts of the run
  std::uint64_t begin_ = 0;
  bool running_ = false;
};

}  // namespace

TREINO_PLUGIN(Timer, R"toml(
kind = "callback"
id = "timer"
version = "1.0.0"
summary = "ends the run when it has trained for a given time"
phase = "decide"
events = ["run_begin", "batch_end", "epoch_end"]
emits = ["elapsed_seconds"]
help = """
Ends the run, with the outcome early_stopped, at the first batch (interval = "step") or epoch (interval = "epoch") at whose end the time
since the run began has reached `duration`. Times before a kill or a pause are added up as far as they are in the checkpoint that the
run goes on from; the time in between is not. A run that is resumed with its time used up ends at once; raise `duration` to go on.
elapsed_seconds: the time so far, emitted at the end of each epoch.
State: the time so far.
"""

[parameters.duration]
type = "string"
or = "int"
required = true
min = 1
doc = "how long, in seconds, or as \"HH:MM:SS\" or \"DD:HH:MM:SS\""

[parameters.interval]
type = "string"
default = "step"
choices = ["step", "epoch"]
doc = "when it looks at the clock"
)toml")
