// The data sets under examples/data, with the facts that their origins publish.
#include <algorithm>
#include <filesystem>

#include "data/source.hpp"
#include "plugins/readers/formats/data_files.hpp"
#include "support/catch.hpp"

using namespace treino::data;
using treino::test::TestSource;
using Names = std::vector<std::string>;

namespace {

TestSource shipped(const std::string& name) {
  TestSource source;
  source.file = "examples/data/" + name;
  return source;
}

}  // namespace

TEST_CASE("digits: 1,797 images of 64 pixels from 0 to 16, ten classes") {
  TestSource source = shipped("digits.csv.gz");
  source.target = {std::int64_t{-1}};
  source.sample_shape = {1, 8, 8};
  const Dataset data = read(source);
  CHECK(data.count == 1797);
  CHECK(data.sample_shape == Shape{1, 8, 8});
  CHECK(data.target_kind == TargetKind::index);
  CHECK(data.class_names == Names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK(std::count(data.classes.begin(), data.classes.end(), 0) == 178);
  CHECK(*std::min_element(data.features.begin(), data.features.end()) == 0.0f);
  CHECK(*std::max_element(data.features.begin(), data.features.end()) == 16.0f);
}

TEST_CASE("diabetes: 442 patients, a target from 25 to 346 with mean 152.13") {
  TestSource source = shipped("diabetes.csv");
  source.target = {std::string("target")};
  const Dataset data = read(source);
  CHECK(data.count == 442);
  CHECK(data.feature_names == Names{"age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"});
  CHECK(data.target_kind == TargetKind::values);
  CHECK(*std::min_element(data.values.begin(), data.values.end()) == 25.0f);
  CHECK(*std::max_element(data.values.begin(), data.values.end()) == 346.0f);
  double sum = 0;
  for (const float value : data.values) sum += value;
  CHECK(sum / 442 == Approx(152.133).margin(0.001));
}

TEST_CASE("wine: three growers with 59, 71 and 48 wines") {
  TestSource source = shipped("wine.csv");
  source.target = {std::string("target")};
  const Dataset data = read(source);
  CHECK(data.sample_shape == Shape{13});
  CHECK(data.class_names == Names{"class_0", "class_1", "class_2"});
  CHECK(std::count(data.classes.begin(), data.classes.end(), 0) == 59);
  CHECK(std::count(data.classes.begin(), data.classes.end(), 1) == 71);
  CHECK(std::count(data.classes.begin(), data.classes.end(), 2) == 48);
}

TEST_CASE("breast cancer: 357 benign and 212 malignant cases of 30 measurements") {
  TestSource source = shipped("breast_cancer.csv");
  source.target = {std::string("target")};
  const Dataset data = read(source);
  CHECK(data.sample_shape == Shape{30});
  CHECK(data.class_names == Names{"benign", "malignant"});
  CHECK(std::count(data.classes.begin(), data.classes.end(), 0) == 357);
  CHECK(std::count(data.classes.begin(), data.classes.end(), 1) == 212);
}

TEST_CASE("Fashion-MNIST of Debian's package: a thousand test images of each of ten classes") {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  if (!std::filesystem::exists(folder)) return;  // an optional package
  TestSource source;
  source.file = folder + "t10k-images-idx3-ubyte.gz";
  source.target_file = folder + "t10k-labels-idx1-ubyte.gz";
  const Dataset data = read(source);
  CHECK(data.count == 10000);
  CHECK(data.sample_shape == Shape{1, 28, 28});
  CHECK(data.target_width == 10);
  for (int i = 0; i < 10; ++i) CHECK(std::count(data.classes.begin(), data.classes.end(), i) == 1000);
  CHECK(*std::max_element(data.features.begin(), data.features.end()) == 255.0f);
}
