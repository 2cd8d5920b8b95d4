// Opening what somebody names: a regular file, or a word for what is there instead, without waiting for anybody.
#include "base/file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <fstream>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace treino;
using base::open_regular;
using base::OpenedFile;
namespace fs = std::filesystem;

namespace {

bool is_open(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }

void make_socket(const fs::path& path) {
  const base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  REQUIRE(name.size() < sizeof address.sun_path);
  std::copy(name.begin(), name.end(), address.sun_path);
  REQUIRE(bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("a regular file is open for reading, and closed to programs that are started") {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "file") << "abc";
  const OpenedFile file = open_regular(folder / "file");
  REQUIRE(file);
  CHECK(file.odd.empty());
  CHECK(file.error == 0);
  CHECK(file.size() == 3);
  CHECK((fcntl(file.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
  char text[3];
  CHECK(::read(file.descriptor.get(), text, sizeof text) == 3);
}

TEST_CASE("a folder, a FIFO without a writer, a socket and a device are named, and not opened") {
  const test::TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  make_socket(folder / "socket");
  const auto odd = [](const fs::path& path) {
    const OpenedFile file = open_regular(path);
    CHECK_FALSE(file);
    CHECK(file.error == 0);
    return file.odd;
  };
  CHECK(odd(folder.path()) == "a folder");
  CHECK(odd(folder / "fifo") == "a FIFO");
  CHECK(odd(folder / "socket") == "a socket");
  CHECK(odd("/dev/zero") == "a device");
}

TEST_CASE("what is not there, and a link where none may be, give the system's reason") {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "file") << "abc";
  fs::create_symlink(folder / "file", folder / "link");
  CHECK(open_regular(folder / "none").error == ENOENT);
  CHECK(base::reason_of(ENOENT) == "No such file or directory");
  CHECK(open_regular(folder / "link"));
  CHECK(open_regular(folder / "link", O_NOFOLLOW).error == ELOOP);
}

TEST_CASE("a descriptor has one owner, who closes it") {
  base::FileDescriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int number = one.get();
  base::FileDescriptor other = std::move(one);
  CHECK(other.get() == number);
  {
    const base::FileDescriptor last(other.release());
    CHECK_FALSE(other);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}
