// Further files of the kind of the training file: columns found by name, by place where there are no names, targets left unread.
#include "data/dataset.hpp"
#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::data;
using test::TestFile;

namespace {

using Floats = std::vector<float>;
using Rows = std::vector<std::uint32_t>;

/// A file for a model that was trained on columns a, b, c and the target y.
struct FurtherFile : TestFile {
  explicit FurtherFile(const std::string& text, bool to_predict = true) : TestFile("new.csv", text) {
    source.wanted_features = {"a", "b", "c"};
    source.wanted_targets = {"y"};
    source.sample_shape = {3};
    source.target = {std::string("y")};
    source.ignore_target = to_predict;
  }
};

}  // namespace

TEST_CASE("columns are found by the training data's names, in any order and among others") {
  const Floats expected = {1, 2, 3};
  for (const char* text : {"a,b,c\n1,2,3\n", "c,a,b\n3,1,2\n", "id,a,b,c\n7,1,2,3\n", "a,b,c,id\n1,2,3,text\n",
                           "y,c,a,b\n0,3,1,2\n", "b,y,a,note,c\n2,9,1,x,3\n", "\"a\",\"b\",\"c\"\n1,2,3\n"}) {
    INFO(text);
    const Dataset dataset = FurtherFile(text).read();
    CHECK(dataset.features == expected);
    CHECK(dataset.feature_names == std::vector<std::string>{"a", "b", "c"});
    CHECK(dataset.target_kind == TargetKind::none);
  }
  const Dataset with_target = FurtherFile("y,c,a,b\n0.5,3,1,2\n", false).read();
  CHECK(with_target.features == expected);
  CHECK(with_target.values == Floats{0.5});
}

TEST_CASE("a target that was chosen by index is found by its name too") {
  FurtherFile file("y,c,a,b\n0.5,3,1,2\n", false);
  file.source.target = {std::int64_t{-1}};
  CHECK(file.read().features == Floats{1, 2, 3});
  CHECK(file.read().values == Floats{0.5});
}

TEST_CASE("a missing column is refused with the line, the nearest name and the columns that there are") {
  CHECK(FurtherFile("a,b,C\n1,2,3\n").fault() ==
        "new.csv:1: no column 'c', which the training data have. Did you mean 'C'? It has: 'a', 'b', 'C'");
  FurtherFile skipping("note\n\na,other\n1,2\n");
  skipping.source.skip_lines = 1;
  CHECK(skipping.fault() == "new.csv:3: no column 'b', 'c', which the training data have. It has: 'a', 'other'");
  CHECK(FurtherFile("Y,a,b,c\n0,1,2,3\n", false).fault() ==
        "new.csv:1: no column 'y', which the training data have. Did you mean 'Y'? It has: 'Y', 'a', 'b', 'c'");
}

TEST_CASE("names that are there twice are matched where the training data have them twice, refused elsewhere") {
  CHECK(FurtherFile("a,b,c,a\n1,2,3,4\n").fault() == "new.csv:1: 2 columns 'a'; the training data have 1");
  FurtherFile twice("x,y,x\n1,0,2\n");
  twice.source.wanted_features = {"x", "x"};
  twice.source.sample_shape = {2};
  CHECK(twice.read().features == Floats{1, 2});
}

TEST_CASE("without a header columns are found by place and counted") {
  CHECK(FurtherFile("1,2,3\n").read().features == Floats{1, 2, 3});
  CHECK(FurtherFile("1,2\n").fault() ==
        "new.csv:1: expected 3 columns of features as in the training data, or 4 with the target; found 2");
  CHECK(FurtherFile("1,2,3,4,5\n").fault() ==
        "new.csv:1: expected 3 columns of features as in the training data, or 4 with the target; found 5");
  CHECK(FurtherFile("1,2,3\n", false).fault() == "new.csv: no column 'y': it has no header; give the column's number, from 0");
}

TEST_CASE("a training file without names has its columns counted, with and without the target") {
  for (const std::int64_t target : {0, 3, -1}) {
    TestFile file("new.csv", target == 0 ? "9,1,2,3\n" : "1,2,3,9\n");
    file.source.sample_shape = {3};
    file.source.target = {target};
    file.source.ignore_target = true;
    CHECK(file.read().features == Floats{1, 2, 3});
    test::write_file(file.source.file, "1,2,3\n");
    CHECK(file.read().features == Floats{1, 2, 3});
    test::write_file(file.source.file, "p,q,r\n1,2,3\n");  // names that the training data did not have
    CHECK(file.read().features == Floats{1, 2, 3});
  }
}

TEST_CASE("chosen features are found by place in a file like the training file and in one of features alone") {
  TestFile file("new.csv", "7,1,2,3,9\n");
  file.source.sample_shape = {3};
  file.source.target = {std::int64_t{-1}};
  file.source.features = {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}};
  file.source.ignore_target = true;
  for (const char* text : {"7,1,2,3,9\n", "7,1,2,3\n", "1,2,3\n"}) {
    test::write_file(file.source.file, text);
    CHECK((file.fault() == "" || std::string(text) == "7,1,2,3\n"));
    if (file.fault().empty()) CHECK(file.read().features == Floats{1, 2, 3});
  }
  file.source.features = {std::int64_t{-4}, std::int64_t{-3}, std::int64_t{-2}};
  CHECK(file.read().features == Floats{1, 2, 3});
  test::write_file(file.source.file, "7,1,2,3\n");
  CHECK(
      file.fault() ==
      "new.csv:1: features are counted from the end, but whether the target is there cannot be told; expected a header with the "
      "training data's names, or the 3 columns of features alone");
}

TEST_CASE("a target that is not read may be blank, missing, unknown or lacking") {
  for (const char* text : {"a,b,c,y\n1,2,3,\n", "a,b,c,y\n1,2,3,NA\n", "a,b,c,y\n1,2,3,never seen\n", "a,b,c\n1,2,3\n"}) {
    INFO(text);
    FurtherFile file(text);
    file.source.target_kind = TargetKind::index;
    file.source.class_names = {"p", "q"};
    const Dataset dataset = file.read();
    CHECK(dataset.count == 1);
    CHECK(dataset.target_kind == TargetKind::none);
    CHECK(dataset.classes.empty());
  }
}

TEST_CASE("samples know the row of the file that they are from") {
  TestFile file("a.csv", "a,y\n1,0\n,0\n3,1\n4,0\nNA,1\n6,1\n");
  file.source.target = {std::string("y")};
  file.source.missing = Missing::skip_row;
  const Dataset dataset = file.read();
  CHECK(dataset.file_rows == Rows{0, 2, 3, 5});
  const Dataset part = dataset.rows(Rows{3, 1});
  CHECK(part.file_rows == Rows{5, 2});
  CHECK(part.rows(Rows{1}).file_rows == Rows{2});
  file.source.missing = Missing::zero;
  const Dataset whole = file.read();
  CHECK(whole.file_rows.empty());
  CHECK(whole.file_row(4) == 4);
  CHECK(whole.rows(Rows{4, 0}).file_rows == Rows{4, 0});
}
