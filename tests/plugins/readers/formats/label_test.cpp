// Labels that are numbers: they keep their number, or are named.
#include "data/batches/batches.hpp"
#include "data/preparation.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using Classes = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

namespace {

/// A column x and the labels y.
struct LabelFile : TestFile {
  explicit LabelFile(const std::vector<std::string>& labels, Names names = {}) : TestFile("a.csv", text(labels)) {
    source.target = {std::string("y")};
    source.target_kind = TargetKind::index;
    source.class_names = std::move(names);
  }
  static std::string text(const std::vector<std::string>& labels) {
    std::string result = "x,y\n";
    for (const std::string& label : labels) result += "1," + label + "\n";
    return result;
  }
};

}  // namespace

TEST_CASE("labels 0 and 2 are classes 0 and 2 of three, the one between is empty") {
  LabelFile file({"0", "2", "2"});
  CHECK(file.read().classes == Classes{0, 2, 2});
  CHECK(file.read().class_names == Names{"0", "1", "2"});
  CHECK(file.read().target_width == 3);
  file.source.target_kind = TargetKind::one_hot;
  CHECK(file.read().values == std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 1});
}

TEST_CASE("labels from 1 have a class 0 without samples unless they are named") {
  CHECK(LabelFile({"3", "1", "2"}).read().classes == Classes{3, 1, 2});
  CHECK(LabelFile({"3", "1", "2"}).read().target_width == 4);
  CHECK(LabelFile({"3", "1", "2.0"}, {"1", "2", "3"}).read().classes == Classes{2, 0, 1});
}

TEST_CASE("names that are not numbers name the labels from 0") {
  LabelFile file({"2", "0", "1.0"}, {"a", "b", "c"});
  CHECK(file.read().classes == Classes{2, 0, 1});
  CHECK(file.read().class_names == Names{"a", "b", "c"});
  file.source.target_kind = std::nullopt;
  CHECK(file.read().classes == Classes{2, 0, 1});
  CHECK(LabelFile({"c", "a"}, {"a", "b", "c"}).read().classes == Classes{2, 0});
  CHECK(LabelFile({"0", "3"}, {"a", "b", "c"}).fault() ==
        "a.csv:3:2: expected one of the classes 'a', 'b', 'c' or its number, from 0 to 2, found '3'");
  CHECK(LabelFile({"0", "-1"}, {"a", "b"}).fault() ==
        "a.csv:3:2: expected one of the classes 'a', 'b' or its number, from 0 to 1, found '-1'");
  CHECK(LabelFile({"0", "1"}, {"10", "20"}).fault() ==
        "a.csv:2:2: expected one of the classes '10', '20', found '0'. Did you mean '10'?");
}

TEST_CASE("labels that cannot keep their number are refused with the names that would fit") {
  CHECK(LabelFile({"1", "-1", "1"}).fault() ==
        "a.csv:3:2: expected the number of a class, an integer from 0 to 999999, found '-1'; labels of another kind are the "
        "classes' "
        "names: say class_names = [\"-1\", \"1\"]");
  CHECK(LabelFile({"0.5"}).fault() ==
        "a.csv:2:2: expected the number of a class, an integer from 0 to 999999, found '0.5'; labels of another kind are the "
        "classes' "
        "names: say class_names = [\"0.5\"]");
  CHECK(LabelFile({"1000000"}).fault().find("found '1000000'") != std::string::npos);
  CHECK(LabelFile({"20240101", "20240102"}).fault().find("say class_names = [\"20240101\"]") == std::string::npos);
  CHECK(LabelFile({"-1", "1"}, {"-1", "1"}).read().classes == Classes{0, 1});
  CHECK(LabelFile({"999999"}).read().target_width == 1000000);
}

TEST_CASE("balanced weights are shared among the classes that have samples") {
  CHECK(balanced_class_weights(LabelFile({"0", "2", "2", "2"}).read()) == std::vector<float>{2, 0, 2.0f / 3});
}

TEST_CASE("labels in arrays keep their number and can be named") {
  std::string head = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";
  head.resize(117, ' ');
  const std::string array = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + head + "\n";
  TestFile file("x.npy", array + "abc");
  treino::test::write_file(file.folder / "y.npy", array + std::string("\x03\x00\x03", 3));
  file.source.target_file = file.folder / "y.npy";
  file.source.target_kind = TargetKind::index;
  CHECK(file.read().classes == Classes{3, 0, 3});
  CHECK(file.read().class_names == Names{"0", "1", "2", "3"});
  file.source.class_names = {"a", "b", "c", "d"};
  CHECK(file.read().class_names.back() == "d");
  CHECK(file.read().classes == Classes{3, 0, 3});
  file.source.class_names = {"3", "0"};
  CHECK(file.read().classes == Classes{0, 1, 0});
}

TEST_CASE("classes of a model without classes are a fault that says so") {
  Dataset classes = LabelFile({"0", "1"}).read();
  Preparation preparation = Preparation::fit(classes, Scaling::none);
  preparation.class_names = {};
  CHECK(treino::test::fault_of([&] { preparation.apply(classes); }) ==
        "the targets are the classes '0', '1'; the model was trained on values, or without a target");
}
