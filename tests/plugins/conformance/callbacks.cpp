// What every callback must do, and what its cases say (callback_script.hpp, callback_expectations.hpp). Each case is played again
// with a kill and a resume after each batch and epoch, which must change nothing of what remains.
#include <cmath>
#include <fstream>
#include <memory>

#include "host/library/events.hpp"
#include "plugins/conformance/callback_expectations.hpp"
#include "plugins/conformance/callback_play.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

namespace treino::conformance {
namespace {

using manifest::Table;

void clear(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::remove_all(entry.path());
}

/// All that must not depend on how the run was cut to pieces.
struct Remains {
  Record record;
  Files files;
  std::vector<float> weights;
  Bytes state;
  explicit Remains(Play& play)
      : record(play.record()), files(files_in(play.host().folder())), weights(play.host().all_weights()), state(play.state()) {}
};

void check_same(const Remains& expected, const Remains& found) {
  CHECK(std::string(outcome_name(found.record.outcome)) == outcome_name(expected.record.outcome));
  CHECK(found.record.reason == expected.record.reason);
  CHECK(found.record.rates == expected.record.rates);
  CHECK(found.record.saved == expected.record.saved);
  CHECK((found.record == expected.record));
  CHECK(found.files == expected.files);
  CHECK((found.weights == expected.weights));
  CHECK((found.state == expected.state));
}

class CallbackCheck {
 public:
  explicit CallbackCheck(const PluginUnderTest& plugin) : plugin_(plugin) {
    for (const Table& one : cases_of(plugin))
      if (!has(one, "refused")) scripts_.push_back(read_script(plugin, one, folder_.path()));
  }

  void check_events() const {
    std::uint64_t described = 0;
    for (const std::string& name : plugin_.description.events) {
      REQUIRE(host::event_number(name) >= 0);
      described |= std::uint64_t{1} << host::event_number(name);
    }
    CHECK(plugin_.callback->events == described);
  }

  /// Over all cases, since parameters decide what is declared.
  void check_directions() const {
    bool any = false, directed = false;
    for (const Script& script : scripts_) {
      Play play(plugin_, script, folder_.path());
      for (const ScriptedNumber& number : play.host().world().numbers) {
        if (!number.declared) continue;
        any = true;
        directed |= number.direction != TREINO_NO_DIRECTION;
      }
    }
    CHECK(plugin_.description.no_direction == (any && !directed));
  }

  void check_case(const Table& one) {
    INFO("case: " << text(one, "name"));
    if (has(one, "refused")) return check_refused(one);
    const Script script = read_script(plugin_, one, folder_.path());
    const Remains expected = check_played(script, table(one, "expect"));
    check_taken_apart(script, expected);
    check_killed(script, expected);
  }

  void check_two_at_once() {
    for (std::size_t i = 0; i < scripts_.size(); ++i) {
      const Script &left = scripts_[i], &right = scripts_[(i + 1) % scripts_.size()];
      INFO("cases: " << left.name << " / " << right.name);
      const test::TemporaryFolder other;
      Script moved = read_again(right.name, other.path());
      const Record left_alone = record_of(left, folder_.path()), right_alone = record_of(moved, other.path());
      clear(folder_.path());
      clear(other.path());
      Play first(plugin_, left, folder_.path()), second(plugin_, moved, other.path());
      first.begin();
      second.begin();
      for (bool more = true; more;) {
        more = false;
        for (Play* play : {&first, &second})
          if (play->advance()) play->act(), more = true;
      }
      second.end();
      first.end();
      CHECK((first.record() == left_alone));
      CHECK((second.record() == right_alone));
    }
  }

  void check_state() {
    if (plugin_.lifecycle->save == nullptr) return;
    for (const Script& script : scripts_) {
      INFO("case: " << script.name);
      clear(folder_.path());
      Play play(plugin_, script, folder_.path());
      play.play();
      const Bytes state = play.state();
      for (const Bytes& foreign : foreign_states(state)) {
        const ByteSource source(foreign);
        ErrorBuffer error;
        const auto load = plugin_.lifecycle->load;
        CHECK_THROWS_AS(error.check(load(play.instance(), source.get(), plugin_.lifecycle->state_version, error.get())), Refusal);
        CHECK((play.state() == state));  // a refusal changes nothing
      }
      for (std::uint32_t version = 1; version < plugin_.lifecycle->state_version; ++version) {
        const ByteSource source(state);
        ErrorBuffer error;
        std::string said = "a state of version " + std::to_string(version) + " is taken";
        try {
          error.check(plugin_.lifecycle->load(play.instance(), source.get(), version, error.get()));
        } catch (const Refusal& refusal) {
          said = refusal.what();
        }
        CHECK_THAT(said, ContainsSubstring("begin again (treino resume --restart)"));
        CHECK((play.state() == state));
      }
    }
  }

  /// Numbers that are NaN or missing, a run without epochs, every event by itself.
  void check_hard_runs() {
    for (const Script& script : scripts_) {
      INFO("case: " << script.name);
      Script hard = script;
      hard.epochs = 0;
      CHECK_NOTHROW(record_of(hard, folder_.path()));
      hard.epochs = 3;
      for (const std::optional<double> value : {std::optional<double>(), std::optional<double>(std::nan(""))}) {
        for (Script::Series& series : hard.numbers) series.values = {value};
        for (std::uint64_t batch = 0; batch < 3 * hard.batches; ++batch) hard.losses[batch] = std::nan("");
        CHECK_NOTHROW(record_of(hard, folder_.path()));
      }
      clear(folder_.path());
      Play play(plugin_, script, folder_.path());
      play.begin();
      for (std::uint32_t event = TREINO_RUN_END; event < TREINO_EVENT_COUNT; ++event) {
        if (host::event_name(event) == nullptr) continue;
        treino_event_info info{};
        info.size = sizeof info;
        info.loss = std::nan("");
        info.outcome = event == TREINO_CHECKPOINT_SAVED ? TREINO_DONE : event == TREINO_RUN_END ? TREINO_DONE : TREINO_RUNNING;
        info.text = "";
        INFO("event: " << host::event_name(event));
        CHECK_NOTHROW(play.fire(event, info));
      }
    }
  }

  /// Where run_begin fails, since a file is in the place of the outputs' folder, every other event still comes back.
  void check_failed_begin() {
    for (const Script& script : scripts_) {
      INFO("case: " << script.name);
      Script blocked = script;
      bool writes = false;
      for (manifest::Entry& entry : blocked.parameters) {
        const manifest::ParameterDescription* parameter = plugin_.description.find(entry.key);
        if (parameter == nullptr || parameter->type != "output") continue;
        const std::filesystem::path path = std::get<std::string>(entry.value.data);
        entry.value.data = (folder_ / "blocked" / path.filename()).string();
        writes = true;
      }
      if (!writes) return;
      clear(folder_.path());
      std::ofstream(folder_ / "blocked") << "a file, not a folder";
      const auto attempt = [](auto&& action) {
        try {
          action();
        } catch (const Refusal&) {  // said, and all is well
        }
      };
      attempt([&] {
        Play play(plugin_, blocked, folder_.path());
        attempt([&] { play.begin(); });
        for (const std::uint32_t event :
             {TREINO_EPOCH_BEGIN, TREINO_BATCH_BEGIN, TREINO_BACKWARD_END, TREINO_STEP_BEGIN, TREINO_STEP_END, TREINO_BATCH_END,
              TREINO_VALIDATION_BEGIN, TREINO_VALIDATION_BATCH_END, TREINO_VALIDATION_END, TREINO_EPOCH_END, TREINO_RUN_END}) {
          treino_event_info info{};
          info.size = sizeof info;
          info.loss = 0.5;
          info.outcome = event == TREINO_RUN_END ? TREINO_RUN_FAILED : TREINO_RUNNING;
          info.text = "";
          INFO("event: " << host::event_name(event));
          attempt([&] { play.fire(event, info); });
        }
      });
    }
  }

  /// Where the host lacks a service, create says so, or the plugin can do without (ABI.md, section 6).
  void check_services() {
    if (scripts_.empty()) return;
    const Script& script = scripts_.front();
    for (const char* service : {TREINO_LOG_SERVICE, TREINO_RUN_SERVICE, TREINO_SCALARS_SERVICE, TREINO_CONTROL_SERVICE,
                                TREINO_LEARNING_RATE_SERVICE, TREINO_CHECKPOINT_SERVICE, TREINO_MODEL_SERVICE,
                                TREINO_PREDICTIONS_SERVICE, TREINO_RANDOM_SERVICE, TREINO_SCREEN_SERVICE, TREINO_CHILDREN_SERVICE,
                                TREINO_WEIGHTS_SERVICE, TREINO_PROFILE_SERVICE, TREINO_COLLECTIVE_SERVICE}) {
      INFO("a host without " << service);
      clear(folder_.path());
      std::unique_ptr<Play> play;
      try {
        play = std::make_unique<Play>(plugin_, script, folder_.path(), service);
      } catch (const Refusal& refusal) {
        CHECK(std::string(refusal.what()).find(service) != std::string::npos);
        continue;
      }
      CHECK_NOTHROW(play->play());
    }
  }

  /// In at least one case: others may have no use for their monitor.
  void check_unknown_monitor() {
    for (const manifest::ParameterDescription& parameter : plugin_.description.parameters) {
      if (parameter.type != "monitor") continue;
      bool refused = false;
      for (const Script& script : scripts_) {
        Script wrong = script;
        std::erase_if(wrong.parameters, [&](const manifest::Entry& entry) { return entry.key == parameter.name; });
        wrong.parameters.push_back({parameter.name, {}, {std::string("val_los"), {}, false}});
        wrong.numbers.push_back({"val_loss", TREINO_LOWER_IS_BETTER, {}});
        try {
          clear(folder_.path());
          Play(plugin_, wrong, folder_.path()).begin();
        } catch (const Refusal& refusal) {
          CHECK(std::string(refusal.what()).find("Did you mean 'val_loss'?") != std::string::npos);
          refused = true;
        }
      }
      INFO("no case refuses an unknown " << parameter.name);
      CHECK(refused);
    }
  }

 private:
  void check_refused(const Table& one) {
    Table good = one;
    std::erase_if(good, [](const manifest::Entry& entry) { return entry.key == "refused" || entry.key == "expect"; });
    clear(folder_.path());
    try {
      const Script script = read_script(plugin_, good, folder_.path());
      Play(plugin_, script, folder_.path()).begin();
      FAIL_CHECK("it was not refused");
    } catch (const Refusal& refusal) {
      check_reason(refusal.what(), text(one, "refused"));
    }
  }

  Remains check_played(const Script& script, const Table& expect) {
    clear(folder_.path());
    Play play(plugin_, script, folder_.path());
    play.play();
    check_expectations(expect, play);
    return Remains(play);
  }

  /// Saved and loaded into another instance wherever a checkpoint may be written.
  void check_taken_apart(const Script& script, const Remains& expected) {
    INFO("save, destroy, create, load and continue after each batch and epoch");
    clear(folder_.path());
    Play play(plugin_, script, folder_.path());
    play.begin();
    while (play.advance()) {
      play.act();
      if (play.at_checkpoint()) play.resume(play.snapshot());
    }
    play.end();
    check_same(expected, Remains(play));
  }

  /// Killed right after a checkpoint, before what it asked for was done; killed later, before the next one.
  void check_killed(const Script& script, const Remains& expected) {
    for (std::size_t at = 0, last = 1; at < last; ++at) {
      for (const std::size_t later : {std::size_t{0}, std::size_t{1}, std::size_t{script.batches + 3}}) {
        INFO("killed " << later << " pieces after checkpoint " << at << " and resumed");
        clear(folder_.path());
        Play play(plugin_, script, folder_.path());
        play.begin();
        std::optional<Snapshot> snapshot = play_to(play, at);
        if (!snapshot) return;
        last = at + 2;
        if (later > 0) play.act();
        for (std::size_t i = 0; i < later && play.advance(); ++i) play.act();
        play.resume(*snapshot);
        play.go_on();
        check_same(expected, Remains(play));
      }
    }
  }

  static std::optional<Snapshot> play_to(Play& play, std::size_t checkpoint) {
    while (play.advance()) {
      if (play.at_checkpoint() && checkpoint-- == 0) return play.snapshot();
      play.act();
    }
    return std::nullopt;
  }

  Record record_of(const Script& script, const std::filesystem::path& folder) {
    clear(folder);
    Play play(plugin_, script, folder);
    play.play();
    return play.record();
  }

  Script read_again(const std::string& name, const std::filesystem::path& folder) const {
    for (const Table& one : cases_of(plugin_))
      if (text(one, "name") == name) return read_script(plugin_, one, folder);
    throw std::logic_error("no case " + name);
  }

  const PluginUnderTest& plugin_;
  const test::TemporaryFolder folder_;
  std::vector<Script> scripts_;  // of the cases that are not refused
};

}  // namespace

void check_callback(const PluginUnderTest& plugin) {
  CallbackCheck check(plugin);
  check.check_events();
  check.check_directions();
  for (const Table& one : cases_of(plugin)) check.check_case(one);
  check.check_two_at_once();
  check.check_state();
  check.check_hard_runs();
  check.check_failed_begin();
  check.check_unknown_monitor();
  check.check_services();
}

}  // namespace treino::conformance
