// Plugins asked for by name, out of folders in which much else lies: found as if everything had been inspected, without doing so.
#include "host/library/catalogue.hpp"

#include "host/library/finder.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::Catalogue;
using treino::host::PluginFiles;
using treino::manifest::Kind;

namespace {

/// A copy of a sample in which each text stands for another of the same length, by turns.
std::string patched(const std::string& sample, const std::vector<std::pair<std::string, std::string>>& changes) {
  std::string bytes = read_file(sample_path(sample));
  std::size_t from = 0;
  for (const auto& [old, with] : changes) {
    from = bytes.find(old, from);
    REQUIRE(from != std::string::npos);
    REQUIRE(old.size() == with.size());
    bytes.replace(from, old.size(), with);
    from += with.size();
  }
  return bytes;
}

/// Two schedulers: variant and abcdef.
std::string two_components() {
  return patched("others/twice.so", {{"\"variant\"", "\"variant\""}, {"\"variant\"", "\"abcdef\" "}});
}
std::string one_of_them() { return patched("others/future.so", {{"\"future\"", "\"abcdef\""}}); }

bool was_inspected(const treino::host::Candidate& candidate) { return !candidate.sha256.empty() || !candidate.refusal.empty(); }

void fill(const TemporaryFolder& folder) {
  for (const char* name : {"good/plain.so", "good/halving.so", "others/faulty.so", "others/newer_minor.so", "others/no_note.so",
                           "others/future.so", "others/same_id.so", "others/changes_mode.so"})
    std::filesystem::copy(sample_path(name), folder.path());
  write_file(folder / "a_text.so", "no library");
  write_file(folder / "two.so", two_components());
  write_file(folder / "one.so", one_of_them());
  write_file(folder / "unusual.so", patched("others/undefined_symbol.so", {{"kind = \"scheduler\"", "kind = 'scheduler'"}}));
  write_file(folder / "wide.so", patched("good/best_loss.so", {{"id = \"best_loss\"", "id = \"worst_one\""}}));
}

}  // namespace

TEST_CASE("only the files that hold, or may hold, what is asked for are inspected") {
  const TemporaryFolder folder;
  fill(folder);
  PluginFiles files({{folder.path()}, false});
  files.inspect_holders("scheduler", "halving");
  std::vector<std::string> inspected;
  for (const auto& candidate : files.candidates())
    if (was_inspected(candidate)) inspected.push_back(candidate.path.filename());
  CHECK(inspected == std::vector<std::string>{"halving.so", "unusual.so"});
}

TEST_CASE("for every name, the report on its files is the one that inspecting all files would give") {
  const TemporaryFolder folder;
  fill(folder);
  const auto all = treino::host::find_plugins({{folder.path()}, false});
  std::size_t names = 0;
  for (const auto& asked : all) {
    for (const auto& description : asked.descriptions) {
      ++names;
      CAPTURE(description.kind, description.id);
      PluginFiles files({{folder.path()}, false});
      files.inspect_holders(description.kind, description.id);
      REQUIRE(files.candidates().size() == all.size());
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& lazy = files.candidates()[i];
        CHECK(lazy.path == all[i].path);
        if (all[i].path == asked.path) CHECK(was_inspected(lazy));
        if (!was_inspected(lazy)) continue;
        CHECK(lazy.refusal == all[i].refusal);
        CHECK(lazy.sha256 == all[i].sha256);
        CHECK(lazy.texts == all[i].texts);
      }
    }
  }
  CHECK(names >= 10);
}

TEST_CASE("an id is found in a file of any name, and in a description that begins in an unusual way") {
  const TemporaryFolder folder;
  fill(folder);
  Catalogue catalogue({{folder.path()}, false});
  REQUIRE(catalogue.candidate(Kind::callback, "worst_one") != nullptr);
  CHECK(catalogue.candidate(Kind::callback, "worst_one")->path == folder / "wide.so");
  CHECK(catalogue.description(Kind::callback, "worst_one")->id == "worst_one");
  REQUIRE(catalogue.candidate(Kind::scheduler, "undefined_symbol") != nullptr);
  CHECK(catalogue.candidate(Kind::scheduler, "undefined_symbol")->path == folder / "unusual.so");
  CHECK(catalogue.candidate(Kind::metric, "worst_one") == nullptr);
  CHECK(catalogue.description(Kind::scheduler, "nothing") == nullptr);
}

TEST_CASE("a request for one component reports that another of the same file exists twice") {
  const TemporaryFolder folder;
  write_file(folder / "two.so", two_components());
  write_file(folder / "one.so", one_of_them());
  Catalogue catalogue({{folder.path()}, false});
  CHECK(catalogue.candidate(Kind::scheduler, "variant") == nullptr);
  CHECK(catalogue.refusal(Kind::scheduler, "variant") ==
        " (" + (folder / "two.so").string() + " is left out: holds the scheduler 'abcdef', and so does " +
            (folder / "one.so").string() + ", which is another file: remove one of them)");
  std::filesystem::remove(folder / "one.so");
  CHECK(Catalogue({{folder.path()}, false}).candidate(Kind::scheduler, "variant") != nullptr);
}

TEST_CASE("a request for what a file holds, or for its name, reports why the file was left out") {
  const TemporaryFolder folder;
  fill(folder);
  Catalogue catalogue({{folder.path()}, false});
  const auto left_out = [&](const std::string& file, const std::string& why) {
    return " (" + (folder / file).string() + " is left out: " + why + ")";
  };
  CHECK(catalogue.refusal(Kind::callback, "a_text") == left_out("a_text.so", "is a text file, not an ELF library"));
  CHECK(catalogue.refusal(Kind::scheduler, "future")
            .starts_with(left_out("future.so", "holds the scheduler 'future', and so does " + (folder / "same_id.so").string() +
                                                   ", which is another file: remove one of them")));
  CHECK(catalogue.refusal(Kind::loss, "no_such").empty());
  CHECK_THROWS_WITH(catalogue.component(Kind::callback, "a_text"),
                    "there is no callback 'a_text'" + left_out("a_text.so", "is a text file, not an ELF library"));
}

TEST_CASE("a request for all ids gives those of the good files, and what was found before stays where it is") {
  const TemporaryFolder folder;
  fill(folder);
  Catalogue catalogue({{folder.path()}, false});
  const auto* halving = catalogue.description(Kind::scheduler, "halving");
  CHECK(catalogue.ids(Kind::scheduler) ==
        std::vector<std::string>{"changes_mode", "halving", "plain_constant", "undefined_symbol"});
  CHECK(catalogue.description(Kind::scheduler, "halving") == halving);
  CHECK(halving->id == "halving");
}

TEST_CASE("a file that changes between preview and inspection is judged by its contents at inspection") {
  const TemporaryFolder folder;
  std::filesystem::copy(sample_path("good/halving.so"), folder / "a.so");
  write_file(folder / "one.so", one_of_them());
  Catalogue catalogue({{folder.path()}, false});
  REQUIRE(catalogue.candidate(Kind::scheduler, "abcdef") != nullptr);  // all have been glanced at
  write_file(folder / "a.so", "no library any more");
  CHECK(catalogue.candidate(Kind::scheduler, "halving") == nullptr);
  CHECK(catalogue.candidate(Kind::scheduler, "abcdef") != nullptr);
  CHECK(catalogue.ids(Kind::scheduler) == std::vector<std::string>{"abcdef"});
}

TEST_CASE("a plugin that was requested by name is loaded as it was then, whatever becomes of its file") {
  const TemporaryFolder folder;
  const auto path = write_file(folder / "plugin.so", read_file(sample_path("good/halving.so")) + "z");
  Catalogue catalogue({{folder.path()}, false});
  const auto* candidate = catalogue.candidate(Kind::scheduler, "halving");
  REQUIRE(candidate != nullptr);
  write_file(path, std::string(20000, '\0'));
  const auto component = catalogue.component(Kind::scheduler, "halving");
  CHECK(component->sha256 == candidate->sha256);
  void* self = nullptr;
  REQUIRE(component->lifecycle.create(nullptr, nullptr, 0, &self, nullptr) == TREINO_OK);
  treino_schedule_value value{};
  REQUIRE(component->scheduler.learning_rate(self, 2, 4.0, &value, nullptr) == TREINO_OK);
  CHECK(value.learning_rate == 1.0);
  component->lifecycle.destroy(self);
}

TEST_CASE("only files that can be loaded keep a copy, and only where they were asked for") {
  const TemporaryFolder folder;
  fill(folder);
  PluginFiles files({{folder.path()}, false});
  files.inspect_holders("scheduler", "halving");
  files.inspect_holders("scheduler", "variant");
  files.inspect_all();
  for (const auto& candidate : files.candidates()) {
    CAPTURE(candidate.path);
    CHECK((candidate.copy != nullptr) == (candidate.path.stem() == "halving"));
  }
}
