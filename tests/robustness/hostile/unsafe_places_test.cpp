// Ways to a plugin, and libraries beside it, that somebody else could have written.
#include <sys/stat.h>
#include <unistd.h>

#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::inspect;
namespace fs = std::filesystem;

namespace {

/// Only root can give files away, and only others have a group of their own.
bool is_root() {
  if (geteuid() == 0) return true;
  WARN("tried by root only");
  return false;
}

std::string all_replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// A copy of the plugin that needs libbeside.so, and of that library, which is called libbelow1 here since other tests load that
/// one. Each letter makes other files of the same names.
fs::path put_companion(const fs::path& folder, char letter) {
  const std::string plugin = read_file(sample_path("others/companion.so")),
                    library = read_file(sample_path("others/beside/libbeside.so"));
  fs::create_directories(folder / "beside");
  write_file(folder / "beside/libbelow1.so", all_replaced(library, "libbeside.so", "libbelow1.so") + letter);
  const std::string renamed = all_replaced(plugin, "libbeside.so", "libbelow1.so");
  return write_file(folder / "companion.so", all_replaced(renamed, "for the tests", std::string(1, letter) + "or the tests"));
}

}  // namespace

TEST_CASE("a file below a folder that everyone may write is refused, unless the folder is sticky or trusted") {
  const TemporaryFolder folder;
  const auto path = put_sample("good/halving.so", folder / "shared/plugins/callbacks/plugin.so");
  CHECK(inspect(path, false).refusal.empty());
  const fs::path shared = folder / "shared";
  REQUIRE(chmod(shared.c_str(), 0777) == 0);
  CHECK(inspect(path, false).refusal == "lies below " + shared.string() + ", a folder that is writable by everyone: chmod o-w " +
                                            shared.string() + ", or set allow_unsafe_paths");
  CHECK(inspect(path, true).refusal.empty());
  REQUIRE(chmod(shared.c_str(), 01777) == 0);
  CHECK(inspect(path, false).refusal.empty());
}

TEST_CASE("a file, or a folder above it, that a group may write is refused") {
  if (!is_root()) return;
  const TemporaryFolder folder;
  const auto path = put_sample("good/halving.so", folder / "shared/plugins/plugin.so");
  REQUIRE(chmod(path.c_str(), 0664) == 0);
  CHECK(inspect(path, false).refusal == "is writable by the group 0: chmod g-w " + path.string() + ", or set allow_unsafe_paths");
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  REQUIRE(chmod((folder / "shared").c_str(), 0775) == 0);
  CHECK(inspect(path, false)
            .refusal.rfind("lies below " + (folder / "shared").string() + ", a folder that is writable by the group 0", 0) == 0);
}

TEST_CASE("a file below another user's folder, or reached through another user's link, is refused") {
  if (!is_root()) return;
  const TemporaryFolder folder, links;
  const auto path = put_sample("good/halving.so", folder / "his/plugins/plugin.so");
  REQUIRE(chown((folder / "his").c_str(), stranger, stranger) == 0);
  CHECK(inspect(path, false).refusal == "lies below " + (folder / "his").string() +
                                            ", a folder that belongs to user 4242, neither to you nor to root: chown it, or set "
                                            "allow_unsafe_paths");
  REQUIRE(chown((folder / "his").c_str(), 0, 0) == 0);
  fs::create_directory_symlink(folder / "his", links / "link");
  CHECK(inspect(links / "link/plugins/plugin.so", false).refusal.empty());
  REQUIRE(lchown((links / "link").c_str(), stranger, stranger) == 0);
  CHECK(inspect(links / "link/plugins/plugin.so", false).refusal ==
        "is reached through the link " + (links / "link").string() +
            ", which belongs to user 4242, neither to you nor to root: chown it, or set allow_unsafe_paths");
}

TEST_CASE("a link that leads through a folder that everyone may write is refused") {
  const TemporaryFolder folder, shared, target;
  put_sample("good/halving.so", target / "plugin.so");
  fs::create_directory_symlink(target.path(), shared / "way");
  fs::create_symlink(shared / "way/plugin.so", folder / "plugin.so");
  CHECK(inspect(folder / "plugin.so", false).refusal.empty());
  REQUIRE(chmod(shared.path().c_str(), 0777) == 0);
  CHECK(inspect(folder / "plugin.so", false)
            .refusal.rfind("lies below " + shared.path().string() + ", a folder that is writable by everyone", 0) == 0);
  fs::create_directory_symlink(folder / "round", folder / "round");
  CHECK_FALSE(inspect(folder / "round/plugin.so", false).refusal.empty());
}

TEST_CASE("libraries beside a plugin are looked at like the plugin") {
  const TemporaryFolder folder;
  const auto path = put_companion(folder.path(), 'f');
  const fs::path library = folder / "beside/libbelow1.so";
  CHECK(inspect(path, false).refusal.empty());
  REQUIRE(chmod(library.c_str(), 0666) == 0);
  CHECK(inspect(path, false).refusal == "needs " + library.string() + ", which is writable by everyone: chmod o-w " +
                                            library.string() + ", or set allow_unsafe_paths");
  CHECK(inspect(path, true).refusal.empty());
  REQUIRE(chmod(library.c_str(), 0644) == 0);
  REQUIRE(chmod((folder / "beside").c_str(), 0777) == 0);
  CHECK(inspect(path, false)
            .refusal.rfind("needs " + library.string() + ", which lies in a folder that is writable by everyone", 0) == 0);
  REQUIRE(chmod((folder / "beside").c_str(), 0755) == 0);
  if (geteuid() != 0) return;
  REQUIRE(chown(library.c_str(), stranger, stranger) == 0);
  CHECK(inspect(path, false).refusal.rfind("needs " + library.string() + ", which belongs to user 4242", 0) == 0);
}

TEST_CASE("two plugins that bring different libraries of one name are not loaded together") {
  const TemporaryFolder one, other, third;
  const auto first = put_companion(one.path(), 'A'), second = put_companion(other.path(), 'B');
  std::vector<std::string> warnings;
  CHECK(treino::host::load(inspect(first, false), warnings).size() == 1);
  CHECK_THROWS_WITH(
      treino::host::load(inspect(second, false), warnings),
      second.string() + ": brings its own " + (other / "beside/libbelow1.so").string() + ", but " + first.string() +
          " has brought another library of that name, " + (one / "beside/libbelow1.so").string() +
          ", and a process holds one of a name: give one of them another name (SONAME), link it statically, or leave out one "
          "of the plugins");
  // The same library beside another plugin is the same library.
  const auto same = put_companion(third.path(), 'C');
  fs::copy(one / "beside/libbelow1.so", third / "beside/libbelow1.so", fs::copy_options::overwrite_existing);
  CHECK(treino::host::load(inspect(same, false), warnings).size() == 1);
}
