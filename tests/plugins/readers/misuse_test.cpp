// What is wrong with a reader's section, with its source, or with the reader itself is said with its place, before anything is trained.
#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

std::string strange(const std::string& fault) { return reading("file = \"x\", format = \"strange\", fault = \"" + fault + "\""); }

}  // namespace

TEST_CASE("a reader is looked for and completed like any plugin: unknown ones and parameters are refused with their place") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", "a b\n1 2\n");
  const auto fault = [&](const std::string& keys) { return workshop.faults(reading("file = \"data.txt\", " + keys)); };
  CHECK(fault("format = \"words\", target = \"b\"").empty());
  CHECK_THAT(fault("format = \"wrods\", target = \"b\""),
             ContainsSubstring("train.toml:6:39: there is no reader 'wrods'. Did you mean 'words'? There are: csv, "));
  CHECK_THAT(fault("format = \"cross_entropy\""),
             ContainsSubstring("there is no reader 'cross_entropy'. It is a loss: write [loss]."));
  CHECK_THAT(
      fault("format = \"words\", targt = \"b\""),
      ContainsSubstring("train.toml:6:48: words has no parameter 'targt'. Did you mean 'target'? It takes no parameters."));
  CHECK_THAT(fault("format = \"cifar\", imag = 3"),
             ContainsSubstring("cifar has no parameter 'imag'. Did you mean 'image'? It takes: image."));
  CHECK_THAT(fault("format = \"cifar\", image = [0]"), ContainsSubstring("element 1 of image of cifar: expected"));
  CHECK_THAT(fault("format = 3"), ContainsSubstring("format of [data] train: expected a string, got the integer 3"));
  CHECK_THAT(fault("format = \"a/b/c\""), ContainsSubstring("format of [data] train"));
  CHECK_THAT(fault("format = \"words\", batch = 3"), ContainsSubstring("words has no parameter 'batch'"));
}

TEST_CASE("columns that a source does not have are refused before the run, with the nearest right one") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", "age size kind\n1 2 p\n");
  const auto fault = [&](const std::string& keys) {
    return workshop.faults(reading("file = \"data.txt\", format = \"words\", " + keys));
  };
  CHECK(fault("target = \"knd\"") ==
        "train.toml:6:18: data.txt: no column 'knd'. Did you mean 'kind'? It has: 'age', 'size', 'kind'; are blanks between the "
        "names?");
  CHECK_THAT(fault("target = 3"),
             ContainsSubstring("data.txt: no column 3; it has 3 columns, counted from 0, or from -1 backwards"));
  CHECK_THAT(fault("target = \"kind\", features = [\"age\", \"kind\"]"),
             ContainsSubstring("data.txt: column 'kind' is both target and feature"));
  CHECK_THAT(fault("target_kind = \"index\""),
             ContainsSubstring("data.txt: targets are asked for, but no target column or file is named"));
  CHECK_THAT(fault("target = \"kind\", shape = [3]"),
             ContainsSubstring("the sample shape 3 has 3 elements, a sample of the file 2"));
  CHECK_THAT(workshop.faults(reading("file = \"nowhere.txt\", format = \"words\"")),
             ContainsSubstring("file of [data] train: nowhere.txt does not exist"));
}

TEST_CASE("what is no number, or missing, is told with line and column, by check too") {
  const ReaderWorkshop workshop;
  const auto said = [&](const std::string& text, const std::string& more = "") {
    workshop.file("data.txt", text);
    const std::string manifest =
        reading("file = \"data.txt\", format = \"words\", target = \"kind\"" + more, "", "cross_entropy", 2);
    const std::string fault = workshop.faults(manifest, true);
    CHECK(fault == "train.toml:6:18: " + workshop.thrown(manifest));
    return fault.substr(17);
  };
  CHECK(said("age kind\n1 p\nold q\n") == "data.txt:3:1: expected a number, found 'old'");
  CHECK(said("age kind\n1 p\nNA q\n") ==
        "data.txt:3:1: expected a number, found 'NA', which stands for a missing value (column 'age'); missing values may be "
        "skipped with their row, or become zero or the column's mean, when told");
  CHECK(said("age kind\n1 p\n-99 q\n", ", missing_markers = \"-99\"") ==
        "data.txt:3:1: expected a number, found '-99', which stands for a missing value (column 'age'); missing values may be "
        "skipped with their row, or become zero or the column's mean, when told");
  CHECK(said("age kind\n1 p\n2 NA\n") == "data.txt:3:2: the target is missing: found 'NA' (column 'kind')");
  CHECK(said("age kind\n1 0\n2 1\n3 q\n") ==
        "data.txt:4:2: expected a number, found 'q'; the rows before hold numbers (if they are classes, ask for classes) (column "
        "'kind')");
  CHECK(said("age kind\n1 p\n1e39 q\n") ==
        "data.txt:3:1: expected a finite number within the range of 32-bit floats, found infinity");
  CHECK(said("age kind\n1 p\n2 s\n", ", class_names = [\"p\", \"q\"]") ==
        "data.txt:3:2: expected one of the classes 'p', 'q', found 's'");
  CHECK(said("age kind\n") == "data.txt: no rows");
  CHECK(said("age kind\n1 p\n2\n") == "data.txt:3: expected 2 words, found 1");
}

TEST_CASE("a reader that says impossible things of its source is refused in a sentence") {
  const ReaderWorkshop workshop;
  const auto said = [&](const std::string& fault) { return workshop.faults(strange(fault)); };
  CHECK(said("").empty());
  CHECK(said("open") == "train.toml:6:18: x:3:7: here");
  CHECK_THAT(said("create"), ContainsSubstring("train.toml:6:18: strange: does not want to (in create)"));
  CHECK_THAT(said("foreign"), ContainsSubstring("x: reader strange: threw something that is not a std::exception"));
  CHECK_THAT(said("no fields"), ContainsSubstring("x: the reader strange finds no fields"));
  CHECK_THAT(said("rows"), ContainsSubstring("finds -2 rows"));
  CHECK_THAT(said("many rows"), ContainsSubstring("x: more samples than 32 bits can number"));
  CHECK_THAT(said("zero"), ContainsSubstring("gives field 'x' a shape with the size 0: sizes are at least 1"));
  CHECK_THAT(said("negative"), ContainsSubstring("gives field 'x' a shape with the size -3"));
  CHECK_THAT(said("overflow"), ContainsSubstring("a shape with the size 9223372036854775807: sizes are at least 1, and their"));
  CHECK_THAT(said("axes"), ContainsSubstring("gives field 'x' a shape of 33 axes; there are 32 at most"));
  CHECK_THAT(said("type"), ContainsSubstring("gives field 'x' the type 99, which there is not"));
  CHECK_THAT(said("role"), ContainsSubstring("gives field 'x' the role 9, which there is not"));
  CHECK_THAT(said("text tensor"), ContainsSubstring("gives field 'x' texts and a shape"));
  CHECK_THAT(said("name"), ContainsSubstring("x: the name of field 2 is no UTF-8 text"));
  CHECK_THAT(said("wide"), ContainsSubstring("gives a row more than 2147483647 numbers"));
}

TEST_CASE("a reader that gives other rows than it was asked for ends the run before it begins") {
  const ReaderWorkshop workshop;
  const auto said = [&](const std::string& fault) { return workshop.thrown(strange(fault)); };
  CHECK(said("") == "nothing");
  CHECK(said("read") == "x: reader strange: line 9 is odd");
  CHECK(said("fewer") ==
        "x: the reader strange gives 11 of the 12 rows from row 1 on, and said that there are 12: has the source changed?");
  CHECK(said("more") == "x: the reader strange gives 13 rows where it was asked for 12");
  CHECK(said("less than none") == "x: the reader strange gives -1 rows where it was asked for 12");
  CHECK(said("text") == "x: the reader strange gives a text of 18446744073709551615 bytes; there are 1048576 at most");
  CHECK(said("infinite") ==
        "x: 'x': row 5, element 2: expected a finite number within the range of 32-bit floats, found infinity");
  CHECK(said("missing") ==
        "x: 'x': row 6, element 3: NaN, a missing value; missing values may be skipped with their row, or become zero or the "
        "column's "
        "mean, when told");
}

TEST_CASE("a reader that numbers classes itself gives them names, and numbers among these") {
  const ReaderWorkshop workshop;
  const train::RunData data = train::load_data(workshop.plan_of(strange("class named")));
  CHECK(data.training.class_names == std::vector<std::string>{"a", "b", "c"});
  CHECK(std::vector<std::int32_t>(data.training.classes.begin(), data.training.classes.begin() + 4) ==
        std::vector<std::int32_t>{0, 1, 2, 0});
  CHECK_THAT(workshop.faults(strange("class twice")),
             ContainsSubstring("x: the reader strange gives the name 'a' to two classes"));
  CHECK_THAT(workshop.faults(strange("class unnamed")), ContainsSubstring("x: the reader strange gives class 1 no name"));
  CHECK_THAT(workshop.thrown(strange("class odd")), ContainsSubstring("x: the class name '\xff' is no UTF-8 text"));
  CHECK(workshop.thrown(strange("class beyond")) == "x: row 3: the reader gives the class 2; there are 0 to 1");
  CHECK(workshop.thrown(reading("file = \"x\", format = \"strange\", fault = \"class named\", class_names = [\"b\", \"a\", "
                                "\"c\"]")) == "x: its reader numbers the classes 'a', 'b', 'c'; expected 'b', 'a', 'c'");
}
