// Targets beside the dataset's own: that they are read as the only target would be, are no features, and stay with their rows.
#include "data/in_memory.hpp"
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestFile;
using treino::test::TestSource;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

namespace {

const std::string samples = "a,y,age,kind,b\n1,0,20.5,cat,10\n2,1,30,dog,20\n3,1,,cat,30\n4,0,50,bird,40\n";

struct TargetColumns : TestFile {
  explicit TargetColumns(const std::string& content = samples) : TestFile("x.csv", content) {
    source.target = {std::string("y")};
    source.missing = Missing::skip_row;
    source.further_targets = {{{std::string("age")}, {}, {}, {}}, {{std::string("kind")}, {}, {}, {}}};
  }
};

}  // namespace

TEST_CASE("further targets are values or classes each for itself, and no features") {
  const Dataset data = TargetColumns().read();
  CHECK(data.feature_names == Names{"a", "b"});
  CHECK(data.features == Floats{1, 10, 2, 20, 4, 40});  // the row without an age is skipped
  CHECK(data.classes == std::vector<std::int32_t>{0, 1, 0});
  REQUIRE(data.targets.size() == 2);
  CHECK(data.targets[0].kind == TargetKind::values);
  CHECK(data.targets[0].values == Floats{20.5f, 30, 50});
  CHECK(data.targets[0].names == Names{"age"});
  CHECK(data.targets[1].kind == TargetKind::index);
  CHECK(data.targets[1].class_names == Names{"bird", "cat", "dog"});
  CHECK(data.targets[1].classes == std::vector<std::int32_t>{1, 2, 0});
  CHECK(data.file_row(2) == 3);
  const Dataset some = data.rows(std::vector<std::uint32_t>{2, 0});
  CHECK(some.targets[0].values == Floats{50, 20.5f});
  CHECK(some.targets[1].classes == std::vector<std::int32_t>{0, 1});
  const Dataset kinds = data.of_target(1);
  CHECK(kinds.target_kind == TargetKind::index);
  CHECK(kinds.target_width == 3);
  CHECK(kinds.class_names == Names{"bird", "cat", "dog"});
  CHECK(kinds.features.empty());
}

TEST_CASE("a further target can be of several columns, and of the kind that is asked for") {
  TestFile file("x.csv", "1,0,2,7\n2,1,3,8\n");
  file.source.target = {std::int64_t{1}};
  file.source.further_targets = {{{std::int64_t{2}, std::int64_t{-1}}, {}, {}, {}},
                                 {{std::int64_t{1}}, TargetKind::values, {}, {}}};
  const Dataset data = file.read();
  CHECK(data.features == Floats{1, 2});
  CHECK(data.targets[0].values == Floats{2, 7, 3, 8});
  CHECK(data.targets[0].width == 2);
  // The data's own target may be one of them.
  CHECK(data.targets[1].values == Floats{0, 1});
}

TEST_CASE("a further file has the classes of the training data, and one to predict needs no target") {
  const Preparation fitted = Preparation::fit(TargetColumns().read(), Scaling::none);
  const Preparation back = preparation_from_json(to_json(fitted));
  REQUIRE(back.targets.size() == 2);
  CHECK(back.targets[1].class_names == Names{"bird", "cat", "dog"});
  CHECK(back.targets[0].kind == TargetKind::values);
  TargetColumns other("b,kind,a,age,y\n1,dog,2,3,1\n");
  other.source.wanted_features = {"a", "b"};
  other.source.further_targets[1].class_names = {"bird", "cat", "dog"};
  other.source.class_names = {"0", "1"};
  Dataset data = other.read();
  CHECK(data.targets[1].classes == std::vector<std::int32_t>{2});
  back.apply(data);
  data.targets[1].class_names = {"cat"};
  CHECK(treino::test::fault_of([&] { back.apply(data); }) ==
        "the classes of target 2 of [[loss]] are 'cat'; the model was trained on 'bird', 'cat', 'dog'");
  for (const std::string content : {"a,b\n1,2\n", "a,y,age,kind,b\n1,?,?,?,2\n"}) {
    TargetColumns to_predict(content);
    to_predict.source.ignore_target = true;
    to_predict.source.wanted_features = {"a", "b"};
    CHECK(to_predict.read().features == Floats{1, 2});
    CHECK(to_predict.read().targets.empty());
  }
  // Without names: alone, or with the targets in their places.
  for (const std::string content : {"1,2\n", "1,0,9,9,2\n"}) {
    TestFile to_predict("x.csv", content);
    to_predict.source.ignore_target = true;
    to_predict.source.target = {std::int64_t{1}};
    to_predict.source.further_targets = {{{std::int64_t{2}, std::int64_t{3}}, {}, {}, {}}};
    to_predict.source.sample_shape = {2};
    CHECK(to_predict.read().features == Floats{1, 2});
  }
}

TEST_CASE("further targets that cannot be read are refused") {
  TargetColumns file;
  file.source.further_targets[0].columns = {std::string("agee")};
  const std::string fault = "x.csv: no column 'agee'. Did you mean 'age'? It has: 'a', 'y', 'age', 'kind', 'b'";
  CHECK(file.fault() == fault);
  CHECK(file.fault_of([&] { outline(file.source); }) == fault);
  TargetColumns lacking;
  lacking.source.missing = Missing::error;
  CHECK(lacking.fault().rfind("x.csv:4:3: ", 0) == 0);
  TargetColumns twice;
  twice.source.features = {std::string("a"), std::string("age")};
  CHECK(twice.fault() == "x.csv: column 'age' is both target and feature");
  TestFile image("x.idx", treino::test::idx(8, {2, 2}, "\x01\x02\x03\x04"));
  image.source.further_targets = {{{std::string("t")}, {}, {}, {}}};
  CHECK(image.fault() == "x.idx: no array 't': it has none with a name; give the array's number, from 0");
  InMemory memory;
  memory.name = "the training data";
  memory.count = 1;
  memory.sample_shape = {1};
  memory.features = {1};
  TestSource source;
  source.memory = std::make_shared<InMemory>(memory);
  source.further_targets = image.source.further_targets;
  CHECK(treino::test::fault_of([&] { read(source); }).rfind("the training data: targets of [[loss]]", 0) == 0);
}

TEST_CASE("a record of targets that cannot be is refused") {
  const std::string text_of_record = to_json(Preparation::fit(TargetColumns().read(), Scaling::none));
  const auto fault = [&](const std::string& targets) {
    std::string changed = text_of_record;
    const std::size_t at = changed.find("\"further_targets\":"), end = changed.find("}],", at) + 2;
    changed.replace(at, end - at, "\"further_targets\":" + targets);
    return treino::test::fault_of([&] { preparation_from_json(changed); });
  };
  CHECK(fault("[]").empty());
  CHECK(fault("3") == "preparation: 'further_targets': expected an array");
  CHECK(fault("[3]") == "preparation: 'further_targets': expected objects");
  CHECK(fault("[{\"target_kind\":\"x\"}]").rfind("preparation: 'target_kind': expected one of", 0) == 0);
  CHECK(fault("[{\"target_kind\":\"values\",\"target_width\":-1}]") == "preparation: 'target_width': expected an integer from 0");
}
