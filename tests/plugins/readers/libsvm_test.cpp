// LIBSVM's format in manifests: the same data as CSV give the same run.
#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Forty rows of five features, most of them 0.
std::string sparse_rows(bool sparse) {
  std::string text;
  for (int row = 0; row < 40; ++row) {
    const std::string label = row % 3 == 0 ? "-1" : "+1";
    std::string values;
    for (int i = 0; i < 5; ++i) {
      const int value = (row * 7 + i * 3) % 11 < 4 ? row % 6 - 2 : 0;
      if (!sparse) values += std::to_string(value) + ",";
      if (sparse && value != 0) values += " " + std::to_string(i + 1) + ":" + std::to_string(value);
    }
    text += sparse ? label + values + "\n" : values + label + "\n";
  }
  return text;
}

const std::string sparse_keys = ", target_kind = \"index\", class_names = [\"-1\", \"+1\"], validation = 0.2";

}  // namespace

TEST_CASE("a run on sparse rows is that on the same rows as CSV, bit for bit") {
  const ReaderWorkshop workshop;
  workshop.file("a.libsvm", sparse_rows(true));
  workshop.file("a.csv", sparse_rows(false));
  const auto sparse = workshop.trained(reading("file = \"a.libsvm\"" + sparse_keys, "", "cross_entropy", 2), "sparse");
  const auto dense = workshop.trained(reading("file = \"a.csv\", target = -1" + sparse_keys, "", "cross_entropy", 2), "dense");
  CHECK(sparse == dense);
}

TEST_CASE("a file that lacks the last features is refused, and read with n_features") {
  const ReaderWorkshop workshop;
  workshop.file("train.libsvm", "1 1:1 3:1\n2 2:1\n1 1:2\n2 1:3\n");
  workshop.file("test.libsvm", "1 1:1\n2 2:1\n");
  const std::string train = "file = \"train.libsvm\", target_kind = \"index\"";
  const std::string test = "test = { file = \"test.libsvm\" }\n";
  CHECK(workshop.thrown(reading(train, test)) == "samples of shape 2; the model was trained on 3");
  const train::RunData data = train::load_data(workshop.plan_of(reading(train + ", n_features = 4", test)));
  CHECK(data.training.sample_shape == data::Shape{4});
  CHECK(data.test.features == std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0});
}

TEST_CASE("a label that is missing or no class is told with its line") {
  const ReaderWorkshop workshop;
  workshop.file("a.libsvm", "# labels\n1 1:1\nx 2:1\n");
  CHECK_THAT(workshop.thrown(reading("file = \"a.libsvm\", class_names = [\"1\", \"2\"]")),
             ContainsSubstring("a.libsvm:3:1: expected one of the classes '1', '2', found 'x'"));
  CHECK_THAT(workshop.thrown(reading("file = \"a.libsvm\", target_kind = \"values\"")), ContainsSubstring("a.libsvm:3:1: "));
}
