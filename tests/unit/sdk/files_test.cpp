// The SDK's file writers directly: what they bring to the disk, and what they leave alone, seen at the system calls.
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <condition_variable>
#include <mutex>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/durable_folders.hpp>
#include <treino/kit/replaced_file.hpp>

#include "shared/tensorboard/tensorboard.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace treino::test;

namespace {

/// What was synced, in order: path of each descriptor.
std::vector<std::string> synced;
int sync_error = 0;    // what fsync() of a folder fails with
std::size_t meet = 0;  // where not 0, each fsync() waits until so many have begun
std::mutex mutex;
std::condition_variable changed;

std::size_t syncs_of(const fs::path& path) {
  return static_cast<std::size_t>(std::count(synced.begin(), synced.end(), fs::canonical(path).string()));
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

/// In place of the system's, for this program.
extern "C" int fsync(int descriptor) {
  const fs::path path = fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor));
  {
    std::unique_lock<std::mutex> lock(mutex);
    synced.push_back(path.string());
    changed.notify_all();
    changed.wait(lock, [] { return synced.size() >= meet; });
  }
  if (sync_error != 0 && fs::is_directory(path)) return errno = sync_error, -1;
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}

TEST_CASE("folders that are made are brought to the disk by the folders above them, each once") {
  const TemporaryFolder folder;
  synced.clear();
  treino::create_folders(folder / "a/b/c/");
  CHECK(fs::is_directory(folder / "a/b/c"));
  CHECK(synced.size() == 3);
  for (const fs::path& above : {folder.path(), folder / "a", folder / "a/b"}) CHECK(syncs_of(above) == 1);
  synced.clear();
  treino::create_folders(folder / "a/b");  // there already
  CHECK(synced.empty());
  treino::create_folders("");
  write_text(folder / "file", "");
  CHECK(error_of([&] { treino::create_folders(folder / "file/deeper"); }) == (folder / "file").string() + ": Not a directory");
}

TEST_CASE("entries of several files in a folder need one sync, and what fails is tried again") {
  const TemporaryFolder folder;
  synced.clear();
  treino::NewEntries entries;
  entries.make_folder(folder / "logs");
  entries.add(folder / "logs");
  entries.add(folder / "logs");
  CHECK(synced.empty());
  sync_error = EIO;
  CHECK(error_of([&] { entries.sync(); }).find(": Input/output error") != std::string::npos);
  sync_error = 0;
  synced.clear();
  entries.sync();
  CHECK(syncs_of(folder.path()) == 1);
  CHECK(syncs_of(folder / "logs") == 1);
  entries.sync();
  CHECK(synced.size() == 2);
  // A file system that cannot sync folders has nothing to be asked for.
  sync_error = EINVAL;
  treino::replace_file(folder / "logs/file", "new");
  sync_error = 0;
  CHECK(read_text(folder / "logs/file") == "new");
}

TEST_CASE("several files and their folders are synced at the same time, each once; after a failure all folders are tried again") {
  const TemporaryFolder folder;
  treino::NewEntries entries, others;
  entries.make_folder(folder / "logs");
  entries.add(folder / "logs");
  others.add(folder / "logs");
  treino::DurableFile one((folder / "logs/one").string(), O_RDWR | O_CREAT), two((folder / "two").string(), O_RDWR | O_CREAT);
  const auto sync_all = [&] {
    treino::Syncs syncs;
    syncs.add(one);
    syncs.add(entries);
    syncs.add(two);
    syncs.add(others);
    syncs.finish();
  };
  synced.clear();
  sync_error = EIO;
  CHECK(error_of(sync_all).find(": Input/output error") != std::string::npos);
  sync_error = 0;
  synced.clear();
  meet = 3;  // none of them returns before both files and a folder have begun
  sync_all();
  meet = 0;
  CHECK(synced.size() == 4);
  for (const fs::path& path : {folder / "logs/one", folder / "two", folder.path(), folder / "logs"}) CHECK(syncs_of(path) == 1);
  synced.clear();
  sync_all();  // the folders are known to be there
  CHECK(synced.size() == 2);
}

TEST_CASE("a file that is put in place is on the disk before its name is, and then its folder") {
  const TemporaryFolder folder;
  synced.clear();
  treino::replace_file(folder / "file", "new");
  REQUIRE(synced.size() == 2);
  CHECK(synced[0].find("/.file.treino-") != std::string::npos);
  CHECK(synced[1] == fs::canonical(folder.path()).string());
  synced.clear();
  treino::begin_file(folder / "file");
  CHECK(synced.empty());
  CHECK(read_text(folder / "file").empty());
}

TEST_CASE("a file that is put in place at the end of a run leaves the run's folder to the host, and no other") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink(folder / "elsewhere/target", folder / "link");
  synced.clear();
  treino::replace_file((folder / "file").string(), "new", folder.path());
  REQUIRE(synced.size() == 1);
  CHECK(synced[0].find("/.file.treino-") != std::string::npos);
  CHECK(read_text(folder / "file") == "new");
  synced.clear();
  treino::replace_file((folder / "link").string(), "new", folder.path());
  CHECK(synced.size() == 2);
  CHECK(syncs_of(folder / "elsewhere") == 1);
}

TEST_CASE("an event file is synced with its folders, which then need none again") {
  const TemporaryFolder folder;
  treino::tensorboard::EventFile file(folder / "logs/train");
  file.add("one");
  CHECK(fs::file_size(file.path()) == 0);
  synced.clear();
  file.sync();
  CHECK(fs::file_size(file.path()) == 12 + 3 + 4);  // length and its checksum, bytes and theirs
  CHECK(synced.size() == 4);
  for (const fs::path& path : {fs::path(file.path()), folder.path(), folder / "logs", folder / "logs/train"})
    CHECK(syncs_of(path) == 1);
  synced.clear();
  file.add("two");
  file.sync();
  CHECK(synced == std::vector<std::string>{fs::canonical(file.path()).string()});
}

TEST_CASE("writers refuse folders, devices, FIFOs and sockets, and leave them what they are") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "folder");
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", folder / "null");
  for (const auto& [name, kind] :
       std::map<std::string, std::string>{{"folder", "a folder"}, {"fifo", "a FIFO"}, {"null", "a device"}}) {
    const std::string path = folder / name, text = path + ": expected a file, found " + kind;
    INFO(path);
    CHECK(error_of([&] { treino::replace_file(path, "new"); }) == text);
    CHECK(error_of([&] { treino::begin_file(path); }) == text);
    CHECK(error_of([&] { treino::expect_writable(path); }) == text);
    CHECK(error_of([&] { treino::DurableFile(path, O_WRONLY | O_APPEND); }) == text);
    CHECK(error_of([&] { treino::read_file(path); }) == text);  // a FIFO's reader would wait for its writer
  }
  CHECK(fs::is_fifo(folder / "fifo"));
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(entries_of(folder.path()) == 3);  // nothing beside them
}

TEST_CASE("a file that is replaced keeps its permissions, and while it is written nobody else may read it") {
  const TemporaryFolder folder;
  for (const mode_t mode : {0600u, 0640u, 0444u}) {
    const fs::path path = folder / std::to_string(mode);
    write_text(path, "old");
    REQUIRE(chmod(path.c_str(), mode) == 0);
    treino::Replacement file(path);
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (entry.path().extension() == ".tmp") CHECK(mode_of(entry.path()) == 0600);
    file.write("new");
    CHECK(read_text(path) == "old");
    file.put_in_place();
    CHECK(read_text(path) == "new");
    CHECK(mode_of(path) == mode);
  }
  {
    treino::Replacement left(folder / "never");
    left.write("new");
  }
  CHECK_FALSE(fs::exists(folder / "never"));
  CHECK(entries_of(folder.path()) == 3);
}

TEST_CASE("links are followed and stay, also to a file that is not there yet; links in a circle are refused") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink("elsewhere/target", folder / "one");
  fs::create_symlink("one", folder / "two");
  treino::replace_file(folder / "two", "new");
  CHECK(fs::is_symlink(folder / "one"));
  CHECK(fs::is_symlink(folder / "two"));
  CHECK(read_text(folder / "elsewhere/target") == "new");
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK(error_of([&] { treino::replace_file(folder / "a", "new"); }) ==
        (folder / "a").string() + ": Too many levels of symbolic links");
}

TEST_CASE("names beside the file that others have planted are neither followed nor used") {
  const TemporaryFolder folder;
  write_text(folder / "victim", "mine");
  for (const char* name : {"file.new", "file.tmp", ".file.tmp", ".file.treino-0000000000000000.tmp"})
    fs::create_symlink(folder / "victim", folder / name);
  treino::replace_file(folder / "file", "new");
  CHECK(read_text(folder / "file") == "new");
  CHECK(read_text(folder / "victim") == "mine");
  CHECK(entries_of(folder.path()) == 6);
}
