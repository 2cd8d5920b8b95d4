// Things that lie in plugins folders and are no plugins: one line each, no crash, no waiting.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "host/library/finder.hpp"
#include "robustness/hostile/file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::inspect;

namespace {

std::string refusal(const std::filesystem::path& path) { return inspect(path, true).refusal; }

}  // namespace

TEST_CASE("files that are not libraries are told apart") {
  const TemporaryFolder folder;
  CHECK(refusal(write_file(folder / "empty.so", "")) == "is empty");
  CHECK(refusal(write_file(folder / "text.so", "INPUT(libhuber.a)\n")) == "is a text file, not an ELF library");
  CHECK(refusal(write_file(folder / "noise.so", std::string("\x01\x02\x03\x04", 4))) == "is not an ELF library");
  CHECK(refusal(folder / "nothing.so") == "cannot be read: No such file or directory");
}

TEST_CASE("only regular files are opened") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "fifo.so").c_str(), 0600) == 0);
  CHECK(refusal(folder / "fifo.so") == "is not a regular file but a FIFO");
  std::filesystem::create_directory(folder / "folder.so");
  CHECK(refusal(folder / "folder.so") == "is not a regular file but a folder");
  std::filesystem::create_symlink("/dev/null", folder / "device.so");
  CHECK(refusal(folder / "device.so") == "is not a regular file but a device");

  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (folder / "socket.so").c_str(), sizeof address.sun_path - 1);
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(refusal(folder / "socket.so") == "is not a regular file but a socket");
  close(listener);
}

TEST_CASE("links are followed, and those that lead nowhere named") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(sample_path("good/halving.so"), folder / "good.so");
  std::filesystem::create_symlink("gone.so", folder / "dangling.so");
  std::filesystem::create_symlink("circle.so", folder / "circle.so");
  CHECK(refusal(folder / "good.so").empty());
  CHECK(refusal(folder / "dangling.so") == "is a link to a file that does not exist");
  CHECK(refusal(folder / "circle.so") == "cannot be read: Too many levels of symbolic links");
}

TEST_CASE("a huge file is not read") {
  const TemporaryFolder folder;
  write_file(folder / "huge.so",
             "\x7f"
             "ELF");
  std::filesystem::resize_file(folder / "huge.so", std::uint64_t{1} << 40);
  CHECK(refusal(folder / "huge.so") == "is too large: 1048576 MiB, a plugin has at most 256");
}

TEST_CASE("a file that may not be read says so") {
  const TemporaryFolder folder;
  const auto path = write_file(folder / "secret.so", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  if (access(path.c_str(), R_OK) == 0) {
    WARN("this user may read everything: skipped");
    return;
  }
  CHECK(refusal(path) == "cannot be read: Permission denied");
}

TEST_CASE("libraries for other machines are named") {
  const TemporaryFolder folder;
  const std::string good = read_file(sample_path("good/halving.so"));
  // Offsets of the ELF header: 4 class, 5 byte order, 16 type, 18 machine.
  const auto refusal_with = [&](auto offset, auto number) {
    return refusal(write_file(folder / "other.so", with(good, offset, number)));
  };
#if defined(__x86_64__)
  const std::string host = ", this host is x86-64";
  CHECK(refusal_with(18u, std::uint16_t{183}) == "is for aarch64" + host);
#else
  const std::string host = ", this host is aarch64";
  CHECK(refusal_with(18u, std::uint16_t{62}) == "is for x86-64" + host);
#endif
  CHECK(refusal_with(18u, std::uint16_t{3}) == "is for 32-bit x86" + host);
  CHECK(refusal_with(18u, std::uint16_t{40}) == "is for 32-bit arm" + host);
  CHECK(refusal_with(18u, std::uint16_t{243}) == "is for riscv" + host);
  CHECK(refusal_with(18u, std::uint16_t{21}) == "is for ppc64" + host);
  CHECK(refusal_with(18u, std::uint16_t{22}) == "is for s390" + host);
  CHECK(refusal_with(18u, std::uint16_t{4711}) == "is for another machine (ELF number 4711)" + host);
  CHECK(refusal_with(4u, std::uint8_t{1}) == "is a 32-bit library, this host is a 64-bit program");
  CHECK(refusal_with(5u, std::uint8_t{2}) == "is for a machine of another byte order");
  CHECK(refusal_with(16u, std::uint16_t{1}) == "is an ELF file, but not a shared library");
}

TEST_CASE("a half-copied library is refused at whatever byte the copy stopped, and before it is loaded") {
  const TemporaryFolder folder;
  const std::string good = read_file(sample_path("good/halving.so"));
  CHECK(refusal(write_file(folder / "cut.so", good.substr(0, 40))) == "is truncated: 40 bytes, less than an ELF header");
  CHECK(refusal(write_file(folder / "cut.so", good.substr(0, 100))).starts_with("is truncated: 100 of at least "));
  const std::string all = std::to_string(good.size());
  CHECK(refusal(write_file(folder / "cut.so", good.substr(0, 5000))) == "is truncated: 5000 of " + all + " bytes");
  CHECK(refusal(write_file(folder / "cut.so", good.substr(0, good.size() - 1))) ==
        "is truncated: " + std::to_string(good.size() - 1) + " of " + all + " bytes");
  for (std::size_t size = 0; size < good.size(); size += 97)
    if (refusal(write_file(folder / "cut.so", good.substr(0, size))).empty()) FAIL("taken although cut at " << size);
}

TEST_CASE("a whole plugins folder of bad files costs one line each and leaves the good ones") {
  const TemporaryFolder folder;
  write_file(folder / "a_text.so", "no library");
  REQUIRE(mkfifo((folder / "b_fifo.so").c_str(), 0600) == 0);
  write_file(folder / "c_cut.so", read_file(sample_path("good/plain.so")).substr(0, 3000));
  write_file(folder / "notes.txt", "not looked at");
  std::filesystem::create_directory(folder / "schedulers");
  std::filesystem::copy(sample_path("good/halving.so"), folder / "schedulers");
  const auto found = treino::host::find_plugins({{folder.path(), folder / "no such folder", folder / "notes.txt"}, false});
  REQUIRE(found.size() == 5);
  CHECK(found[0].refusal == "is a text file, not an ELF library");
  CHECK(found[1].refusal == "is not a regular file but a FIFO");
  CHECK(found[2].refusal.starts_with("is truncated: 3000 of "));
  CHECK(found[3].refusal.empty());
  CHECK(found[3].descriptions.at(0).id == "halving");
  CHECK(found[4].path == folder / "notes.txt");
  CHECK(found[4].refusal == "cannot be searched for plugins: Not a directory");
}
