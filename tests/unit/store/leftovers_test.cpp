// Temporary files of killed writers: removed, and nothing else with them.
#include "store/leftovers.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>

#include "store/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
namespace fs = std::filesystem;

TEST_CASE("only this module's temporaries of that very file are removed") {
  test::TemporaryFolder folder;
  const std::string others[] = {".other.treino-1-2-3.tmp", ".model.treino-notes.tmp",  ".model.tmp", "model.treino-1-2-3.tmp",
                                ".model.treino-1-2-3",     ".model2.treino-1-2-3.tmp", "model"};
  for (const std::string& name : others) test::put_file(folder / name, "mine");
  test::put_file(folder / ".model.treino-12-9f-0.tmp", "half");
  store::remove_leftovers(folder / "model");
  CHECK_FALSE(fs::exists(folder / ".model.treino-12-9f-0.tmp"));
  for (const std::string& name : others) CHECK(fs::exists(folder / name));
}

TEST_CASE("what is called like a temporary but is a folder, a link or a pipe stays") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / ".model.treino-1-1-1.tmp");
  test::put_file(folder / "target", "");
  fs::create_symlink("target", folder / ".model.treino-1-1-2.tmp");
  REQUIRE(mkfifo((folder / ".model.treino-1-1-3.tmp").c_str(), 0600) == 0);
  store::remove_leftovers(folder / "model");
  CHECK(test::files_in(folder.path()) == 4);
}

TEST_CASE("the temporary of a living writer stays") {
  test::TemporaryFolder folder;
  store::AtomicFile file(folder / "model");
  store::remove_leftovers(folder / "model");
  CHECK(test::files_in(folder.path()) == 1);
  file.commit();
  CHECK(fs::exists(folder / "model"));
}

TEST_CASE("leftovers are looked for where a link leads") {
  test::TemporaryFolder folder;
  fs::create_directories(folder / "disk");
  fs::create_symlink("disk/model", folder / "link");
  test::put_file(folder / "disk/.model.treino-1-2-3.tmp", "half");
  store::remove_leftovers(folder / "link");
  CHECK(test::files_in(folder / "disk") == 0);
}

TEST_CASE("where there is no folder there are no leftovers") {
  test::TemporaryFolder folder;
  CHECK_NOTHROW(store::remove_leftovers(folder / "none/model"));
}

TEST_CASE("leftovers that cannot be looked for or removed are an error") {
  test::TemporaryFolder folder;
  test::put_file(folder / "file", "");
  CHECK(test::contains(test::store_error_of([&] { store::remove_leftovers(folder / "file/model"); }),
                       "the folder \"" + (folder / "file").string() + "\" cannot be opened: Not a directory"));

  test::put_file(folder / ".model.treino-1-2-3.tmp", "half");
  const auto error_with_failing = [&](int system_call, const std::string& text) {
    const pid_t child = test::start_child([&] {
      if (!test::make_fail(system_call, EIO)) return 0;
      return test::contains(test::store_error_of([&] { store::remove_leftovers(folder / "model"); }), text) ? 0 : 1;
    });
    return test::wait_for(child);
  };
  CHECK(error_with_failing(SYS_unlinkat, "model: \".model.treino-1-2-3.tmp\" cannot be removed: Input/output error") == 0);
  CHECK(error_with_failing(SYS_fcntl, "model: its folder cannot be listed: Input/output error") == 0);
}
