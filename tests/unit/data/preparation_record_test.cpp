// What a preparation keeps of the training data, so that a trained model needs them no more.
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "support/catch.hpp"
#include "support/data_fault.hpp"

using namespace treino::data;
using treino::test::fault_of;

namespace {

Dataset three_classes() {
  Dataset data;
  data.count = 3;
  data.sample_shape = {2};
  data.features = {1, 2, 3, 4, 5, 6};
  data.feature_names = {"width", "height"};
  data.target_names = {"kind"};
  data.target_kind = TargetKind::index;
  data.target_width = 3;
  data.class_names = {"a", "b", "c"};
  data.classes = {0, 1, 2};
  return data;
}

}  // namespace

TEST_CASE("a preparation keeps the names and the kind of the training data, through JSON too") {
  const Preparation fitted = Preparation::fit(three_classes(), Scaling::none);
  for (const Preparation& preparation : {fitted, preparation_from_json(to_json(fitted))}) {
    const Dataset like = preparation.without_rows();
    CHECK(like.count == 0);
    CHECK(like.features.empty());
    CHECK(like.sample_shape == Shape{2});
    CHECK(like.feature_names == std::vector<std::string>{"width", "height"});
    CHECK(like.target_names == std::vector<std::string>{"kind"});
    CHECK(like.target_kind == TargetKind::index);
    CHECK(like.target_width == 3);
    CHECK(like.class_names == std::vector<std::string>{"a", "b", "c"});
  }
}

TEST_CASE("classes of several steps are recorded, and data with other steps are refused") {
  Dataset data = three_classes();
  data.target_steps = 2;
  data.classes = {0, 1, 2, 0, 1, 2};
  data.targets.push_back({TargetKind::index, 3, 4, {}, {}, {"a", "b", "c"}, {}});
  const Preparation fitted = Preparation::fit(data, Scaling::none);
  for (const Preparation& preparation : {fitted, preparation_from_json(to_json(fitted))}) {
    CHECK(preparation.without_rows().target_steps == 2);
    CHECK(preparation.without_rows().targets.at(0).steps == 4);
    CHECK(fault_of([&] { preparation.apply(data); }) == "");
    Dataset longer = data;
    longer.target_steps = 3;
    CHECK(fault_of([&] { preparation.apply(longer); }) == "the target has 3 columns; the model was trained on 2");
    longer = data;
    longer.targets[0].steps = 5;
    CHECK(fault_of([&] { preparation.apply(longer); }) == "target 1 of [[loss]] has 5 columns; the model was trained on 4");
  }
  std::string text = to_json(fitted);
  text.replace(text.find("\"target_steps\":2"), 16, "\"target_steps\":0");
  CHECK(fault_of([&] { preparation_from_json(text); }) == "preparation: 'target_steps': expected an integer from 1");
  CHECK(to_json(Preparation::fit(three_classes(), Scaling::none)).find("target_steps") == std::string::npos);
}

TEST_CASE("the JSON of an earlier version is read, and says nothing of the target") {
  const Preparation old = preparation_from_json(
      R"({"scaling":"none","factor":1.0,"offset":[],"gain":[],"missing_mean":[],"class_names":["a"],"sample_shape":[2]})");
  CHECK(old.target_kind == TargetKind::none);
  CHECK(old.feature_names.empty());
}

TEST_CASE("names and kinds that do not fit each other are refused") {
  const std::string good = to_json(Preparation::fit(three_classes(), Scaling::none));
  const auto fault = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    REQUIRE(text.find(what) != std::string::npos);
    text.replace(text.find(what), what.size(), by);
    return fault_of([&] { preparation_from_json(text); });
  };
  CHECK(fault("\"feature_names\":[\"width\",", "\"feature_names\":[") ==
        "preparation: 'feature_names': expected 2 names, found 1");
  CHECK(fault("\"target_kind\":\"index\"", "\"target_kind\":\"indes\"") ==
        "preparation: 'target_kind': expected one of 'none', 'index', 'one_hot', 'values'");
  CHECK(fault("\"target_kind\":\"index\"", "\"target_kind\":3") ==
        "preparation: 'target_kind': expected one of 'none', 'index', 'one_hot', 'values'");
  CHECK(fault("\"target_width\":3", "\"target_width\":-3") == "preparation: 'target_width': expected an integer from 0");
  CHECK(fault("\"target_width\":3", "\"target_width\":4") == "preparation: 'class_names': expected 4 names, found 3");
  CHECK(fault("\"target_names\":[\"kind\"]", "\"target_names\":\"kind\"") == "preparation: 'target_names': expected an array");
  CHECK(fault("\"target_names\":[\"kind\"],", "") == "preparation: 'target_names' is missing");
}
