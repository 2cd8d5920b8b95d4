// Faults of CSV files: each named by its line and field, with what was expected.
#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;

namespace {

std::string fault(const std::string& text) { return TestFile("a.csv", text).fault(); }

}  // namespace

TEST_CASE("a word, a hexadecimal number and an infinity are not numbers") {
  CHECK(fault("1,2\n3,abc\n") ==
        "a.csv:2:2: expected a number, found 'abc'; if it stands for a missing value, set missing_markers = ['abc']; if the "
        "column holds words, name the columns that are features with features = [...], or this one with target");
  CHECK(fault("1,2\n0x10,4\n") == "a.csv:2:1: expected a number, found '0x10'");
  CHECK(fault("1,2\n3,inf\n") == "a.csv:2:2: expected a finite number, found 'inf'");
  CHECK(fault("1,2\n3,-Infinity\n") == "a.csv:2:2: expected a finite number, found '-Infinity'");
  CHECK(fault("1,2\n3,1.5.2\n") == "a.csv:2:2: expected a number, found '1.5.2'");
  CHECK(fault("1,2\n3,++4\n") == "a.csv:2:2: expected a number, found '++4'");
  CHECK(fault("1,2\n3,1e\n") == "a.csv:2:2: expected a number, found '1e'");
}

TEST_CASE("NaN is never a number, even when it is not a marker") {
  TestFile file("a.csv", "1,2\n3,nan\n");
  file.source.missing_markers = {};
  CHECK(file.fault() == "a.csv:2:2: expected a finite number, found 'nan'");
}

TEST_CASE("an empty field that is not a marker is not a number") {
  TestFile file("a.csv", "1,2\n3,\n");
  file.source.missing_markers = {};
  CHECK(file.fault() == "a.csv:2:2: expected a number, found ''");
}

TEST_CASE("numbers beyond float are refused, not made infinite") {
  CHECK(fault("1,2\n3,1e400\n") == "a.csv:2:2: expected a number within the range of 32-bit floats, found '1e400'");
  CHECK(fault("1,2\n-4e38,1\n") == "a.csv:2:1: expected a number within the range of 32-bit floats, found '-4e38'");
  CHECK(fault("1,2\n1000e399,1\n") == "a.csv:2:1: expected a number within the range of 32-bit floats, found '1000e399'");
  CHECK(fault("1,2\n1e99999999999999999999,1\n") ==
        "a.csv:2:1: expected a number within the range of 32-bit floats, found '1e99999999999999999999'");
}

TEST_CASE("ragged rows are named with what was expected and found") {
  CHECK(fault("1,2,3\n4,5\n") == "a.csv:2:2: expected 3 fields, found 2");
  CHECK(fault("1,2\n3,4,5,6\n7,8\n") == "a.csv:2:3: expected 2 fields, found 4");
  CHECK(fault("1,2\n3,4,\n") == "a.csv:2:3: expected 2 fields, found 3");
}

TEST_CASE("an empty line between rows of a single column is refused, at the end it is not") {
  CHECK(fault("1\n2\n\n3\n") == "a.csv:3:1: an empty line between rows of a single column; write NA for a missing value");
  CHECK(fault("1\n2\n\n\n").empty());
}

TEST_CASE("empty files and headers alone have no rows") {
  CHECK(fault("") == "a.csv: is empty");
  CHECK(fault("\n\n  \n") == "a.csv: is empty");
  CHECK(fault("\xef\xbb\xbf") == "a.csv: is empty");
  CHECK(fault("a,b\n") == "a.csv: a header, but no rows below it");
  TestFile file("a.csv", "a,b\n");
  CHECK(file.fault_of([&] { outline(file.source); }) == "a.csv: a header, but no rows below it");
  TestFile told("a.csv", "1,2\n");
  told.source.header = true;
  CHECK(told.fault() == "a.csv: a header, but no rows below it");
}

TEST_CASE("lone quotes are refused where they are") {
  CHECK(fault("1,2\n3,\"4\n5,6\n") == "a.csv:2:2: a quoted field that is never closed");
  CHECK(fault("1,2\n3,\"4\"5\n") == "a.csv:2:2: text after the closing quote; a quote within a quoted field has to be doubled");
  CHECK(fault("1,2\n3,4\"\n") ==
        "a.csv:2:2: a quote within an unquoted field; a field with quotes has to be quoted, with each quote doubled");
}

TEST_CASE("a quote that is never closed does not swallow a large file") {
  CHECK(fault("1,2\n\"" + std::string(3 << 20, 'x')) ==
        "a.csv:2:1: a quoted field of more than 1 MiB; is its quote ever closed?");
  CHECK(fault("1,2\n" + std::string(3 << 20, 'x')) == "a.csv:2:1: a field of more than 1 MiB");
}

TEST_CASE("a file of a single endless line is refused") {
  std::string text;
  for (int i = 0; i < 1100000; ++i) text += "1,";
  CHECK(fault(text) == "a.csv:1:1048576: more than 1048576 columns");
}

TEST_CASE("NUL bytes and UTF-16 are not text") {
  CHECK(fault(std::string("1,2\n3,\0004\n", 9)) == "a.csv:2:2: a NUL byte; expected text");
  CHECK(fault(std::string("1,2\n3,\"\0004\"\n", 11)) == "a.csv:2:2: a NUL byte; expected text");
  CHECK(fault(std::string("\xff\xfe"
                          "1\0",
                          4)) == "a.csv: UTF-16 text; expected UTF-8");
}

TEST_CASE("text that is not UTF-8 is refused where it would name something") {
  CHECK(fault("gr\xf6\xdf"
              "e,b\n1,2\n") ==
        "a.csv: the column name 'gr\xf6\xdf"
        "e' is no UTF-8 text");
  TestFile file("a.csv", "1,M\xfcller\n2,Meier\n");
  file.source.target = {std::int64_t{1}};
  CHECK(file.fault() == "a.csv: the class name 'M\xfcller' is no UTF-8 text");
}

TEST_CASE("found text is cut and its control characters are spelled out") {
  CHECK(fault("1,2\n3,\"\x1b[31m\x07\"\n") == "a.csv:2:2: expected a number, found '\\x1b[31m\\x07'");
  CHECK(fault("1,2\n3," + std::string(100, 'y') + "\n") ==
        "a.csv:2:2: expected a number, found '" + std::string(40, 'y') + "...'");
}

TEST_CASE("a wrong column name gets the nearest right one") {
  TestFile file("a.csv", "x,y,label\n1,2,3\n");
  file.source.target = {std::string("lable")};
  CHECK(file.fault() == "a.csv: no column 'lable'. Did you mean 'label'? It has: 'x', 'y', 'label'");
  file.source.target = {std::string("temperature")};
  CHECK(file.fault() == "a.csv: no column 'temperature'. It has: 'x', 'y', 'label'");
}

TEST_CASE("columns that cannot be chosen are explained") {
  TestFile file("a.csv", "x,x,y\n1,2,3\n");
  file.source.target = {std::string("x")};
  CHECK(file.fault() == "a.csv: two columns 'x'; give the column's number, from 0");
  file.source.target = {std::int64_t{3}};
  CHECK(file.fault() == "a.csv: no column 3; it has 3 columns, counted from 0, or from -1 backwards");
  file.source.target = {std::int64_t{-4}};
  CHECK(file.fault() == "a.csv: no column -4; it has 3 columns, counted from 0, or from -1 backwards");
  file.source.target = {std::int64_t{2}, std::string("y")};
  CHECK(file.fault() == "a.csv: column 'y' is named twice");
  file.source.target = {std::string("y")};
  file.source.features = {std::int64_t{0}, std::int64_t{-1}};
  CHECK(file.fault() == "a.csv: column 'y' is both target and feature");
  file.source.features = {};
  file.source.target = {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}};
  CHECK(file.fault() == "a.csv: no column is left for features");
}

TEST_CASE("a name without a header cannot be found") {
  TestFile file("a.csv", "1,2\n3,4\n");
  file.source.header = false;
  file.source.target = {std::string("label")};
  CHECK(file.fault() == "a.csv: no column 'label': it has no header; give the column's number, from 0");
}

TEST_CASE("characters of numbers, quotes and line ends cannot be the delimiter") {
  TestFile file("a.csv", "1,2\n");
  for (const char delimiter : {'\n', '\r', '"', '.', '-', '+', '5', 'e', 'Z', '\0'}) {
    file.source.delimiter = delimiter;
    CHECK_THAT(file.fault(), ContainsSubstring("cannot separate columns"));
  }
}

TEST_CASE("a missing target cannot be filled in") {
  TestFile file("a.csv", "x,y\n1,2\n3,NA\n");
  file.source.target = {std::string("y")};
  CHECK(file.fault() == "a.csv:3:2: the target is missing: found 'NA' (column 'y')");
  file.source.missing = Missing::zero;
  CHECK(file.fault() == "a.csv:3:2: the target is missing: found 'NA' (column 'y')");
  file.source.missing = Missing::skip_row;
  CHECK(file.read().count == 1);
}

TEST_CASE("a file of which every row is skipped has none left") {
  TestFile file("a.csv", "1,NA\nNA,2\n");
  file.source.missing = Missing::skip_row;
  CHECK(file.fault() == "a.csv: every row has a missing value, none is left");
}
