// Files that are none, lie about their size, or would fill the memory.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "plugins/readers/formats/data_files.hpp"
#include "shared/readers/inflate_source.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::deflated;
using treino::test::idx;
using treino::test::TestFile;

namespace {

std::string little_endian(std::uint32_t number, int bytes) {
  std::string result;
  for (int i = 0; i < bytes; ++i) result += static_cast<char>(number >> (8 * i));
  return result;
}

struct Member {
  std::string packed;
  std::uint32_t method = 0, size = 0, checksum = 0, flags = 0;
};

/// A zip archive of a single member x.npy that claims what it is told to.
std::string zip(const Member& member) {
  const std::string name = "x.npy";
  const std::string about = little_endian(member.flags, 2) + little_endian(member.method, 2) + little_endian(0, 4) +
                            little_endian(member.checksum, 4) +
                            little_endian(static_cast<std::uint32_t>(member.packed.size()), 4) + little_endian(member.size, 4) +
                            little_endian(5, 2) + little_endian(0, 2);
  const std::string local = "PK\x03\x04" + little_endian(20, 2) + about + name + member.packed;
  const std::string entry = "PK\x01\x02" + little_endian(20, 2) + little_endian(20, 2) + about + std::string(14, '\0') + name;
  return local + entry + "PK\x05\x06" + std::string(4, '\0') + little_endian(1, 2) + little_endian(1, 2) +
         little_endian(static_cast<std::uint32_t>(entry.size()), 4) + little_endian(static_cast<std::uint32_t>(local.size()), 4) +
         little_endian(0, 2);
}

Member stored(const std::string& bytes) {
  const uLong checksum = crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  return {bytes, 0, static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(checksum), 0};
}

std::string fault_of_zip(const std::string& bytes) {
  TestFile file("a.npz", bytes);
  file.source.target_key = "";
  return file.fault();
}

}  // namespace

TEST_CASE("what is missing, a folder, a FIFO, a socket or a device is refused at once") {
  TestFile file("a.csv", "1,2\n");
  file.source.file = file.folder / "none.csv";
  CHECK(file.fault() == "none.csv: cannot be opened: No such file or directory");
  file.source.file = file.folder.path();
  CHECK_THAT(file.fault(), ContainsSubstring("expected a file, found a folder"));
  file.source.file = file.folder / "fifo.csv";
  REQUIRE(mkfifo(file.source.file.c_str(), 0600) == 0);
  CHECK(file.fault() == "fifo.csv: expected a file, found a FIFO");
  file.source.file = "/dev/zero";
  CHECK(file.fault() == "/dev/zero: expected a file, found a device");
  file.source.file = "";
  CHECK(file.fault() == "no data file is named");
  file.source.file = std::string("a\0b", 3);
  CHECK(file.fault() == "a: a NUL byte in the name");
}

TEST_CASE("a socket is not a file") {
  TestFile file("a.csv", "1,2\n");
  file.source.file = file.folder / "s";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, file.source.file.c_str(), sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  CHECK(file.fault() == "s: expected a file, found a socket");
  close(descriptor);
}

TEST_CASE("a file without the right to read it is refused") {
  const TestFile file("a.csv", "1,2\n");
  chmod(file.source.file.c_str(), 0);
  // Root reads everything; then there is nothing to see here.
  CHECK((geteuid() == 0 || file.fault() == "a.csv: cannot be opened: Permission denied"));
}

TEST_CASE("a truncated or damaged gzip file is found out") {
  const std::string packed = deflated("1,2\n3,4\n5,6\n");
  const std::string truncated = "a.csv.gz: the compressed data ends too early: the file is truncated";
  for (std::size_t length = 2; length < packed.size(); ++length) {
    CAPTURE(length);
    CHECK(TestFile("a.csv.gz", packed.substr(0, length)).fault() == truncated);
  }
  std::string flipped = packed;
  flipped[packed.size() - 8] ^= 1;  // its CRC-32
  CHECK(TestFile("a.csv.gz", flipped).fault() == "a.csv.gz: the compressed data is damaged (incorrect data check)");
  CHECK(TestFile("a.csv.gz", packed + "rubbish").fault() == "a.csv.gz: bytes after the end that are not gzip");
  CHECK(TestFile("a.csv.gz", deflated("")).fault() == "a.csv.gz: is empty");
}

TEST_CASE("a gzip bomb is stopped at 200 times its size, but not below 256 MiB") {
  using namespace treino::readers;
  CHECK(inflated_limit(57512) == 268435456);
  CHECK(inflated_limit(10000000) == 2000000000);
  CHECK(inflated_limit(~std::uint64_t{0}) == 200 * (std::uint64_t{1} << 50));
  const TestFile file("a.gz", deflated(std::string(5000, 'x')));
  const auto read_all = [&](std::uint64_t limit) {
    InflateSource source(std::make_unique<FileBytes>(std::make_shared<InputFile>(file.source.file.string())), Wrapping::gzip,
                         limit, "a.gz");
    std::vector<char> bytes(1000);
    std::size_t total = 0;
    while (const std::size_t got = source.read(bytes)) total += got;
    CHECK(total == 5000);
  };
  CHECK(file.fault_of([&] { read_all(5000); }).empty());
  CHECK_THROWS_WITH(read_all(4999), "a.gz: inflates to more than 4999 bytes, which its size does not warrant");
}

TEST_CASE("a head that promises more than the file holds costs no memory") {
  // 2^47 elements promised, three there; with gzip the file's size says nothing, without it everything.
  const std::string lie = idx(8, {0x80000000, 0x8000}, "abc");
  CHECK_THAT(TestFile("a.idx", lie).fault(), ContainsSubstring("ends after 3 of"));
  CHECK_THAT(TestFile("a.idx.gz", deflated(lie)).fault(), ContainsSubstring("ends after 3 of"));
}

TEST_CASE("zip archives that lie about their members are found out") {
  const std::string array = treino::test::read_file("tests/plugins/readers/formats/files/f8_le_c.npy");
  CHECK(fault_of_zip(zip(stored(array))).empty());
  Member packed = stored(array);
  packed.packed = deflated(array, -15);
  packed.method = 8;
  CHECK(fault_of_zip(zip(packed)).empty());

  Member smaller = packed;
  smaller.size -= 8;
  CHECK(fault_of_zip(zip(smaller)) == "a.npz: 'x.npy': inflates to more than 168 bytes, which its size does not warrant");
  Member larger = packed;
  larger.size += 8;
  CHECK(fault_of_zip(zip(larger)) == "a.npz: 'x.npy': ends 8 bytes before the size in the archive's directory");
  Member stored_smaller = stored(array);
  stored_smaller.size -= 8;
  CHECK(fault_of_zip(zip(stored_smaller)) == "a.npz: 'x.npy': holds more bytes than the archive's directory says");
  Member other = packed;
  other.checksum ^= 0xff;
  CHECK_THAT(fault_of_zip(zip(other)), ContainsSubstring("a.npz: 'x.npy': CRC-32 is "));
  Member cut = packed;
  cut.packed.resize(cut.packed.size() / 2);
  CHECK(fault_of_zip(zip(cut)) == "a.npz: 'x.npy': the compressed data ends too early: the file is truncated");
  Member encrypted = packed;
  encrypted.flags = 1;
  CHECK(fault_of_zip(zip(encrypted)) == "a.npz: 'x.npy' is encrypted");
  Member unknown = packed;
  unknown.method = 12;
  CHECK(fault_of_zip(zip(unknown)) == "a.npz: 'x.npy' is packed by method 12; expected 0 (stored) or 8 (deflated)");
  Member huge = packed;
  huge.size = 0xffffffff;
  CHECK(fault_of_zip(zip(huge)) == "a.npz: 'x.npy' is a zip64 member; expected one below 4 GiB");
}

TEST_CASE("zip archives with a damaged directory are found out") {
  const std::string good = zip(stored(treino::test::read_file("tests/plugins/readers/formats/files/f8_le_c.npy")));
  const auto changed = [&](std::size_t from_end, const std::string& bytes) {
    std::string result = good;
    return result.replace(result.size() - from_end, bytes.size(), bytes);
  };
  const std::string damaged = "a.npz: the archive's directory is damaged";
  CHECK(fault_of_zip("") == "a.npz: no zip archive, or a truncated one: the directory at its end is missing");
  CHECK(fault_of_zip(good.substr(0, good.size() - 1)) ==
        "a.npz: no zip archive, or a truncated one: the directory at its end is missing");
  CHECK(fault_of_zip(good + "behind") == "");
  CHECK(fault_of_zip(changed(6, "\xff\xff\xff\xff")) == "a.npz: a zip64 archive; expected one below 4 GiB");
  CHECK(fault_of_zip(changed(6, "\xff\xff\xff\x7f")) == damaged);
  CHECK(fault_of_zip(changed(10, "\xff\xff\xff\x7f")) == damaged);
  CHECK(fault_of_zip(changed(12, "\x02")) == damaged);                    // two members announced, one there
  CHECK(fault_of_zip(changed(22 + 5 + 46, "XX")) == damaged);             // the entry's signature
  CHECK(fault_of_zip(changed(22 + 5 + 46 - 28, "\xff\xff")) == damaged);  // a name beyond the directory's end
  CHECK(fault_of_zip(changed(22 + 5 + 4, "\x07")) == "a.npz: 'x.npy' is not where it should be");
  CHECK(fault_of_zip(changed(22 + 5 + 46 - 20, "\xff\xff\xff\x0f")) == "a.npz: 'x.npy' reaches beyond the end of the file");
}
