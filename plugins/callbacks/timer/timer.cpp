// Ends the run when it has trained for so long, the time before a kill or a pause counted and the time away not, or at a time of
// day. As TimeLimitInterrupter of TorchTNT.
#include <charconv>
#include <chrono>
#include <limits>
#include <treino/callback.hpp>

#include "shared/drawing/duration_text.hpp"
#include "shared/training/clock.hpp"

namespace {

using treino::Event;

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

constexpr const char* time_forms =
    "timestamp must be a date and time with its offset from UTC: \"2027-01-31T18:00:00Z\" or \"2027-01-31T18:00:00+02:00\"";

/// Days from 1970-01-01 to a day of the Gregorian calendar. H. Hinnant, chrono-Compatible Low-Level Date Algorithms (2013).
std::int64_t days_to(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/// Seconds from 1970-01-01T00:00:00Z to an RFC 3339 date and time without fractions. Throws where it is none.
std::int64_t seconds_at(const std::string& text) {
  const auto refuse = [&] { return std::invalid_argument(std::string(time_forms) + ", not \"" + text + "\""); };
  // 0: a digit; + stands for either sign.
  const auto has_form = [&](const std::string& form) {
    if (text.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
      const bool fits = form[i] == '0'   ? text[i] >= '0' && text[i] <= '9'
                        : form[i] == '+' ? text[i] == '+' || text[i] == '-'
                        : form[i] == 'T' ? text[i] == 'T' || text[i] == ' '
                                         : text[i] == form[i];
      if (!fits) return false;
    }
    return true;
  };
  if (!has_form("0000-00-00T00:00:00Z") && !has_form("0000-00-00T00:00:00+00:00")) throw refuse();
  const auto number = [&](std::size_t at, std::size_t digits) {
    std::int64_t value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
  };
  const std::int64_t year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const std::int64_t hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const std::int64_t lengths[] = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1] || hour > 23 || minute > 59 || second > 59) throw refuse();
  std::int64_t offset = 0;
  if (text.size() > 20) {
    if (number(20, 2) > 23 || number(23, 2) > 59) throw refuse();
    offset = (number(20, 2) * 3600 + number(23, 2) * 60) * (text[19] == '-' ? -1 : 1);
  }
  return days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Timer final : public treino::Callback {
 public:
  explicit Timer(const treino::Setup& setup)
      : Callback(setup),
        clock_(setup.host()),
        timestamp_(setup.find<std::string>("timestamp")),
        each_epoch_(setup.get<std::string>("interval") == "epoch"),
        elapsed_seconds_(host().declare("elapsed_seconds")) {
    if (setup.has("duration")) {
      limit_ =
          setup.is_integer("duration") ? setup.get<std::uint64_t>("duration") : seconds_in(setup.get<std::string>("duration"));
      if (limit_ == 0) throw std::invalid_argument(std::string(forms) + ", and more than none");
    }
    if (timestamp_) end_ = seconds_at(*timestamp_);
    if (!limit_ && !end_) throw std::invalid_argument("say when the run ends: give duration, timestamp or both");
  }

  void on_run_begin(const Event& event) override {
    begin_ = clock_.now();
    running_ = true;
    // The limit may have been lowered.
    if (event.resumed != 0 && (!each_epoch_ || event.batch == 0)) check(event);
  }
  void on_batch_end(const Event& event) override { check(event); }
  void on_epoch_end(const Event& event) override {
    host().log_scalar(elapsed_seconds_, static_cast<double>(elapsed()) * 1e-9);
    if (treino::outcome_of(event) == treino::Outcome::running) check(event);
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
  void check(const Event& event) const {
    const std::uint64_t seconds = elapsed() / 1'000'000'000;
    const std::string where = " (epoch " + std::to_string(event.epoch + 1) + ", step " + std::to_string(event.step) + ")";
    if (limit_ && seconds >= *limit_)
      host().stop("the run has trained for " + treino::clock_text_with_days(seconds) + ", the limit is " +
                  treino::clock_text_with_days(*limit_) + where);
    else if (end_ && seconds_now() >= *end_)
      host().stop("it is " + *timestamp_ + " or later" + where);
  }

  treino::Clock clock_;
  std::optional<std::uint64_t> limit_;  // seconds
  std::optional<std::string> timestamp_;
  std::optional<std::int64_t> end_;  // seconds since 1970
  bool each_epoch_;
  treino::Scalar elapsed_seconds_;

  std::uint64_t before_ = 0;  // nanoseconds of earlier parts of the run
  std::uint64_t begin_ = 0;
  bool running_ = false;
};

}  // namespace

TREINO_PLUGIN(Timer, R"toml(
kind = "callback"
id = "timer"
version = "1.0.0"
summary = "Stops the run after a given training time, or at a date and time."
phase = "decide"
events = ["run_begin", "batch_end", "epoch_end"]
scalars = ["elapsed_seconds"]
no_direction = true
help = """
Ends the run, with the outcome early_stopped, at the first batch (interval = "step") or epoch (interval = "epoch") at whose end the time
since the run began has reached `duration`, or where it is `timestamp` or later by the system's clock. Times before a kill or a pause are
added up as far as they are in the checkpoint that the run continues from; the time in between is not. A run that is resumed with its time
used up ends at once; raise `duration` to continue.
elapsed_seconds: the time so far, logged at the end of each epoch.
State: the time so far.
"""

[parameters.duration]
type = "string"
or = "int"
min = 1
doc = "how long, in seconds, or as \"HH:MM:SS\" or \"DD:HH:MM:SS\"; this, timestamp or both have to be given"

[parameters.timestamp]
type = "string"
doc = "when, as \"2027-01-31T18:00:00Z\", or with another offset from UTC as \"2027-01-31T18:00:00+02:00\""

[parameters.interval]
type = "string"
default = "step"
choices = ["step", "epoch"]
doc = "when it looks at the clock"
)toml")
