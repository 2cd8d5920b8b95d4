// What may lie at a manifest's path instead of a manifest.
#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

Lines faults_of_file(const Workshop& workshop, const std::string& name) {
  Faults faults;
  read(workshop.path(name), {}, faults);
  return workshop.lines(faults);
}

}  // namespace

TEST_CASE("a byte-order mark and Windows line ends change nothing") {
  const Workshop workshop;
  CHECK(workshop.read_good("\xef\xbb\xbf" + kDigits).run.epochs == 30);
  std::string windows;
  for (const char c : kDigits) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(workshop.read_good(windows).run.epochs == 30);
  CHECK(workshop.faults(replaced(windows, "seed = 7", "sed = 7")).at(0).find("train.toml:3:1: ") == 0);
}

TEST_CASE("an empty file lacks four sections") {
  CHECK(Workshop().faults("") ==
        Lines{"train.toml: the manifest has no section [data]: train, the training data, stands there",
              "train.toml: the manifest has no section [model]: the layers stand there",
              "train.toml: the manifest has no section [optimizer]: its plugin and learning rate stand there",
              "train.toml: the manifest has no section [loss]: its plugin stands there"});
}

TEST_CASE("a missing file, a folder, a pipe and a device are one fault each, without waiting") {
  const Workshop workshop;
  REQUIRE(mkfifo(workshop.path("pipe.toml").c_str(), 0600) == 0);
  REQUIRE(mkdir(workshop.path("folder.toml").c_str(), 0700) == 0);
  CHECK(faults_of_file(workshop, "none.toml") == Lines{"none.toml: the manifest does not exist"});
  CHECK(faults_of_file(workshop, "pipe.toml") == Lines{"pipe.toml: the manifest is a FIFO, not a file"});
  CHECK(faults_of_file(workshop, "folder.toml") == Lines{"folder.toml: the manifest is a folder, not a file"});
  CHECK(faults_of_file(workshop, "/dev/zero") == Lines{"/dev/zero: the manifest is a device, not a file"});
  CHECK(faults_of_file(workshop, "train.toml/x").size() == 1);
}

TEST_CASE("a file that may not be read says so") {
  if (geteuid() == 0) return;  // root reads everything
  const Workshop workshop;
  workshop.write("closed.toml", kDigits);
  REQUIRE(chmod(workshop.path("closed.toml").c_str(), 0) == 0);
  CHECK(faults_of_file(workshop, "closed.toml") == Lines{"closed.toml: the manifest cannot be read: Permission denied"});
}

TEST_CASE("a file of 100 MB is refused, not parsed") {
  const Workshop workshop;
  workshop.write("large.toml", "");
  REQUIRE(truncate(workshop.path("large.toml").c_str(), 100'000'000) == 0);
  CHECK(faults_of_file(workshop, "large.toml") ==
        Lines{"large.toml: the manifest is larger than 4 MiB, too large for a manifest"});
}

TEST_CASE("a syntax error is one fault at its place") {
  const Workshop workshop;
  const Lines lines = workshop.faults(replaced(kDigits, "seed = 7", "seed = = 7"));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("train.toml:3:8: not TOML: ") == 0);
  CHECK(workshop.faults(kDigits + "[loss]\nplugin = \"mse\"\n").at(0).find("train.toml:25:1: not TOML: ") == 0);  // [loss] twice
  CHECK(workshop.faults("a = \"\xff\"").at(0).find("train.toml:1:5: not TOML: ") == 0);  // the place before it
  CHECK(workshop.faults(std::string("a = 1\0", 6)).size() == 1);
  CHECK(workshop.faults("[[[").at(0).find("train.toml:1:3: not TOML: ") == 0);
}

TEST_CASE("nesting of any kind and depth is a fault, not a crash") {
  const Workshop workshop;
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  CHECK(workshop.faults("a = " + repeated("[", 500'000)).size() == 1);
  CHECK(workshop.faults("a = " + repeated("{ a = ", 500'000)).size() == 1);
  CHECK(workshop.faults(repeated("a.", 500'000) + "a = 1") == Lines{"train.toml:1:32: a key of more than 16 parts"});
  CHECK(workshop.faults("x = 1\n[" + repeated("a . ", 500'000) + "a]\n") ==
        Lines{"train.toml:2:64: a key of more than 16 parts"});
  CHECK(workshop.faults("[" + repeated("\"a#\" . 'b'.", 300'000) + "a]\n") ==
        Lines{"train.toml:1:89: a key of more than 16 parts"});
}

TEST_CASE("dots in strings, comments and numbers are not nesting") {
  const std::string dots = "....................";
  const Workshop workshop;
  const std::string text = "# " + dots + "\n" + kDigits + "a = \"\\\"" + dots + "\"\nb = '" + dots + "'\nc = \"\"\"\n\"\"" +
                           dots + "\"\"\"\"\"\nd = '''" + dots + "''' # it's \"" + dots + "\n" +
                           "e = [1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]\n";
  CHECK(workshop.read_good(text).callbacks.at(0).parameters.size() == 6);
}

TEST_CASE("characters beyond ASCII may follow a backslash at the end of a line, and stand outside strings") {
  const Workshop workshop;
  const std::string text = "a = \"\"\"\\\n  \xc3\xa9\xef\xba\xbf\"\"\"\n";
  const auto parameters = workshop.read_good(kDigits + text).callbacks.at(0).parameters;
  CHECK(std::get<std::string>(parameters.back().value.data) == "\xc3\xa9\xef\xba\xbf");
  for (const std::string value : {"-'\xef\xba\xbf'", "5X={'\xde\x81'", "\"\"\"3\\\xcd\xa6\"\"\""}) {
    CAPTURE(value);
    CHECK(workshop.faults("a = " + value).size() == 1);
  }
}

TEST_CASE("a character beyond ASCII outside quotes and comments is one fault at its place") {
  const Workshop workshop;
  CHECK(workshop.faults("a = 1\xcf\xb6") ==
        Lines{"train.toml:1:6: the character U+03F6 may stand in quotes and in comments only"});
  CHECK(workshop.faults("# \xcf\xb6\nb = \"\xcf\xb6\" \xf0\x9f\x99\x82") ==
        Lines{"train.toml:2:9: the character U+1F642 may stand in quotes and in comments only"});
  CHECK(workshop.faults("\xff = 1") == Lines{"train.toml:1:1: the byte 0xFF may stand in quotes and in comments only"});
  CHECK(workshop.faults("a\xe2\x82") == Lines{"train.toml:1:2: the byte 0xE2 may stand in quotes and in comments only"});
  CHECK(workshop.read_good("\xef\xbb\xbf# \xc3\xa9\n" + kDigits).run.name.value == "digits");
}
