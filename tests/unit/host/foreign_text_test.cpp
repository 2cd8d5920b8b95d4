// What plugins hand over as text: lines, messages, names of scalars.
#include <fcntl.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"
#include "unit/host/components.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// What a screen writes to a file.
template <class Use>
std::string written(Use&& use) {
  const TemporaryFolder folder;
  const int file = open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600);
  {
    host::Screen screen(file);
    use(screen);
  }
  close(file);
  return read_text(folder / "out");
}

}  // namespace

TEST_CASE("a line of a plugin's reaches the screen as one line without control characters") {
  CHECK(written([](host::Screen& screen) { screen.line("\x1b]0;title\x07 a\nb"); }) == "\\x1b]0;title\\x07 a\\x0ab\n");
}

TEST_CASE("a message of a plugin's cannot forge another") {
  const std::string text = written([](host::Screen& screen) {
    host::Log log(screen);
    log.message(host::Log::Level::warning, "plug\x1b[1m", "a\nwarning: b");
  });
  CHECK(text == "warning: plug\\x1b[1m: a\\x0awarning: b\n");
}

TEST_CASE("the name of a scalar is UTF-8 without control characters, not empty") {
  host::Scalars numbers;
  CHECK_THROWS_WITH(numbers.add("", TREINO_NO_DIRECTION, "x"), "the name of a scalar is not empty");
  CHECK_THROWS_WITH(numbers.add("a\x1b[2J", TREINO_NO_DIRECTION, "x"),
                    "the name of a scalar is UTF-8 without control characters, and 'a\\x1b[2J' is not");
  CHECK_THROWS_WITH(numbers.add("\xff", TREINO_NO_DIRECTION, "x"),
                    "the name of a scalar is UTF-8 without control characters, and '\\xff' is not");
  CHECK(numbers.add("größe", TREINO_NO_DIRECTION, "x") == 0);
}
