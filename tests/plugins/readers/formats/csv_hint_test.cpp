// Files in another form than their description says: the error names the key that would say it.
#include <limits>

#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;

namespace {

std::string fault_with_hint(const std::string& text, char delimiter = ',', const std::vector<Source::Column>& target = {}) {
  TestFile file("a.csv", text);
  file.source.delimiter = delimiter;
  file.source.target = target;
  if (text[0] >= '0' && text[0] <= '9') file.source.header = false;  // a lone text would pass for one
  return file.fault();
}

}  // namespace

TEST_CASE("another delimiter is recognized in a field, a header and a single column") {
  CHECK(fault_with_hint("1;2;3\n4;5;6\n") ==
        "a.csv:1:1: expected a number, found '1;2;3'; is ';' the delimiter? Then set delimiter = \";\"");
  CHECK(fault_with_hint("1\t2\n") ==
        "a.csv:1:1: expected a number, found '1\\x092'; is a tab the delimiter? Then set delimiter = \"\\t\"");
  CHECK(fault_with_hint("a|b\n1|2\n") ==
        "a.csv:2:1: expected a number, found '1|2' (column 'a|b'); is '|' the delimiter? Then set delimiter = \"|\"");
  CHECK(fault_with_hint("1 2  3\n") ==
        "a.csv:1:1: expected a number, found '1 2  3'; is a blank the delimiter? Then set delimiter = \" \"");
  CHECK(fault_with_hint("1,2\n", ';') ==
        "a.csv:1:1: expected a number, found '1,2'; numbers are written with a point: replace decimal commas, "
        "there is no key for them");
  CHECK(fault_with_hint("1,2,3\n", ';') ==
        "a.csv:1:1: expected a number, found '1,2,3'; is ',' the delimiter? Then set delimiter = \",\"");
  CHECK(fault_with_hint("a;b\n1;2\n", ',', {std::string("b")}) ==
        "a.csv: no column 'b'. It has: 'a;b'; is ';' the delimiter? Then set delimiter = \";\"");
  CHECK(fault_with_hint("a;b\n1;2\n", ',', {std::int64_t{-1}}) ==
        "a.csv: no column is left for features; is ';' the delimiter? Then set delimiter = \";\"");
  CHECK(fault_with_hint("1;2\n", ',', {std::int64_t{1}}) ==
        "a.csv: no column 1; it has 1 columns, counted from 0, or from -1 backwards; is ';' the delimiter? Then set delimiter = "
        "\";\"");
  CHECK(fault_with_hint("1,2\n3,a word\n") ==
        "a.csv:2:2: expected a number, found 'a word'; if it stands for a missing value, set missing_markers = ['a word']; if "
        "the column holds words, name the columns that are features with features = [...], or this one with target");
}

TEST_CASE("decimal commas have no key: the fault says to replace them") {
  CHECK(fault_with_hint("1,5;2,5\n", ';') ==
        "a.csv:1:1: expected a number, found '1,5'; numbers are written with a point: replace decimal commas, there is no key "
        "for them");
  CHECK(fault_with_hint("1,2\n\"3,5\",4\n") ==
        "a.csv:2:1: expected a number, found '3,5'; numbers are written with a point: replace decimal commas, there is no key "
        "for them");
}

TEST_CASE("a line that tells Excel the delimiter names skip_lines and delimiter") {
  CHECK(fault_with_hint("sep=;\na;b\n1;2\n") ==
        "a.csv:1: 'sep=;' is no row of the table; set skip_lines = 1 and delimiter = \";\"");
  CHECK(fault_with_hint("sep=;\na;b\n1;2\n", ';') ==
        "a.csv:1: 'sep=' is no row of the table; set skip_lines = 1 and delimiter = \";\"");
  CHECK(fault_with_hint("sep=\t\n1\t2\n") ==
        "a.csv:1: 'sep=' is no row of the table; set skip_lines = 1 and delimiter = \"\\t\"");
}

TEST_CASE("comment lines name skip_lines, and a header that begins with # stays one") {
  CHECK(fault_with_hint("# made by us\n# on Monday\n1,2\n3,4\n") ==
        "a.csv:1: '# made by us' is a comment and no row of the table; set skip_lines = 2");
  CHECK(fault_with_hint("1,2\n# note,4\n") ==
        "a.csv:2:1: expected a number, found '# note'; is this a comment? Remove it, or, if comments are the first lines, set "
        "skip_lines to their number");
  TestFile header("a.csv", "#x,y\n1,2\n");
  CHECK(header.read().feature_names == std::vector<std::string>{"#x", "y"});
  TestFile skipped("a.csv", "# a\n# b\n1,2\n");
  skipped.source.skip_lines = 2;
  CHECK(skipped.read().count == 1);
}

TEST_CASE("skip_lines of any size ends with the file") {
  TestFile file("a.csv", "1,2\n3,4\n");
  for (const std::int64_t lines : {std::int64_t{3}, std::int64_t{1} << 32, std::numeric_limits<std::int64_t>::max()}) {
    file.source.skip_lines = lines;
    CHECK(file.fault() == "a.csv: is empty after the lines to skip");
  }
  file.source.skip_lines = 1;
  CHECK(file.read().features == std::vector<float>{3, 4});
}
