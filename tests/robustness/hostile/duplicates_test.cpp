// Two files of one folder that claim the same kind and id, and where files are looked for.
#include <cstdlib>

#include "host/library/finder.hpp"
#include "host/library/search_path.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;

namespace {

/// Sets an environment variable for a while.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("two files of one folder with the same kind and id are refused, each naming the other") {
  const TemporaryFolder folder;
  std::filesystem::copy(sample_path("others/future.so"), folder / "a.so");
  std::filesystem::create_directory(folder / "schedulers");
  std::filesystem::copy(sample_path("others/same_id.so"), folder / "schedulers/b.so");
  std::filesystem::copy(sample_path("good/plain.so"), folder / "plain.so");
  const auto found = treino::host::find_plugins({{folder.path()}, false});
  REQUIRE(found.size() == 3);
  CHECK(found[0].refusal == "holds the scheduler 'future', and so does " + (folder / "schedulers/b.so").string() +
                                ", which is another file: remove one of them");
  CHECK(found[2].refusal == "holds the scheduler 'future', and so does " + (folder / "a.so").string() +
                                ", which is another file: remove one of them");
  CHECK(found[1].refusal == "");
}

TEST_CASE("the same bytes in two folders are no contradiction, nor is a refused file of that id") {
  const TemporaryFolder one, other;
  std::filesystem::copy(sample_path("good/plain.so"), one / "a.so");
  std::filesystem::copy(sample_path("good/plain.so"), other / "b.so");
  std::filesystem::copy(sample_path("others/no_note.so"), one / "c.so");
  std::filesystem::copy(sample_path("others/newer_minor.so"), one / "d.so");
  const auto found = treino::host::find_plugins({{one.path(), other.path()}, false});
  REQUIRE(found.size() == 4);
  CHECK(found[0].refusal == "");
  CHECK(found[3].refusal == "");
}

TEST_CASE("folders are searched in the order command line, environment, manifest, beside the program, each once") {
  const TemporaryFolder folder;
  for (const char* name : {"a", "b", "c"}) std::filesystem::create_directory(folder / name);
  std::filesystem::create_directory_symlink(folder / "a", folder / "again");
  const Variable variable("TREINO_PLUGIN_PATH",
                          (folder / "b").string() + "::" + (folder / "again").string() + ":" + (folder / "gone").string());
  const auto path = treino::host::search_path({folder / "a"}, {folder / "c", folder / "gone"});
  REQUIRE(path.size() == 6);
  CHECK(path[0] == folder / "a");
  CHECK(path[1] == folder / "b");
  CHECK(path[2] == folder / "gone");
  CHECK(path[3] == folder / "c");
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  CHECK(path[4] == program / "plugins");
  CHECK(path[5] == program.parent_path() / "lib/treino/plugins");
}

TEST_CASE("relative folders are made absolute") {
  const auto path = treino::host::search_path({"some/../plugins_here"}, {});
  CHECK(path.at(0) == std::filesystem::current_path() / "plugins_here");
}
