// The screen and log.jsonl.
#include "host/session/log.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// A terminal of 20 columns; what was written to it can be read.
class Terminal {
 public:
  Terminal() {
    winsize size{};
    size.ws_col = 20;
    size.ws_row = 5;
    setenv("TERM", "xterm", 1);
    REQUIRE(openpty(&ours_, &theirs_, nullptr, nullptr, &size) == 0);
    fcntl(ours_, F_SETFL, O_NONBLOCK);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    close(ours_);
    close(theirs_);
  }
  int descriptor() const { return theirs_; }
  std::string written() {
    char bytes[4096];
    const ssize_t size = read(ours_, bytes, sizeof bytes);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "";
  }

 private:
  int ours_ = -1, theirs_ = -1;
};

}  // namespace

TEST_CASE("text is cut by columns, not bytes, and loses control characters") {
  CHECK(host::fit("abcdef", 4) == "abcd");
  CHECK(host::fit("äöü", 2) == "äö");
  CHECK(host::fit("a\x1b[31mb\n", 20) == "a[31mb");
  CHECK(host::fit("", 5).empty());
}

TEST_CASE("a permanent line removes the status line and draws it again below") {
  Terminal terminal;
  host::Screen screen(terminal.descriptor());
  REQUIRE(screen.is_terminal());
  CHECK(screen.columns() == 20);
  screen.status("45%");
  CHECK(terminal.written() == "\r45%\x1b[K");
  screen.line("saved");
  CHECK(terminal.written() == "\r\x1b[Ksaved\r\n45%");
  screen.status("");
  CHECK(terminal.written() == "\r\x1b[K");
}

TEST_CASE("a status line never wraps") {
  Terminal terminal;
  host::Screen screen(terminal.descriptor());
  screen.status("0123456789012345678901234567890");
  CHECK(terminal.written() == "\r0123456789012345678\x1b[K");
}

TEST_CASE("no status line is written to a file") {
  const TemporaryFolder folder;
  const int file = open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600);
  {
    host::Screen screen(file);
    CHECK_FALSE(screen.is_terminal());
    CHECK(screen.columns() == 80);
    screen.status("45%");
    screen.line("done");
  }
  close(file);
  CHECK(read_text(folder / "out") == "done\n");
}

TEST_CASE("a log is one JSON object per line and continues after a cut-off one") {
  const TemporaryFolder folder;
  write_text(folder / "log.jsonl", "{\"time\":\"2026\",\"ty");
  host::Screen screen(1, true);
  host::Log log(screen);
  log.open(folder.path());
  log.record("epoch", {host::field("loss", std::nan("")), host::field("name", std::string_view("a\"b\n\xff")),
                       host::field("step", std::int64_t{3})});
  const std::string text = read_text(folder / "log.jsonl");
  CHECK(text.substr(0, 19) == "{\"time\":\"2026\",\"ty\n");
  CHECK(text.find("\"type\":\"epoch\",\"loss\":\"nan\",\"name\":\"a\\\"b\\n\xef\xbf\xbd\",\"step\":3}\n") != std::string::npos);
}

TEST_CASE("a log in a folder that is not there says so") {
  host::Screen screen(1, true);
  host::Log log(screen);
  CHECK_THROWS_WITH(log.open("/nowhere/at/all"), "/nowhere/at/all/log.jsonl: No such file or directory");
}

TEST_CASE("a full disk is reported once, and the run continues") {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "log.jsonl");
  const int file = open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600);
  {
    host::Screen screen(file);
    host::Log log(screen);
    log.open(folder.path());
    log.record("epoch", {});
    log.record("epoch", {});
  }
  close(file);
  CHECK(read_text(folder / "out") ==
        "warning: log.jsonl cannot be written (No space left on device); the run continues without it\n");
}
