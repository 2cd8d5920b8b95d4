// Which of several files with the same kind and id is meant.
#include <sys/stat.h>

#include "host/library/catalogue.hpp"
#include "host/library/finder.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::Catalogue;
using treino::host::find_plugins;
using treino::host::FinderOptions;
using treino::manifest::Kind;

namespace {

/// Both hold the scheduler future, and are different files.
const std::string one = "others/future.so", other = "others/same_id.so";

std::filesystem::path taken(const FinderOptions& options) {
  Catalogue catalogue(options);
  const auto* candidate = catalogue.candidate(Kind::scheduler, "future");
  return candidate == nullptr ? "" : candidate->path;
}

std::vector<std::string> notes(const FinderOptions& options) {
  Catalogue catalogue(options);
  catalogue.candidate(Kind::scheduler, "future");
  catalogue.candidate(Kind::scheduler, "future");
  return catalogue.take_notes();
}

}  // namespace

TEST_CASE("the first in search order is taken, and one line says what it hides") {
  const TemporaryFolder a, b;
  const auto first = put_sample(one, a / "x.so"), second = put_sample(other, b / "schedulers/y.so");
  CHECK(taken({{a.path(), b.path()}, false}) == first);
  CHECK(taken({{b.path(), a.path()}, false}) == second);
  CHECK(notes({{a.path(), b.path()}, false}) ==
        std::vector<std::string>{"scheduler future: " + first.string() + " (1.0.0) hides " + second.string() + " (1.0.0)"});
  const auto found = find_plugins({{a.path(), b.path()}, false});
  CHECK(found.at(0).hidden_by.at(0).empty());
  CHECK(found.at(1).refusal.empty());
  CHECK(found.at(1).hidden_by.at(0) == first);
  CHECK(Catalogue({{a.path(), b.path()}, false}).ids(Kind::scheduler) == std::vector<std::string>{"future"});
}

TEST_CASE("the same bytes in two folders are nothing to speak of") {
  const TemporaryFolder a, b;
  put_sample(one, a / "x.so");
  put_sample(one, b / "y.so");
  CHECK(taken({{a.path(), b.path()}, false}) == a / "x.so");
  CHECK(notes({{a.path(), b.path()}, false}).empty());
}

TEST_CASE("where the first folder is ambiguous, none of a later one is taken in its place") {
  const TemporaryFolder a, b;
  put_sample(one, a / "x.so");
  put_sample(other, a / "y.so");
  put_sample(one, b / "z.so");
  CHECK(taken({{a.path(), b.path()}, false}).empty());
  CHECK(taken({{b.path(), a.path()}, false}) == b / "z.so");
}

TEST_CASE("a file that cannot be loaded makes way for one of a later folder, and is named") {
  const TemporaryFolder a, b;
  const auto path = put_sample(one, a / "x.so"), good = put_sample(other, b / "y.so");
  chmod(path.c_str(), 0666);
  CHECK(taken({{a.path(), b.path()}, false}) == good);
  const auto lines = notes({{a.path(), b.path()}, false});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].rfind("scheduler future: " + good.string() + " (1.0.0) is taken; " + path.string() + " is left out: is writable",
                       0) == 0);
}

TEST_CASE("what lies in the installation does not take the name of what came with it") {
  const TemporaryFolder program, library;
  const auto foreign = put_sample(one, program / "future.so"), own = put_sample(other, library / "schedulers/future.so");
  const FinderOptions installation{{program.path(), library.path()}, false, 0};
  CHECK(taken(installation) == own);
  CHECK(notes(installation) ==
        std::vector<std::string>{"scheduler future: " + own.string() + " (1.0.0) came with the program and is taken before " +
                                 foreign.string() +
                                 " (1.0.0): give that one a namespace (\"acme/future\"), or name its folder with --plugin-path"});
  CHECK(taken({{program.path(), library.path()}, false, 1}) == foreign);  // its folder is named for this run
  put_sample(one, library / "schedulers/another_file.so");
  CHECK(taken({{library.path()}, false, 0}) == own);  // nor in its very folder
}
