// CSV files as programs write them: line ends, quotes, delimiters, headers.
#include <clocale>
#include <cmath>

#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

TEST_CASE("rows without a header are features, all of them") {
  const TestFile file("a.csv", "1,2.5,-3\n4e2,.5,+6\n");
  const Dataset data = file.read();
  CHECK(data.count == 2);
  CHECK(data.sample_shape == Shape{3});
  CHECK(data.features == Floats{1, 2.5f, -3, 400, 0.5f, 6});
  CHECK(data.target_kind == TargetKind::none);
  CHECK(data.feature_names.empty());
}

TEST_CASE("LF, CRLF, CR, no final newline, empty lines and a byte order mark make no difference") {
  for (const char* text : {"1,2\n3,4\n", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "1,2\n3,4",
                           "\xef\xbb\xbf"
                           "1,2\n\n3,4\n\n\n",
                           "\n1,2\n  \n3,4\n \t "}) {
    CAPTURE(text);
    CHECK(TestFile("a.csv", text).read().features == Floats{1, 2, 3, 4});
  }
}

TEST_CASE("quoted fields may hold delimiters, quotes and line ends") {
  TestFile file("a.csv", "\"x, \"\"one\"\"\",\"two\nlines\",label\n\"1\" , \"2\",\"a\r\n\"\"b\"\"\"\n3,4,c\n");
  file.source.target = {std::string("label")};
  const Dataset data = file.read();
  CHECK(data.feature_names == Names{"x, \"one\"", "two\nlines"});
  CHECK(data.features == Floats{1, 2, 3, 4});
  CHECK(data.class_names == Names{"a\r\n\"b\"", "c"});
}

TEST_CASE("lines within quotes count as lines of the file in errors") {
  TestFile file("a.csv", "\"a\nb\",c\n1,2\n3,oops\n");
  CHECK(file.fault() ==
        "a.csv:4:2: expected a number, found 'oops' (column 'c'); if it stands for a missing value, set missing_markers = "
        "['oops']; if the column holds words, name the columns that are features with features = [...], or this one with target");
}

TEST_CASE("any delimiter separates, and a blank stands for runs of blanks") {
  TestFile semicolon("a.csv", "1;2\n3;4\n");
  semicolon.source.delimiter = ';';
  CHECK(semicolon.read().features == Floats{1, 2, 3, 4});
  TestFile tab("a.csv", "1\t 2\n3 \t4\n");
  tab.source.delimiter = '\t';
  CHECK(tab.read().features == Floats{1, 2, 3, 4});
  TestFile blank("a.csv", "  1   2 \n3\t \t4\n\"5\" \"6\" \n 7 8");
  blank.source.delimiter = ' ';
  CHECK(blank.read().features == Floats{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("blanks around fields are dropped") {
  TestFile file("a.csv", " a , b \n 1 ,\t2\t\n");
  file.source.target = {std::string("b")};
  CHECK(file.read().feature_names == Names{"a"});
  CHECK(file.read().features == Floats{1});
  CHECK(file.read().values == Floats{2});
}

TEST_CASE("a header is found where it has text only or a text above a number") {
  CHECK(TestFile("a.csv", "a,b\n1,2\n").read().count == 1);
  CHECK(TestFile("a.csv", "2001,2002,b\n1,2,3\n").read().feature_names == Names{"2001", "2002", "b"});
  CHECK(TestFile("a.csv", "1,2\n3,4\n").read().count == 2);
}

TEST_CASE("a first row that ends in a class name is data") {
  TestFile file("iris.csv", "5.1,3.5,setosa\n4.9,3.0,virginica\n");
  file.source.target = {std::int64_t{-1}};
  CHECK(file.read().count == 2);
  CHECK(file.read().class_names == Names{"setosa", "virginica"});
}

TEST_CASE("a first row with a missing value is data") {
  TestFile file("a.csv", "NA,2\n3,4\n");
  file.source.missing = Missing::zero;
  CHECK(file.read().features == Floats{0, 2, 3, 4});
}

TEST_CASE("the manifest may say whether there is a header") {
  TestFile file("a.csv", "1,2\n3,4\n");
  file.source.header = true;
  CHECK(file.read().count == 1);
  CHECK(file.read().feature_names == Names{"1", "2"});
  file.source.header = false;
  CHECK(file.read().count == 2);
  TestFile text("a.csv", "a,b\n3,4\n");
  text.source.header = false;
  CHECK(text.fault() ==
        "a.csv:1:1: expected a number, found 'a'; a column of words is no feature: name the columns that are features with "
        "features = [...], or this one with target");
}

TEST_CASE("columns are chosen by name and by index, from the end too, in the order given") {
  TestFile file("a.csv", "a,b,c,d\n1,2,3,4\n5,6,7,8\n");
  file.source.target = {std::int64_t{-1}};
  file.source.features = {std::string("c"), std::int64_t{0}};
  file.source.target_kind = TargetKind::values;
  const Dataset data = file.read();
  CHECK(data.features == Floats{3, 1, 7, 5});
  CHECK(data.feature_names == Names{"c", "a"});
  CHECK(data.values == Floats{4, 8});
  CHECK(data.target_names == Names{"d"});
}

TEST_CASE("columns that are not chosen may hold anything") {
  TestFile file("a.csv", "id,x\nabc,1\n\"d,e\",2\n,3\n");
  file.source.features = {std::string("x")};
  CHECK(file.read().features == Floats{1, 2, 3});
}

TEST_CASE("lines before the table can be skipped") {
  TestFile file("a.csv", "\xef\xbb\xbf# made by \"us\nx\n1,2\n");
  file.source.skip_lines = 2;
  CHECK(file.read().features == Floats{1, 2});
  file.source.skip_lines = 9;
  CHECK(file.fault() == "a.csv: is empty after the lines to skip");
}

TEST_CASE("gzip is seen by its content, whatever the name, several members too") {
  const std::string packed = treino::test::deflated("1,2\n") + treino::test::deflated("3,4\n");
  CHECK(TestFile("a.csv", packed).read().features == Floats{1, 2, 3, 4});
  CHECK(TestFile("a.csv.gz", packed + std::string(512, '\0')).read().features == Floats{1, 2, 3, 4});
  CHECK(TestFile("a.csv.gz", "1,2\n3,4\n").read().features == Floats{1, 2, 3, 4});
}

TEST_CASE("a missing value becomes zero, NaN for the mean to come, or takes its row along") {
  TestFile file("a.csv", "a,b\n1,2\n?,4\n5,\n7,8\n");
  CHECK(file.fault() ==
        "a.csv:3:1: expected a number, found '?', which stands for a missing value (column 'a'); missing values may be skipped "
        "with "
        "their row, or become zero or the column's mean, when told");
  file.source.missing = Missing::zero;
  CHECK(file.read().features == Floats{1, 2, 0, 4, 5, 0, 7, 8});
  file.source.missing = Missing::skip_row;
  CHECK(file.read().features == Floats{1, 2, 7, 8});
  CHECK(file.read().count == 2);
  file.source.missing = Missing::mean;
  const Dataset data = file.read();
  CHECK(std::isnan(data.features[2]));
  CHECK(std::isnan(data.features[5]));
  CHECK(data.features[7] == 8);
}

TEST_CASE("the manifest may say what stands for a missing value, a number too") {
  TestFile file("a.csv", "1,-999\n3,4\n");
  CHECK(file.read().features[1] == -999);
  file.source.missing_markers = {"-999"};
  file.source.missing = Missing::zero;
  CHECK(file.read().features == Floats{1, 0, 3, 4});
}

TEST_CASE("a missing value in a column that is not read does not matter") {
  TestFile file("a.csv", "a,b\n1,\n2,NA\n");
  file.source.features = {std::string("a")};
  CHECK(file.read().features == Floats{1, 2});
}

TEST_CASE("numbers are read to the nearest float, tiny ones become zero") {
  // 16777217 lies between two floats, the even one is 16777216; 1e-40 is subnormal; 3.4028235e38 the largest float.
  const TestFile file("a.csv", "0.1,16777217,1e-40,3.4028235e38,1e-400,-1e-400,0.0000000000000000000001e-30\n");
  const Dataset data = file.read();
  CHECK(data.features == Floats{0.1f, 16777216.0f, 1e-40f, 3.4028235e38f, 0.0f, 0.0f, 0.0f});
  CHECK(std::signbit(data.features[5]));
}

TEST_CASE("numbers do not depend on the locale") {
  // Where the locale is not installed, setlocale leaves the old one and the test shows less.
  const char* before = std::setlocale(LC_ALL, "de_DE.UTF-8");
  const Floats features = TestFile("a.csv", "1.5,2\n").read().features;
  if (before != nullptr) std::setlocale(LC_ALL, "C");
  CHECK(features == Floats{1.5f, 2});
}

TEST_CASE("rows far longer than the buffer and fields across its border are read whole") {
  std::string text = "0";
  Floats expected{0};
  for (int row = 0; row < 3; ++row) {
    for (int i = row == 0 ? 1 : 0; i < 200000; ++i) {
      text += (i == 0 ? "" : ",") + std::string(i % 7 == 3 ? " " : "") + std::to_string(i);
      expected.push_back(static_cast<float>(i));
    }
    text += "\n";
  }
  const Dataset data = TestFile("a.csv", text).read();
  CHECK(data.count == 3);
  CHECK(data.sample_shape == Shape{200000});
  CHECK(data.features == expected);
}

TEST_CASE("a sample shape is laid over the columns") {
  TestFile file("a.csv", "1,2,3,4,5,6\n");
  file.source.sample_shape = {1, 2, 3};
  CHECK(file.read().sample_shape == Shape{1, 2, 3});
  CHECK(outline(file.source).sample_shape == Shape{1, 2, 3});
  file.source.sample_shape = {2, 2};
  CHECK(file.fault() == "a.csv: the sample shape 2x2 has 4 elements, a sample of the file 6");
  file.source.sample_shape = {-2, -3};
  CHECK(file.fault() == "a.csv: a dimension of -2 elements");
}

TEST_CASE("targets come from a second file with as many rows") {
  TestFile file("x.csv", "1,2\n3,4\n5,NA\n7,8\n");
  treino::test::write_file(file.folder / "y.csv", "kind\nb\n?\na\nb\n");
  file.source.target_file = file.folder / "y.csv";
  file.source.missing = Missing::skip_row;
  const Dataset data = file.read();
  CHECK(data.features == Floats{1, 2, 7, 8});
  CHECK(data.classes == std::vector<std::int32_t>{0, 0});
  CHECK(data.class_names == Names{"b"});  // 'a' stood in a skipped row only
  CHECK(data.target_names == Names{"kind"});
  CHECK(outline(file.source).sample_shape == Shape{2});
  treino::test::write_file(file.folder / "y.csv", "kind\nb\na\n");
  CHECK(file.fault() == "y.csv: 2 rows of targets, but x.csv has 4 rows");
}

TEST_CASE("an outline reads the head only") {
  TestFile file("a.csv", "a,b,label\n1,2,x\nbroken");
  file.source.target = {std::string("label")};
  const Outline head = outline(file.source);
  CHECK(head.sample_shape == Shape{2});
  CHECK(head.columns == Names{"a", "b", "label"});
  CHECK(head.column_count == 3);
}

TEST_CASE("integers of any length and sign are read like other numbers, to the last digit that a float has") {
  const TestFile file("a.csv", "0,-0,7,-12,007,9999999,10000000,-16777217,123456789012345678901,5.,.5,1e3\n");
  const Floats features = file.read().features;
  CHECK(features == Floats{0, 0, 7, -12, 7, 9999999, 10000000, -16777216, 123456789012345678901.0f, 5, 0.5f, 1000});
  CHECK(std::signbit(features[1]));
}
