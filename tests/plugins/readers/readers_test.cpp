// Data that plugins read, in manifests and runs: the same data give the same run, whoever reads them.
#include <span>

#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// Thirty rows of three features and a class, with this between the fields.
std::string rows(const std::string& between, bool missing = false) {
  std::string text;
  const auto line = [&](const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) text += (i > 0 ? between : "") + fields[i];
    text += "\n";
  };
  line({"a", "b", "c", "kind"});
  for (int row = 0; row < 30; ++row) {
    const bool lacks = missing && row % 7 == 3;
    line({std::to_string(row % 5), lacks ? "NA" : std::to_string(0.1 * (row % 11)), std::to_string(16777217 + row),
          std::string(1, static_cast<char>('p' + row % 3))});
  }
  return text;
}

}  // namespace

TEST_CASE("a run is the same bit for bit whether a plugin or Treino itself reads its data") {
  const ReaderWorkshop workshop;
  for (const bool missing : {false, true}) {
    const std::string words = workshop.file("data.txt", rows(" ", missing)), csv = workshop.file("data.csv", rows(",", missing));
    for (const std::string scaling : {"", "scaling = \"standardize\"\n"})
      for (const std::string policy : {"skip_row", "zero", "mean"}) {
        INFO(scaling << policy);
        const std::string keys = ", target = \"kind\", validation = 0.2, missing = \"" + policy + "\"";
        const auto by_plugin = workshop.trained(reading("file = \"" + words + "\", format = \"words\"" + keys, scaling), "words");
        const auto own = workshop.trained(reading("file = \"" + csv + "\"" + keys, scaling), "csv");
        CHECK(by_plugin == own);
      }
  }
}

TEST_CASE(
    "a run whose features stay in the file is that of features in memory, bit for bit, and knows its data by the same "
    "fingerprints") {
  const ReaderWorkshop workshop;
  std::string pixels, labels;
  for (int i = 0; i < 60 * 20; ++i) pixels += static_cast<char>(i * i * 7 % 251);
  for (int i = 0; i < 60; ++i) labels += static_cast<char>(i * 5 % 3);
  const auto idx = [](const std::string& shape, const std::string& elements) {
    std::string bytes = std::string("\0\0\x08", 3) + static_cast<char>(shape.size());
    for (const char size : shape) bytes += std::string("\0\0\0", 3) + size;
    return bytes + elements;
  };
  workshop.file("images.idx", idx("\x3c\x04\x05", pixels));
  workshop.file("labels.idx", idx("\x3c", labels));
  const std::string files =
      "file = \"images.idx\", target_file = \"labels.idx\", target_kind = \"index\", validation = 0.25, test = 0.1";
  for (const std::string scaling : {"", "scale = 0.1\n", "scaling = \"min_max\"\n"})
    for (const std::string shuffle : {"true", "false"}) {
      CAPTURE(scaling, shuffle);
      const std::string more = scaling + "shuffle = " + shuffle + "\n";
      const std::string in_memory = reading(files, more), stored = reading(files, more + "memory_limit = 0\n");
      CHECK(train::load_data(workshop.plan_of(stored)).training.features.empty());
      CHECK(workshop.trained(stored, "stored") == workshop.trained(in_memory, "in_memory"));
      CHECK(train::load_data(workshop.plan_of(stored)).record.to_json() ==
            train::load_data(workshop.plan_of(in_memory)).record.to_json());
    }
}

TEST_CASE("a reader's data set has the names, classes and rows of its source") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", rows(" ", true));
  const train::RunData data = train::load_data(workshop.plan_of(
      reading("file = \"data.txt\", format = \"words\", target = \"kind\", features = [\"c\", \"b\"], missing = \"skip_row\"")));
  CHECK(data.training.count == 26);  // rows 3, 10, 17 and 24 lack b
  CHECK(data.training.feature_names == std::vector<std::string>{"c", "b"});
  CHECK(data.training.class_names == std::vector<std::string>{"p", "q", "r"});
  CHECK(data.training.file_row(3) == 4);
  CHECK(data.training.classes[3] == 1);
}

TEST_CASE("a reader says which of its fields are targets, and what shape a sample has; columns have numbers where no names") {
  const ReaderWorkshop workshop;
  std::string records;
  for (int row = 0; row < 12; ++row) {
    records += static_cast<char>(row % 3);
    for (int i = 0; i < 4; ++i) records += static_cast<char>(row * 20 + i);
  }
  workshop.file("images.bin", records);
  const std::string cifar = "file = \"images.bin\", format = \"cifar\", image = [1, 2, 2]";
  const train::Plan plan = workshop.plan_of(reading(cifar));
  CHECK(*plan.input == nn::Shape{1, 2, 2});
  const train::RunData data = train::load_data(plan);
  CHECK(data.training.count == 12);
  CHECK(data.training.features[4 * 11 + 3] == 223);  // bytes are not negative
  CHECK(data.training.classes == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  CHECK(train::load_data(workshop.plan_of(reading(cifar + ", shape = [4]"))).training.sample_shape == data::Shape{4});

  const train::RunData plain =
      train::load_data(workshop.plan_of(reading("file = \"nothing\", format = \"plain_reader\"", "", "cross_entropy", 2)));
  CHECK(plain.training.features == std::vector<float>{0, 0.5f, 1, 1.5f});
  CHECK(plain.training.classes == std::vector<std::int32_t>{0, 1, 0, 1});
  const train::RunData turned = train::load_data(workshop.plan_of(reading(
      "file = \"nothing\", format = \"plain_reader\", target = 0, features = 1, target_kind = \"values\"", "", "mse", 1)));
  CHECK(turned.training.features == std::vector<float>{0, 1, 0, 1});
  CHECK(turned.training.values == std::vector<float>{0, 0.5f, 1, 1.5f});
}

TEST_CASE("validation and test inherit the reader and its parameters, and their columns are found by name") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", rows(" "));
  workshop.file("other.txt", "kind c extra b a\nq 3 0 2 1\n");
  const train::RunData data = train::load_data(
      workshop.plan_of(reading("file = \"data.txt\", format = \"words\", target = \"kind\"", "validation = \"other.txt\"\n")));
  CHECK(data.validation.features == std::vector<float>{1, 2, 3});
  CHECK(data.validation.classes == std::vector<std::int32_t>{1});
}

TEST_CASE("a target may be in a source of its own, and [[loss]] has columns of the reader's source") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", "a b\n1 2\n3 4\n");
  workshop.file("labels.txt", "y z\n7 1\n8 0\n");
  const train::RunData data = train::load_data(workshop.plan_of(
      reading("file = \"data.txt\", format = \"words\", target_file = \"labels.txt\", target = \"z\"", "", "cross_entropy", 2)));
  CHECK(data.training.classes == std::vector<std::int32_t>{1, 0});
  CHECK(data.training.features == std::vector<float>{1, 2, 3, 4});
  workshop.file("short.txt", "y\n7\n");
  CHECK(workshop.thrown(reading("file = \"data.txt\", format = \"words\", target_file = \"short.txt\"")) ==
        "short.txt: 1 rows of targets, but data.txt has 2 rows; is one of them a header? Then say so");
}

TEST_CASE("several inputs are columns or arrays of a reader's source") {
  const ReaderWorkshop workshop;
  workshop.file("data.txt", "a b c kind\n1 2 3 p\n4 5 6 q\n");
  const std::string manifest =
      "[data]\ntrain = { file = \"data.txt\", format = \"words\", target = \"kind\" }\n"
      "inputs = { left = [\"c\"], right = { columns = [\"a\", \"b\"], shape = [2, 1] } }\n[model]\nlayers = [ { type = "
      "\"flatten\", "
      "inputs = \"right\", name = \"r\" }, { type = \"concat\", inputs = [\"left\", \"r\"] }, { type = \"dense\", units = 2 } ]\n"
      "[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"cross_entropy\"\n";
  const train::RunData data = train::load_data(workshop.plan_of(manifest));
  CHECK(data.training.features == std::vector<float>{3, 1, 2, 6, 4, 5});
  CHECK(data::to_text(data.training.inputs) == "left 1, right 2x1");
}
