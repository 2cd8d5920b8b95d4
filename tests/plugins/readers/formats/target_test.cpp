// When targets are classes and when they are values.
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using Classes = std::vector<std::int32_t>;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

namespace {

/// A file whose second column is the target.
struct TargetFile : TestFile {
  explicit TargetFile(const std::vector<std::string>& targets) : TestFile("a.csv", text(targets)) {
    source.target = {std::int64_t{1}};
    source.header = false;
  }
  static std::string text(const std::vector<std::string>& targets) {
    std::string result;
    for (const std::string& target : targets) result += "1," + target + "\n";
    return result;
  }
};

}  // namespace

TEST_CASE("texts are classes in the order of the alphabet") {
  const Dataset data = TargetFile({"wolf", "bear", "wolf", "fox"}).read();
  CHECK(data.target_kind == TargetKind::index);
  CHECK(data.class_names == Names{"bear", "fox", "wolf"});
  CHECK(data.classes == Classes{2, 0, 2, 1});
  CHECK(data.target_width == 3);
  CHECK(data.values.empty());
}

TEST_CASE("integers from 0 without a gap are classes, others are values") {
  CHECK(TargetFile({"2", "0", "1.0", "2"}).read().classes == Classes{2, 0, 1, 2});
  CHECK(TargetFile({"2", "0", "1.0", "1"}).read().class_names == Names{"0", "1.0", "2"});
  for (const auto& targets : std::vector<std::vector<std::string>>{{"1", "2"}, {"0", "2"}, {"0", "1", "0.5"}, {"-1", "0", "1"}}) {
    const Dataset data = TargetFile(targets).read();
    CHECK(data.target_kind == TargetKind::values);
    CHECK(data.target_width == 1);
    CHECK(data.values.size() == targets.size());
    CHECK(data.class_names.empty());
  }
}

TEST_CASE("more than a thousand kinds of integers are values") {
  std::vector<std::string> targets;
  for (int i = 0; i < 1000; ++i) targets.push_back(std::to_string(i));
  CHECK(TargetFile(targets).read().target_kind == TargetKind::index);
  CHECK(TargetFile(targets).read().classes.back() == 999);
  targets.push_back("1000");
  CHECK(TargetFile(targets).read().target_kind == TargetKind::values);
  CHECK(TargetFile(targets).read().values.back() == 1000.0f);
}

TEST_CASE("numbers are classes when asked for, and integers keep their number") {
  TargetFile file({"4", "2", "0", "2.0"});
  file.source.target_kind = TargetKind::index;
  CHECK(file.read().class_names == Names{"0", "1", "2", "3", "4"});
  CHECK(file.read().classes == Classes{4, 2, 0, 2});
}

TEST_CASE("values when asked for, even where they look like classes") {
  TargetFile file({"0", "1", "1"});
  file.source.target_kind = TargetKind::values;
  CHECK(file.read().values == Floats{0, 1, 1});
  CHECK(file.read().target_width == 1);
}

TEST_CASE("one-hot rows have a one at the class") {
  TargetFile file({"b", "a", "c"});
  file.source.target_kind = TargetKind::one_hot;
  const Dataset data = file.read();
  CHECK(data.values == Floats{0, 1, 0, 1, 0, 0, 0, 0, 1});
  CHECK(data.target_width == 3);
  CHECK(data.classes.empty());
  CHECK(data.class_names == Names{"a", "b", "c"});
}

TEST_CASE("several target columns are values, or one-hot or classes of steps when the manifest says so and they are") {
  TestFile file("a.csv", "x,red,blue\n1,0,1\n2,1,0\n");
  file.source.target = {std::string("red"), std::string("blue")};
  CHECK(file.read().target_kind == TargetKind::values);
  CHECK(file.read().values == Floats{0, 1, 1, 0});
  CHECK(file.read().target_width == 2);
  file.source.target_kind = TargetKind::one_hot;
  CHECK(file.read().class_names == Names{"red", "blue"});
  CHECK(file.read().values == Floats{0, 1, 1, 0});
  file.source.target_kind = TargetKind::index;
  CHECK(file.read().classes == Classes{0, 1, 1, 0});
  CHECK(file.read().class_names == Names{"0", "1"});
  CHECK(file.read().target_steps == 2);
  TestFile bad("a.csv", "1,0,1\n2,1,1\n");
  bad.source.target = {std::int64_t{1}, std::int64_t{2}};
  bad.source.target_kind = TargetKind::one_hot;
  CHECK(bad.fault() == "a.csv:2:2: expected a one-hot row: one 1, all else 0");
  TestFile unnamed("a.csv", "1,0,1\n2,1,0\n");
  unnamed.source.target = {std::int64_t{1}, std::int64_t{2}};
  unnamed.source.target_kind = TargetKind::one_hot;
  CHECK(unnamed.read().class_names == Names{"0", "1"});
  unnamed.source.class_names = {"only"};
  CHECK(unnamed.fault() == "a.csv: 1 class names for 2 target columns");
}

TEST_CASE("given class names fix the order, and a validation file may lack some") {
  TargetFile file({"no", "no"});
  file.source.class_names = {"yes", "no", "perhaps"};
  CHECK(file.read().classes == Classes{1, 1});
  CHECK(file.read().target_width == 3);
  TargetFile numbers({"2", "0.0"});
  numbers.source.class_names = {"0", "1", "2.0"};
  CHECK(numbers.read().classes == Classes{2, 0});
}

TEST_CASE("a class that was not given is named where it stands") {
  TargetFile file({"yes", "oN", "no"});
  file.source.class_names = {"yes", "no"};
  CHECK(file.fault() == "a.csv:2:2: expected one of the classes 'yes', 'no', found 'oN'. Did you mean 'no'?");
  file.source.class_names = {"yes", "no", "yes"};
  CHECK(file.fault() == "a.csv: class 'yes' is named twice");
  file.source.class_names = {"yes", "no"};
  file.source.target_kind = TargetKind::values;
  CHECK(TargetFile({"1"}).read().count == 1);
  TargetFile values({"1"});
  values.source.class_names = {"a"};
  values.source.target_kind = TargetKind::values;
  CHECK(values.fault() == "a.csv: class names are given, but the targets are to be values");
}

TEST_CASE("a stray word among numbers and a stray number among words are faults unless classes are asked for") {
  TargetFile file({"1.5", "2", "abc"});
  CHECK(file.fault() ==
        "a.csv:3:2: expected a number, found 'abc'; the rows before hold numbers (if they are classes, ask for classes)");
  file.source.target_kind = TargetKind::index;
  CHECK(file.read().class_names == Names{"1.5", "2", "abc"});
  CHECK(TargetFile({"a", "7"}).fault() ==
        "a.csv:2:2: expected the name of a class as in the rows before, found the number '7'; if it is a class too, ask for "
        "classes");
  CHECK(TargetFile({"inf", "1"}).fault() == "a.csv:1:2: expected a finite number, found 'inf'");
  TargetFile values({"a"});
  values.source.target_kind = TargetKind::values;
  CHECK(values.fault() == "a.csv:1:2: expected a number, found 'a'");
}

TEST_CASE("more than a thousand different texts are not classes unless asked for") {
  std::vector<std::string> targets;
  for (int i = 0; i <= 1000; ++i) targets.push_back("name " + std::to_string(i));
  TargetFile file(targets);
  CHECK(file.fault() ==
        "a.csv:1001:2: more than 1000 different texts; if they are classes, ask for classes, else name another target");
  file.source.target_kind = TargetKind::index;
  CHECK(file.read().class_names.size() == 1001);
}

TEST_CASE("one-hot targets that would dwarf the file are refused") {
  std::vector<std::string> targets;
  for (int i = 0; i < 17000; ++i) targets.push_back("t" + std::to_string(i));  // 17000 * 17000 > 2^28
  TargetFile file(targets);
  file.source.target_kind = TargetKind::one_hot;
  CHECK(file.fault() == "a.csv: 17000 rows of 17000 classes are too many for one-hot targets; use index");
}

TEST_CASE("targets may be left out, and asking for targets that were not given is a fault") {
  TargetFile file({"a", "b"});
  file.source.target_kind = TargetKind::none;
  CHECK(file.read().target_kind == TargetKind::none);
  CHECK(file.read().sample_shape == Shape{1});  // the column that is named as target is no feature all the same
  TestFile unnamed("a.csv", "1,2\n");
  unnamed.source.target_kind = TargetKind::index;
  CHECK(unnamed.fault() == "a.csv: targets are asked for, but no target column or file is named");
}
