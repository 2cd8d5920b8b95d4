// Writing callbacks on a disk that fills up and is emptied again, played by the conformance tests' scripted host.
#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/callback_play.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/network/small_disk.hpp"
#include "shared/files/spool.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using namespace treino;
using namespace treino::conformance;
using test::read_text;
using test::SmallDisk;
using test::TemporaryFolder;

namespace {

/// A plugin with a script of 60 epochs, each of which has 30 numbers, so that a row has some 500 bytes.
class Actor {
 public:
  Actor(const std::string& id, const std::string& parameters) {
    const host::Candidate candidate = host::inspect(fs_ / (id + ".so"), true);
    INFO(candidate.refusal);
    REQUIRE(candidate.refusal.empty());
    std::vector<std::string> warnings;
    component_ = host::load(candidate, warnings).front();
    std::string numbers = "numbers = { loss = [";
    for (int i = 0; i < 60; ++i) numbers += std::to_string(1.0 / (3 + i)) + ",";
    numbers += "]";
    for (int i = 0; i < 30; ++i) numbers += ", number_" + std::to_string(i) + " = [" + std::to_string(i + 1) + ".123456789]";
    test::write_text(folder_ / "cases.toml", "[[case]]\nname = 'one'\nparameters = {" + parameters + "}\n" + numbers + " }\n");
    plugin_.emplace(PluginUnderTest{candidate.path, folder_ / "cases.toml", component_->description, &component_->lifecycle,
                                    &component_->callback, nullptr, nullptr, nullptr});
  }
  Script script(const std::filesystem::path& folder) const { return read_script(*plugin_, cases_of(*plugin_).front(), folder); }
  const PluginUnderTest& plugin() const { return *plugin_; }
  /// What lies in `name` after a run on a disk with room.
  std::string reference(const std::string& name) const {
    const TemporaryFolder folder;
    const Script script = this->script(folder.path());
    Play play(*plugin_, script, folder.path());
    play.play();
    return read_text(folder / name);
  }

 private:
  const std::filesystem::path fs_ = CALLBACKS;
  const TemporaryFolder folder_;
  std::shared_ptr<const host::Component> component_;
  std::optional<PluginUnderTest> plugin_;
};

/// The next piece of the run, the worker waited for; the text of a refusal, "" where there was none.
std::string advance(Play& play, bool& more) {
  try {
    more = play.advance();
    play.act();
    play.state();  // waits
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
  return "";
}

/// Until a refusal; its text.
std::string advance_to_refusal(Play& play) {
  bool more = true;
  while (more)
    if (const std::string text = advance(play, more); !text.empty()) return text;
  return "";
}

bool begins_with(const std::string& text, const std::string& begin) { return text.compare(0, begin.size(), begin) == 0; }

}  // namespace

TEST_CASE("a logger whose disk is full says so, damages nothing, and writes what it kept when there is room again") {
  const auto [id, name] = GENERATE(std::pair<std::string, std::string>("csv_logger", "log.csv"),
                                   std::pair<std::string, std::string>("jsonl_logger", "log.jsonl"));
  CAPTURE(id);
  const Actor actor(id, "filename = '" + name + "'");
  const std::string whole = actor.reference(name);
  const TemporaryFolder folder;
  const SmallDisk disk(folder / "disk");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  const Script script = actor.script(folder / "disk");
  Play play(actor.plugin(), script, folder / "disk");
  play.begin();
  bool more = true;
  for (int piece = 0; piece < 15; ++piece) REQUIRE(advance(play, more).empty());
  disk.fill();
  const std::string refusal = advance_to_refusal(play);
  CHECK(refusal.find((folder / ("disk/" + name)).string() + ": No space left on device") != std::string::npos);
  CHECK(refusal.find("kept in memory") != std::string::npos);
  const std::string written = read_text(folder / ("disk/" + name));
  CHECK(begins_with(whole, written));
  CHECK((written.empty() || written.back() == '\n'));
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "disk"), {}) == 2);  // the filler and the file

  SECTION("in the same process") {
    disk.empty();
    while (more) CHECK(advance(play, more).empty());
    play.end();
    CHECK(read_text(folder / ("disk/" + name)) == whole);
  }
  SECTION("in another one, from a state saved meanwhile") {
    const Snapshot snapshot = play.snapshot();
    disk.empty();
    play.resume(snapshot);
    CHECK(begins_with(whole, read_text(folder / ("disk/" + name))));
    CHECK(read_text(folder / ("disk/" + name)).size() > written.size());
    play.go_on();
    CHECK(read_text(folder / ("disk/" + name)) == whole);
  }
  SECTION("but rows that never find room are lost, and that is reported") {
    CHECK_THROWS_WITH(play.end(), ContainsSubstring("No space left on device"));
    CHECK(read_text(folder / ("disk/" + name)) == written);
  }
}

TEST_CASE("a spool on a full disk keeps rows in memory, and says when they are lost") {
  const Actor actor("remote_monitor", "root = 'http://127.0.0.1:9', retries = 0");
  const TemporaryFolder folder;
  const SmallDisk disk(folder / "disk");
  if (!disk.ready) {
    WARN("not run: it takes the right to mount a file system");
    return;
  }
  const Script script = actor.script(folder / "disk");
  Play play(actor.plugin(), script, folder / "disk");
  play.begin();
  disk.fill();
  CHECK(advance_to_refusal(play).empty());  // a server that may still come
  const auto& log = play.host().log;
  CHECK(std::any_of(log.begin(), log.end(), [](const std::string& line) {
    return line.find("No space left on device; until they are delivered, rows are in memory alone") != std::string::npos;
  }));
  SECTION("for good") {
    CHECK_THROWS_WITH(play.end(),
                      ContainsSubstring("rows for http://127.0.0.1:9/publish/epoch/end/ could neither be delivered nor kept") &&
                          ContainsSubstring("No space left on device"));
  }
  SECTION("but are kept when there is room at the end") {
    disk.empty();
    play.end();
    CHECK(Spool(folder / "disk/under_test.spool").size() == 60);
  }
}
