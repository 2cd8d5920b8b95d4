// Files that somebody else may have written.
#include <sys/stat.h>
#include <unistd.h>

#include "host/library/finder.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::inspect;

namespace {

std::filesystem::path copy_of_plugin(const std::filesystem::path& folder) {
  std::filesystem::copy(sample_path("good/halving.so"), folder / "plugin.so");
  return folder / "plugin.so";
}

bool may_give_files_away() {
  if (geteuid() == 0) return true;
  WARN("only root can give files to others: skipped");
  return false;
}

}  // namespace

TEST_CASE("a file that everyone may write is refused, unless trusted") {
  const TemporaryFolder folder;
  const auto path = copy_of_plugin(folder.path());
  CHECK(inspect(path, false).refusal == "");
  REQUIRE(chmod(path.c_str(), 0666) == 0);
  const auto candidate = inspect(path, false);
  CHECK(candidate.refusal == "is writable by everyone: chmod o-w " + path.string() + ", or set allow_unsafe_paths");
  CHECK(candidate.descriptions.at(0).id == "halving");
  CHECK(inspect(path, true).refusal == "");
}

TEST_CASE("a file in a folder that everyone may write is refused, unless the folder is sticky") {
  const TemporaryFolder folder;
  const auto path = copy_of_plugin(folder.path());
  REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
  CHECK(inspect(path, false).refusal ==
        "lies in a folder that is writable by everyone: chmod o-w " + folder.path().string() + ", or set allow_unsafe_paths");
  CHECK(inspect(path, true).refusal == "");
  REQUIRE(chmod(folder.path().c_str(), 01777) == 0);
  CHECK(inspect(path, false).refusal == "");
}

TEST_CASE("a link into an unsafe folder is refused like what it leads to") {
  const TemporaryFolder folder, unsafe;
  const auto path = copy_of_plugin(unsafe.path());
  std::filesystem::create_symlink(path, folder / "link.so");
  REQUIRE(chmod(unsafe.path().c_str(), 0777) == 0);
  CHECK(inspect(folder / "link.so", false).refusal.starts_with("lies in a folder that is writable by everyone"));
}

TEST_CASE("a file that belongs to another user is refused, unless trusted") {
  if (!may_give_files_away()) return;
  const TemporaryFolder folder;
  const auto path = copy_of_plugin(folder.path());
  REQUIRE(chown(path.c_str(), stranger, stranger) == 0);
  CHECK(inspect(path, false).refusal == "belongs to user 4242, neither to you nor to root: chown it, or set allow_unsafe_paths");
  CHECK(inspect(path, true).refusal == "");
}

TEST_CASE("a file in another user's folder is refused, unless trusted") {
  if (!may_give_files_away()) return;
  const TemporaryFolder folder;
  const auto path = copy_of_plugin(folder.path());
  REQUIRE(chown(folder.path().c_str(), stranger, stranger) == 0);
  CHECK(inspect(path, false).refusal ==
        "lies in a folder that belongs to user 4242, neither to you nor to root: chown it, or set allow_unsafe_paths");
  CHECK(inspect(path, true).refusal == "");
}
