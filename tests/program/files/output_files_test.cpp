// What an output does to what was there before.
#include <sys/stat.h>
#include <unistd.h>

#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

struct Writing {
  std::string plugin, file;
};
const std::vector<Writing> writers = {{"csv_logger", "h.csv"},
                                      {"jsonl_logger", "h.jsonl"},
                                      {"html_report", "h.html"},
                                      {"gradient_monitor", "h.svg"},
                                      {"lr_finder", "h2.csv"}};

std::string sections(const std::string& folder) {
  std::string text;
  for (const Writing& writing : writers)
    text += "[[callback]]\nplugin = '" + writing.plugin + "'\nfilename = '" + folder + "/" + writing.file + "'\n";
  return text;
}

struct stat facts_of(const fs::path& path) {
  struct stat facts {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return facts;
}

}  // namespace

TEST_CASE("a file that is replaced keeps its permissions, its owner and the link to it, and no planted name is followed") {
  const Workshop workshop;
  fs::create_directory(workshop / "links");
  fs::create_directory(workshop / "targets");
  const bool root = geteuid() == 0;
  for (const Writing& writing : writers) {
    const fs::path target = workshop / ("targets/" + writing.file);
    write_text(target, "old");
    REQUIRE(chmod(target.c_str(), 0600) == 0);
    if (root) REQUIRE(chown(target.c_str(), 12345, 23456) == 0);
    fs::create_symlink("../targets/" + writing.file, workshop / ("links/" + writing.file));
    write_text(workshop / ("victim_" + writing.file), "mine");
    for (const std::string folder : {"links/", "targets/"})
      for (const std::string suffix : {".new", ".tmp"})
        fs::create_symlink(workshop / ("victim_" + writing.file), workshop / (folder + writing.file + suffix));
  }
  const Finished finished = workshop.run(small_manifest(sections(workshop / "links")), "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  for (const Writing& writing : writers) {
    INFO(writing.plugin);
    CHECK(fs::is_symlink(workshop / ("links/" + writing.file)));
    const fs::path target = workshop / ("targets/" + writing.file);
    CHECK(fs::is_regular_file(fs::symlink_status(target)));
    CHECK(read_text(target).size() > 20);
    CHECK((facts_of(target).st_mode & 07777) == 0600);
    CHECK(facts_of(target).st_uid == (root ? 12345 : geteuid()));
    CHECK(facts_of(target).st_gid == (root ? 23456 : getegid()));
    CHECK(read_text(workshop / ("victim_" + writing.file)) == "mine");
  }
  CHECK(std::distance(fs::directory_iterator(workshop / "targets"), {}) == 3 * 5);  // nothing is left behind
}

TEST_CASE("somebody else's link in a folder that everybody may write to is not followed") {
  if (geteuid() != 0) return;  // it takes another user
  const Workshop workshop;
  fs::create_directory(workshop / "shared");
  REQUIRE(chmod((workshop / "shared").c_str(), 01777) == 0);
  write_text(workshop / "victim", "mine");
  for (const Writing& writing : writers) {
    INFO(writing.plugin);
    const fs::path link = workshop / "shared/out";
    fs::remove(link);
    fs::create_symlink(workshop / "victim", link);
    REQUIRE(lchown(link.c_str(), 12345, 12345) == 0);
    const Finished finished = workshop.run(
        small_manifest("[[callback]]\nplugin = '" + writing.plugin + "'\nfilename = '" + link.string() + "'\n"), "run");
    CHECK(finished.exit_code == kFailed);
    CHECK(contains(finished.error, "is somebody else's symbolic link"));
    CHECK(read_text(workshop / "victim") == "mine");
    fs::remove_all(workshop / "run");
  }
}

TEST_CASE("a run whose standard output is full keeps what it has made, and has failed") {
  const Workshop workshop;
  ProcessOptions options = workshop.command({});
  options.arguments = {"sh", "-c",
                       TREINO " run '" + workshop.write("small.toml", small_manifest()).string() + "' --folder '" +
                           (workshop / "run").string() + "' > /dev/full"};
  const Finished finished = run_process(options);
  CHECK(finished.exit_code == kFailed);
  CHECK(contains(finished.error, "standard output cannot be written: No space left on device"));
  CHECK(fact(workshop / "run", "/outcome") == "\"done\"");
}

TEST_CASE("every command that prints fails where standard output is full") {
  const Workshop workshop;
  const std::string manifest = workshop.write("small.toml", small_manifest());
  REQUIRE(workshop.run(small_manifest(), "run").exit_code == kDone);
  for (const std::string& command :
       {"check '" + manifest + "'", "lr '" + manifest + "'", std::string("plugins"), std::string("describe mse"),
        std::string("schema"), std::string("--help"), "evaluate '" + (workshop / "run").string() + "'",
        "predict '" + (workshop / "run").string() + "' " SOURCE_FOLDER "/examples/data/digits.csv.gz"}) {
    INFO(command);
    ProcessOptions options = workshop.command({});
    options.arguments = {"sh", "-c", TREINO " " + command + " > /dev/full"};
    CHECK(run_process(options).exit_code == kFailed);
  }
}
