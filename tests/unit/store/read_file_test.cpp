// Reading whole files, and what is no file.
#include <sys/stat.h>

#include "store/atomic_file.hpp"
#include "store/input_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using test::store_error_of;
namespace fs = std::filesystem;

TEST_CASE("a file is read whole, NULs included") {
  test::TemporaryFolder folder;
  const std::string content("a\0b\n", 4);
  store::write_durably(folder / "file", content);
  CHECK(store::read_file(folder / "file") == content);
}

TEST_CASE("a file of /proc, whose size says 0, is read to its end") {
  CHECK(store::read_file("/proc/self/status").starts_with("Name:"));
}

TEST_CASE("a file of exactly the limit is read and a longer one refused") {
  test::TemporaryFolder folder;
  test::put_file(folder / "ten", "0123456789");
  CHECK(store::read_file(folder / "ten", 10) == "0123456789");
  CHECK(store_error_of([&] { store::read_file(folder / "ten", 9); }) ==
        (folder / "ten").string() + ": is longer than the 9 bytes allowed");
  // Its size says 0, so only the reading shows that it is too long.
  CHECK(store_error_of([] { store::read_file("/proc/self/status", 9); }) ==
        "/proc/self/status: is longer than the 9 bytes allowed");
}

TEST_CASE("what does not exist is named with the reason") {
  test::TemporaryFolder folder;
  CHECK(store_error_of([&] { store::read_file(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
}

TEST_CASE("folders, devices and pipes are not files, and a pipe is not waited for") {
  test::TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const fs::path& path : {folder.path(), fs::path("/dev/zero"), folder / "pipe"}) {
    CHECK(store_error_of([&] { store::read_file(path); }) == path.string() + ": is not a regular file");
  }
}

TEST_CASE("a read that fails is named") {
  // Page 0 of a process's memory is never there; where the system has no such file, the open fails.
  CHECK(store_error_of([] { store::read_file("/proc/self/mem"); }).starts_with("/proc/self/mem: cannot be "));
}

TEST_CASE("a file that shrinks while it is read is truncated") {
  test::TemporaryFolder folder;
  test::put_file(folder / "file", "0123456789");
  store::InputFile file(folder / "file");
  fs::resize_file(folder / "file", 4);
  std::byte bytes[10];
  CHECK(store_error_of([&] { file.read(bytes); }) == (folder / "file").string() + ": truncated: 6 bytes are missing");
}

TEST_CASE("a file that may be missing is read, and nothing is read where there is no file") {
  test::TemporaryFolder folder;
  test::put_file(folder / "file", "content");
  CHECK(store::content_or_empty(folder / "file") == "content");
  CHECK(store::content_or_empty(folder / "none").empty());
  CHECK(store::content_or_empty(folder.path()).empty());
  CHECK(store::content_or_empty("/dev/zero").empty());
}
