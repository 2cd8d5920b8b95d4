// What AtomicFile does when the system refuses: the disk is full, a file size limit is reached, fsync() reports an I/O error.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "store/input_file.hpp"
#include "store/leftovers.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_read.hpp"
#include "store/safetensors_write.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/store/child_process.hpp"
#include "unit/store/store_error.hpp"

using namespace treino;
using test::contains;
using test::store_error_of;
namespace fs = std::filesystem;

namespace {

constexpr int skipped = 77;

/// In a child: makes `system_call` fail, overwrites `path` and expects the error to contain `text`.
int overwrite_with_failing(const fs::path& path, int system_call, int error, const std::string& text, int first_argument = -1) {
  const pid_t child = test::start_child([&] {
    if (!test::make_fail(system_call, error, first_argument)) return skipped;
    const std::string message = store_error_of([&] { store::write_durably(path, "new"); });
    return message.starts_with(path.string()) && contains(message, text) ? 0 : 1;
  });
  return test::wait_for(child);
}

int lowest_free_descriptor() {
  const int descriptor = open("/dev/null", O_RDONLY);
  close(descriptor);
  return descriptor;
}

}  // namespace

TEST_CASE("a full disk is an error that leaves the old file and no other") {
  test::TemporaryFolder folder;
  const pid_t child = test::start_child([&] {
    // Mounts of a namespace of its own: nobody else sees them, and they go with the child.
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", folder.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
      return skipped;
    }
    store::write_durably(folder / "model", "old");
    const std::string message = store_error_of([&] { store::write_durably(folder / "model", std::string(1'000'000, 'n')); });
    if (message != (folder / "model").string() + ": cannot be written: No space left on device") return 1;
    return store::read_file(folder / "model") == "old" && test::files_in(folder.path()) == 1 ? 0 : 2;
  });
  const int status = test::wait_for(child);
  if (status == skipped) WARN("skipped: this system lets us mount no small file system");
  CHECK((status == 0 || status == skipped));
}

TEST_CASE("a write that is cut short continues, and the error after it gives the file up") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "model", "old");
  const pid_t child = test::start_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{3'000'000, 3'000'000};  // a write across the limit is shortened to it; the next one fails with EFBIG
    setrlimit(RLIMIT_FSIZE, &limit);
    store::AtomicFile file(folder / "model");
    const std::string message = store_error_of([&] { file.write(std::string(5'000'000, 'n')); });
    if (message != (folder / "model").string() + ": cannot be written: File too large") return 1;
    if (test::files_in(folder.path()) != 1) return 2;
    return contains(store_error_of([&] { file.commit(); }), "given up after an error") ? 0 : 3;
  });
  CHECK(test::wait_for(child) == 0);
  CHECK(store::read_file(folder / "model") == "old");
}

TEST_CASE("a system call that fails on the way is named, and the old file stays") {
  test::TemporaryFolder folder;
  const fs::path path = folder / "model";
  store::write_durably(path, "old");
  const auto status = [&](int system_call, const std::string& text) {
    return overwrite_with_failing(path, system_call, EIO, text);
  };
  const int first = status(SYS_write, "cannot be written: Input/output error");
  if (first == skipped) {
    WARN("skipped: this system lets us filter no system calls");
    return;
  }
  CHECK(first == 0);
  CHECK(status(SYS_fchmod, "cannot be given the old file's permissions: Input/output error") == 0);
  CHECK(status(SYS_fsync, "cannot be brought to the disk: Input/output error") == 0);
  CHECK(status(SYS_renameat, "cannot be put in place: Input/output error") == 0);
  CHECK(store::read_file(path) == "old");
  CHECK(test::files_in(folder.path()) == 1);
}

TEST_CASE("a file system that has no way past its cache takes large files through it") {
  test::TemporaryFolder folder;
  const fs::path path = folder / "tensors";
  std::vector<float> values(2'000'000);  // 8 MB: some blocks and a rest
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const store::StoredTensor tensors[] = {
      {"values", store::DType::F32, {2'000'000}, std::as_bytes(std::span(values))},
  };
  const auto run_with = [&](int system_call, int error) {
    const pid_t child = test::start_child([&] {
      if (!test::make_fail(system_call, error)) return skipped;
      store::write_tensors(path, tensors, {});
      store::check_tensors(path);
      return 0;
    });
    return test::wait_for(child);
  };
  const int status = run_with(SYS_fcntl, EINVAL);
  CHECK((status == 0 || status == skipped));
  const store::TensorFile file(path);
  CHECK(std::memcmp(file.find("values")->bytes.data(), values.data(), values.size() * sizeof(float)) == 0);
}

TEST_CASE("a disk that cannot read a file back is named") {
  test::TemporaryFolder folder;
  const std::vector<float> values(2'000'000);
  const store::StoredTensor tensors[] = {
      {"values", store::DType::F32, {2'000'000}, std::as_bytes(std::span(values))},
  };
  store::write_tensors(folder / "tensors", tensors, {});
  const pid_t child = test::start_child([&] {
    if (!test::make_fail(SYS_pread64, EIO)) return skipped;
    const std::string message = store_error_of([&] { store::check_tensors(folder / "tensors"); });
    return message == (folder / "tensors").string() + ": cannot be read: Input/output error" ? 0 : 1;
  });
  const int status = test::wait_for(child);
  CHECK((status == 0 || status == skipped));
}

TEST_CASE("when only the folder cannot be synced, the new file is in place and the error says so") {
  test::TemporaryFolder folder;
  store::write_durably(folder / "model", "old");
  // The folder is the first thing that AtomicFile opens.
  const int status = overwrite_with_failing(folder / "model", SYS_fsync, EIO, "is in place, but may not survive a power cut",
                                            lowest_free_descriptor());
  if (status == skipped) return;
  CHECK(status == 0);
  CHECK(store::read_file(folder / "model") == "new");
}

TEST_CASE("a file system that takes no new files is named as the reason") {
  test::TemporaryFolder folder;
  // Only the temporary is opened relative to the folder's descriptor.
  const int status = overwrite_with_failing(folder / "model", SYS_openat, EROFS,
                                            "its temporary file cannot be made: Read-only file system", lowest_free_descriptor());
  CHECK((status == 0 || status == skipped));
  CHECK(test::files_in(folder.path()) == 0);
}

TEST_CASE("a file system that cannot sync folders is not an error") {
  test::TemporaryFolder folder;
  const int descriptor = lowest_free_descriptor();
  const pid_t child = test::start_child([&] {
    if (!test::make_fail(SYS_fsync, EINVAL, descriptor)) return skipped;
    store::write_durably(folder / "model", "new");
    return 0;
  });
  const int status = test::wait_for(child);
  CHECK((status == 0 || status == skipped));
}

TEST_CASE("on a file system without locks files are written, and leftovers stay") {
  test::TemporaryFolder folder;
  test::put_file(folder / ".model.treino-1-2-3.tmp", "half");
  const pid_t child = test::start_child([&] {
    if (!test::make_fail(SYS_flock, ENOLCK)) return skipped;
    store::write_durably(folder / "model", "new");
    store::remove_leftovers(folder / "model");
    return fs::exists(folder / ".model.treino-1-2-3.tmp") ? 0 : 1;
  });
  const int status = test::wait_for(child);
  CHECK((status == 0 || status == skipped));
}
