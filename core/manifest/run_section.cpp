// The section [run]: most keys are plain; how many batches make a step may differ by epoch, and the folder is a template.
#include "manifest/run_section.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

#include "manifest/check.hpp"
#include "manifest/complete.hpp"
#include "manifest/duration.hpp"
#include "manifest/placeholders.hpp"
#include "manifest/sections.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {

namespace {

class RunReader {
 public:
  RunReader(Table& given, const Location& at, Reading& reading) : given_(given), at_(at), reading_(reading) {}

  RunSection read() {
    Table table = complete(section("run"), given_, at_, "[run]", reading_.faults, reading_.folder);
    Value& folder = *find(table, "folder");
    make_absolute(folder, reading_.folder);
    RunSection run;
    if (check_name(*find(table, "name"), "name of [run]", reading_)) run.name = located<std::string>(table, "name");
    run.seed = static_cast<std::uint64_t>(get<std::int64_t>(table, "seed"));
    run.epochs = count(table, "epochs");
    run.steps = count(table, "steps");
    run.min_epochs = static_cast<std::uint64_t>(get<std::int64_t>(table, "min_epochs"));
    if (const std::uint64_t epochs = run.epochs.value_or(1); run.min_epochs > epochs && (run.epochs || !run.steps))
      fault(find(table, "min_epochs")->location,
            fmt::format("min_epochs of [run]: expected at most epochs, {}, got {}", epochs, run.min_epochs));
    if (const Value* time = find(table, "max_time")) run.max_time = duration(*time);
    run.validate_every = cadence(*find(table, "validate_every"), "validate_every of [run]");
    run.validate_first = get<bool>(table, "validate_first");
    run.limit_train = limit(table, "limit_train");
    run.limit_validation = limit(table, "limit_validation");
    overfit(table, run);
    run.threads = get<std::int64_t>(table, "threads");
    run.kernels = get<std::string>(table, "kernels");
    run.precision = located<std::string>(table, "precision");
    run.accumulate = accumulation(*find(table, "accumulate"));
    if (find(table, "shards")) run.shards = get<std::int64_t>(table, "shards");
    run.quiet = get<bool>(table, "quiet");
    run.stop_timeout = get<double>(table, "stop_timeout");
    run.folder = *folder.as<std::string>();
    check_folder(folder);
    fill(given_, table);
    return run;
  }

 private:
  static std::optional<std::uint64_t> count(const Table& table, const char* key) {
    if (!find(table, key)) return std::nullopt;
    return static_cast<std::uint64_t>(get<std::int64_t>(table, key));
  }

  std::optional<double> duration(const Value& value) {
    const std::optional<double> seconds = seconds_of(*value.as<std::string>());
    if (!seconds)
      fault(value.location,
            fmt::format("max_time of [run]: expected a time such as \"90 s\", \"30 min\", \"2 h\" or \"1 d\", got {}",
                        describe(value)));
    return seconds;
  }

  Cadence cadence(const Value& value, const std::string& subject) {
    const std::string& text = *value.as<std::string>();
    const std::optional<Cadence> cadence = cadence_of(text);
    if (!cadence) fault(value.location, subject + ": " + cadence_fault(text, describe(value)));
    return cadence.value_or(Cadence());
  }

  /// A share of batches, or a number of them.
  std::optional<Limit> limit(const Table& table, const std::string& key) {
    const Value* value = find(table, key);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->as<std::int64_t>(); number && *number >= 1)
      return Limit{std::nullopt, static_cast<std::uint64_t>(*number)};
    if (const auto* share = value->as<double>(); share && *share > 0 && *share <= 1) return Limit{*share, 0};
    fault(value->location, key +
                               " of [run]: expected a share of the batches greater than 0 and at most 1, such as 0.1, or an "
                               "integer number of batches of at least 1, got " +
                               describe(*value));
    return std::nullopt;
  }

  void overfit(const Table& table, RunSection& run) {
    const std::optional<Limit> batches = limit(table, "overfit_batches");
    for (const char* other : {"limit_train", "limit_validation"})
      if (find(table, "overfit_batches") && find(table, other))
        fault(find(table, other)->location,
              std::string(other) + " of [run]: overfit_batches limits it already; leave one of them out");
    if (!batches) return;
    run.overfit = true;
    run.limit_train = run.limit_validation = batches;
  }

  /// A number of batches, or a table of them by epoch.
  Accumulation accumulation(const Value& value) {
    const std::string subject = "accumulate of [run]";
    if (value.as<std::int64_t>() || value.as<double>()) return batches_per_step(value, subject);
    const auto* by_epoch = value.as<Table>();
    Accumulation result;
    if (!by_epoch || by_epoch->empty()) {
      fault(value.location,
            subject + ": expected an integer of at least 1, or a table of them by epoch such as { 0 = 8, 4 = 4 }, got " +
                (by_epoch ? "an empty table" : describe(value)));
      return result;
    }
    for (const Entry& entry : *by_epoch) {
      std::uint64_t epoch = 0;
      const char* end = entry.key.data() + entry.key.size();
      const auto [stop, error] = std::from_chars(entry.key.data(), end, epoch);
      if (error != std::errc() || stop != end || (entry.key[0] == '0' && entry.key.size() > 1))
        fault(entry.location, fmt::format("{}: expected an epoch, counted from 0, got the key '{}'", subject, shown(entry.key)));
      else
        result.set_from(epoch, batches_per_step(entry.value, fmt::format("{} from epoch {} on", subject, epoch)));
    }
    return result;
  }

  std::uint64_t batches_per_step(const Value& value, const std::string& subject) {
    ParameterDescription batches;
    batches.type = "int";
    batches.min = 1;
    const auto checked = check(batches, value, subject, {}, reading_.faults);
    return checked ? static_cast<std::uint64_t>(*checked->as<std::int64_t>()) : 1;
  }

  void check_folder(const Value& folder) {
    Faults known;  // completed() has reported them
    for (const std::string& name : placeholders(*folder.as<std::string>(), folder.location, known))
      if (name != "name" && name != "number")
        fault(folder.location,
              fmt::format("folder of [run]: {{{}}} is not known here; {{name}} and {{number}} are", shown(name)));
  }

  void fault(const Location& at, const std::string& text) { reading_.faults.add(at, text); }

  Table& given_;
  const Location& at_;
  Reading& reading_;
};

}  // namespace

RunSection read_run(Table& given, const Location& at, Reading& reading) { return RunReader(given, at, reading).read(); }

}  // namespace treino::manifest
