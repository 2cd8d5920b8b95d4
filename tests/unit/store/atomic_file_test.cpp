// Files that are whole or not there.
#include "store/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>

#include "store/input_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using store::AtomicFile;
using test::contains;
using test::files_in;
using test::store_error_of;
namespace fs = std::filesystem;

namespace {

unsigned permissions_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// Restores the umask of the test program.
class Umask {
 public:
  explicit Umask(mode_t mask) : old_(umask(mask)) {}
  ~Umask() { umask(old_); }

 private:
  mode_t old_;
};

class WorkingFolder {
 public:
  explicit WorkingFolder(const fs::path& folder) { fs::current_path(folder); }
  ~WorkingFolder() { fs::current_path(old_); }

 private:
  fs::path old_ = fs::current_path();
};

}  // namespace

TEST_CASE("a file appears whole at commit and not before") {
  test::TemporaryFolder folder;
  AtomicFile file(folder / "log.csv");
  file.write("epoch,loss\n");
  file.write(std::string(200'000, 'x'));
  CHECK_FALSE(fs::exists(folder / "log.csv"));
  file.commit();
  CHECK(store::read_file(folder / "log.csv") == "epoch,loss\n" + std::string(200'000, 'x'));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("many small and some large writes come out in their order") {
  test::TemporaryFolder folder;
  std::string expected;
  AtomicFile file(folder / "mixed");
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::string piece(i % 500 == 499 ? 70'000 : i % 97, static_cast<char>('a' + i % 26));
    file.write(piece);
    expected += piece;
  }
  file.commit();
  CHECK(store::read_file(folder / "mixed") == expected);
}

TEST_CASE("without commit the old file stays and nothing is left") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "model", "old");
  {
    AtomicFile file(folder / "model");
    file.write("new");
    CHECK(files_in(folder.path()) == 2);
  }
  CHECK(store::read_file(folder / "model") == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("an empty file can be written") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "empty", "");
  CHECK(store::read_file(folder / "empty").empty());
}

TEST_CASE("a file that was committed takes no more") {
  test::TemporaryFolder folder;
  AtomicFile file(folder / "once");
  file.write("one");
  file.commit();
  CHECK(contains(store_error_of([&] { file.write("two"); }), "once: was committed already"));
  CHECK(contains(store_error_of([&] { file.commit(); }), "once: was committed already"));
  CHECK(store::read_file(folder / "once") == "one");
}

TEST_CASE("a new file has the permissions that the umask leaves, and a replaced one keeps its own") {
  test::TemporaryFolder folder;
  const Umask umask(027);
  store::write_durably(folder / "new", "1");
  CHECK(permissions_of(folder / "new") == 0640);
  for (const unsigned mode : {0600u, 0444u, 0666u}) {
    chmod((folder / "new").c_str(), mode);
    store::write_durably(folder / "new", "2");
    CHECK(permissions_of(folder / "new") == mode);
  }
}

TEST_CASE("while a private file is written again, nobody else may read it") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "private", "1");
  chmod((folder / "private").c_str(), 0600);
  const AtomicFile file(folder / "private");
  for (const auto& entry : fs::directory_iterator(folder.path())) CHECK(permissions_of(entry.path()) == 0600);
}

TEST_CASE("set-user-id is not handed on to new content") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "program", "1");
  chmod((folder / "program").c_str(), 04755);
  store::write_durably(folder / "program", "2");
  CHECK(permissions_of(folder / "program") == 0755);
}

TEST_CASE("a link stays and its target is replaced") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "big_disk");
  store::write_durably(folder / "big_disk/model", "old");
  fs::create_symlink("big_disk/model", folder / "best");   // relative to the link, not to the working folder
  fs::create_symlink(folder / "best", folder / "newest");  // a link to a link
  store::write_durably(folder / "newest", "new");
  CHECK(fs::is_symlink(folder / "newest"));
  CHECK(fs::is_symlink(folder / "best"));
  CHECK(store::read_file(folder / "big_disk/model") == "new");
  CHECK(files_in(folder / "big_disk") == 1);
}

TEST_CASE("a link to a file that does not exist yet makes that file") {
  test::TemporaryFolder folder;
  fs::create_symlink("target", folder / "link");
  store::write_durably(folder / "link", "content");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(store::read_file(folder / "target") == "content");
}

TEST_CASE("links in a circle are refused") {
  test::TemporaryFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  const std::string error = store_error_of([&] { AtomicFile file(folder / "a"); });
  CHECK(error.starts_with((folder / "a").string() + ": leads nowhere: "));
}

TEST_CASE("hard links keep the old content") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "last", "old");
  fs::create_hard_link(folder / "last", folder / "epoch_1");
  store::write_durably(folder / "last", "new");
  CHECK(store::read_file(folder / "epoch_1") == "old");
}

TEST_CASE("folders are not created, and the error names the one that is missing") {
  test::TemporaryFolder folder;
  const std::string error = store_error_of([&] { store::write_durably(folder / "runs/seven/log.csv", ""); });
  CHECK(error == (folder / "runs/seven/log.csv").string() + ": the folder \"" + (folder / "runs/seven").string() +
                     "\" cannot be opened: No such file or directory");
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("a folder that is a file is named") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "file", "");
  const std::string error = store_error_of([&] { AtomicFile file(folder / "file/log.csv"); });
  CHECK(contains(error, "the folder \"" + (folder / "file").string() + "\" cannot be opened: Not a directory"));
}

TEST_CASE("folders, devices and pipes are not replaced") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "folder");
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", folder / "null");
  for (const char* name : {"folder", "pipe", "null", "folder/."}) {
    CHECK(store_error_of([&] { AtomicFile file(folder / name); }) ==
          (folder / name).string() + ": exists and is not a regular file");
  }
  CHECK(fs::is_character_file("/dev/null"));
}

TEST_CASE("a path that names no file is refused") {
  test::TemporaryFolder folder;
  for (const fs::path& path : {fs::path(), folder / "folder/", folder / std::string("a\0b", 3)}) {
    CHECK(contains(store_error_of([&] { AtomicFile file(path); }), ": does not name a file"));
  }
  CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("a name that the file system cannot take is refused with its reason") {
  test::TemporaryFolder folder;
  const std::string error = store_error_of([&] { AtomicFile file(folder / std::string(300, 'n')); });
  CHECK(contains(error, "cannot be looked up: File name too long"));
}

TEST_CASE("the longest name that the file system takes can be written") {
  test::TemporaryFolder folder;
  store::write_durably(folder / std::string(255, 'n'), "content");
  CHECK(store::read_file(folder / std::string(255, 'n')) == "content");
}

TEST_CASE("a relative path is meant from the working folder at the start") {
  test::TemporaryFolder folder;
  const WorkingFolder there(folder.path());
  AtomicFile file("log.csv");
  file.write("content");
  fs::current_path("/");
  file.commit();
  CHECK(store::read_file(folder / "log.csv") == "content");
}

TEST_CASE("a folder that is moved while the file is written gets the file") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "run");
  AtomicFile file(folder / "run/log.csv");
  fs::rename(folder / "run", folder / "done");
  file.commit();
  CHECK(fs::exists(folder / "done/log.csv"));
}

TEST_CASE("a folder that is removed while the file is written is an error") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "run");
  AtomicFile file(folder / "run/log.csv");
  file.write("content");
  fs::remove_all(folder / "run");
  CHECK(contains(store_error_of([&] { file.commit(); }), "log.csv: cannot be put in place: No such file or directory"));
}

TEST_CASE("a folder that comes up under the file's name meanwhile is an error, and nothing is left") {
  test::TemporaryFolder folder;
  AtomicFile file(folder / "name");
  fs::create_directories(folder / "name");
  CHECK(contains(store_error_of([&] { file.commit(); }), "name: cannot be put in place: Is a directory"));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a folder without write permission is an error") {
  if (geteuid() == 0) return;  // permissions do not bind root
  test::TemporaryFolder folder;
  chmod(folder.path().c_str(), 0500);
  const std::string error = store_error_of([&] { AtomicFile file(folder / "log.csv"); });
  chmod(folder.path().c_str(), 0700);
  CHECK(contains(error, "its temporary file cannot be made: Permission denied"));
}

TEST_CASE("signals during the writing do no harm") {
  test::TemporaryFolder folder;
  const std::string content(8'000'000, 's');
  const pid_t child = test::start_child([&] {
    struct sigaction action {};  // without SA_RESTART: system calls come back with EINTR
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, nullptr);
    const itimerval often{{0, 200}, {0, 200}};
    setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; i < 5; ++i) store::write_durably(folder / "file", content);
    return store::read_file(folder / "file") == content ? 0 : 1;
  });
  CHECK(test::wait_for(child) == 0);
}
