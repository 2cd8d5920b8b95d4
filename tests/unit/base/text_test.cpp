// Text from outside on its way to a terminal.
#include "base/text.hpp"

#include "support/catch.hpp"

using namespace treino;

TEST_CASE("text without control characters stays as it is") {
  for (const char* text : {"", "a b", "naïve ü € 語 😀", "back\\slash \\x1b", "\xc2\xa0"}) {
    CHECK(base::clean_line(text) == text);
    CHECK(base::is_clean_line(text));
  }
}

TEST_CASE("control characters, line ends and marks of direction are shown as escapes") {
  CHECK(base::clean_line("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
  CHECK(base::clean_line("a\nb\tc\r") == "a\\x0ab\\x09c\\x0d");
  CHECK(base::clean_line(std::string_view("\0\x7f", 2)) == "\\x00\\x7f");
  CHECK(base::clean_line("\xc2\x9b"
                         "2J") == "\\u009b2J");  // CSI as one character
  CHECK(base::clean_line("exe\xe2\x80\xae"
                         "gpj") == "exe\\u202egpj");  // right-to-left override
  CHECK(base::clean_line("a\xe2\x80\xa8"
                         "b") == "a\\u2028b");  // a separator of lines
  for (const char* text : {"\x1b", "a\nb", "\xc2\x85", "\xe2\x80\xae"}) CHECK_FALSE(base::is_clean_line(text));
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  CHECK(base::clean_line("\xff\xc3") == "\\xff\\xc3");
  CHECK(base::clean_line("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(base::clean_line("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
  CHECK(base::clean_line("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond 10FFFF
  CHECK(base::clean_line("\xe2\x82"
                         "x") == "\\xe2\\x82x");
  CHECK_FALSE(base::is_clean_line("\xff"));
}

TEST_CASE("a text of several lines keeps line ends and tabs, and nothing else") {
  CHECK(base::clean_text("a\n\tb\r\n\x1b[2J") == "a\n\tb\\x0d\n\\x1b[2J");
}

TEST_CASE("every occurrence is replaced, from left to right, and what is put in is not searched again") {
  CHECK(base::replaced("a-b-c", "-", "+") == "a+b+c");
  CHECK(base::replaced("aaa", "aa", "b") == "ba");
  CHECK(base::replaced("x", "x", "xx") == "xx");
  CHECK(base::replaced("one two", "one ", "") == "two");
  CHECK(base::replaced("abc", "d", "e") == "abc");
  CHECK(base::replaced("", "d", "e").empty());
}
