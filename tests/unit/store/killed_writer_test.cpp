// Writers that race or die at any moment: readers see one whole file, the old or the new.
#include <atomic>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "store/atomic_file.hpp"
#include "store/input_file.hpp"
#include "store/leftovers.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
namespace fs = std::filesystem;

namespace {

/// Of one letter, of a length that depends on it: anything mixed or cut shows.
std::string content_of(char letter) { return std::string(100'000 + 1000 * static_cast<std::size_t>(letter), letter); }

bool is_whole(const std::string& content) { return !content.empty() && content == content_of(content[0]); }

int write_forever(const fs::path& path, const std::string& letters) {
  for (std::size_t i = 0;; ++i) store::write_durably(path, content_of(letters[i % letters.size()]));
}

}  // namespace

TEST_CASE("a writer killed at any moment leaves the old file or the new one, whole, and its leftovers can be removed") {
  test::TemporaryFolder folder;
  const fs::path path = folder / "state";
  store::write_durably(path, content_of('a'));
  std::mt19937 random(7);
  std::size_t leftovers = 0;
  for (int round = 0; round < 60; ++round) {
    const pid_t child = test::start_child([&] { return write_forever(path, "abcdefghij"); });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    kill(child, SIGKILL);
    REQUIRE(test::wait_for(child) == -SIGKILL);
    REQUIRE(is_whole(store::read_file(path)));
    leftovers += test::files_in(folder.path()) - 1;
    store::remove_leftovers(path);
    REQUIRE(test::files_in(folder.path()) == 1);
  }
  CHECK(leftovers > 0);  // else the kills came too late to show anything
}

TEST_CASE("two processes that write one file at once both succeed, and readers see only whole files") {
  test::TemporaryFolder folder;
  const fs::path path = folder / "state";
  store::write_durably(path, content_of('a'));
  const auto writer = [&](const char* letters) {
    return test::start_child([&] {
      for (int i = 0; i < 40; ++i) store::write_durably(path, content_of(letters[i % 3]));
      return 0;
    });
  };
  const pid_t first = writer("abc"), second = writer("xyz");
  for (int i = 0; i < 200; ++i) REQUIRE(is_whole(store::read_file(path)));
  CHECK(test::wait_for(first) == 0);
  CHECK(test::wait_for(second) == 0);
  CHECK(is_whole(store::read_file(path)));
  CHECK(test::files_in(folder.path()) == 1);
}

TEST_CASE("a cleaner that runs all the time does no harm to living writers") {
  test::TemporaryFolder folder;
  const fs::path path = folder / "state";
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::thread cleaner([&] {
    while (!done) failures += test::store_error_of([&] { store::remove_leftovers(path); }).empty() ? 0 : 1;
  });
  for (int i = 0; i < 300; ++i) failures += test::store_error_of([&] { store::write_durably(path, "content"); }).empty() ? 0 : 1;
  done = true;
  cleaner.join();
  CHECK(failures == 0);
  CHECK(store::read_file(path) == "content");
  CHECK(test::files_in(folder.path()) == 1);
}
