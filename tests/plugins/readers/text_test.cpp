// Texts as windows of characters, in manifests and runs: the characters of the training text are those of every other.
#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

std::string text_of(const std::string& more = "", const std::string& data = "") {
  return "[data]\ntrain = { file = \"train.txt\", format = \"text\", window = 4" + more + " }\n" + data +
         "batch_size = 2\n[model]\nlayers = [ { type = \"embedding\", input_dim = 4, output_dim = 3 }, { type = \"dense\", units "
         "= 4 "
         "} ]\n[optimizer]\nplugin = \"sgd\"\nlearning_rate = 0.1\n[loss]\nplugin = \"cross_entropy\"\n";
}

}  // namespace

TEST_CASE("windows and what follows them become features and classes for each step") {
  const ReaderWorkshop workshop;
  workshop.file("train.txt", "abcabcabc\nab");
  const train::RunData data = train::load_data(workshop.plan_of(text_of()));
  CHECK(data.training.count == 2);
  CHECK(data.training.sample_shape == data::Shape{4});
  CHECK(data.training.features == std::vector<float>{1, 2, 3, 1, 2, 3, 1, 2});
  CHECK(data.training.target_kind == data::TargetKind::index);
  CHECK(data.training.target_steps == 4);
  CHECK(data.training.classes == std::vector<std::int32_t>{2, 3, 1, 2, 3, 1, 2, 3});
  CHECK(data.training.class_names == std::vector<std::string>{"\\n", "a", "b", "c"});
  CHECK(data.preparation.class_names == data.training.class_names);
}

TEST_CASE("validation texts have the numbers of the training text, and no other characters") {
  const ReaderWorkshop workshop;
  workshop.file("train.txt", "abcabcabc\nab");
  workshop.file("v.txt", "ccbbaa");
  const std::string manifest = text_of("", "validation = \"v.txt\"\n");
  const train::RunData data = train::load_data(workshop.plan_of(manifest));
  CHECK(data.validation.features == std::vector<float>{3, 3, 2, 2});
  CHECK(data.validation.classes == std::vector<std::int32_t>{3, 2, 2, 1});
  workshop.file("v.txt", "ab\ncbab\xc3\xa4");
  CHECK(workshop.thrown(manifest) == "v.txt:2:5: expected one of the 4 characters of the training text, found '\xc3\xa4'");
}

TEST_CASE("class_names in the manifest are the characters, in their order, control characters as C writes them") {
  const ReaderWorkshop workshop;
  workshop.file("train.txt", "ab\tab\n");
  const auto named = [](const std::string& names) { return text_of(", class_names = [" + names + "]"); };
  const train::RunData data = train::load_data(workshop.plan_of(named("\"b\", \"a\", \"\\\\n\", \"\\\\t\"")));
  CHECK(data.training.features == std::vector<float>{1, 0, 3, 1});
  CHECK(data.training.classes == std::vector<std::int32_t>{0, 3, 1, 0});
  CHECK_THAT(workshop.thrown(named("\"b\", \"ab\"")),
             ContainsSubstring("train.txt: class_names: expected single characters, found 'ab'"));
  CHECK_THAT(workshop.thrown(named("\"a\", \"b\"")),
             ContainsSubstring("train.txt:1:3: expected one of the 2 characters of the training text, found '\\t'"));
}

TEST_CASE("a text is predicted without what follows its last window") {
  const ReaderWorkshop workshop;
  workshop.file("train.txt", "abcabcabc\nab");
  workshop.file("short.txt", "cabc");
  const train::Plan plan = workshop.plan_of(text_of());
  const train::RunData data = train::load_data(plan);
  const data::Dataset predicted = train::load_to_predict(plan, data.preparation, workshop.path() / "short.txt");
  CHECK(predicted.count == 1);
  CHECK(predicted.features == std::vector<float>{3, 1, 2, 3});
}

TEST_CASE("windows that would not fit a computer are refused before they are read") {
  const ReaderWorkshop workshop;
  workshop.file("train.txt", std::string(200000, 'a'));
  std::string text = text_of();
  text.replace(text.find("window = 4"), 10, "window = 99999, stride = 1");
  CHECK_THAT(workshop.faults(text), ContainsSubstring("are more than 2147483647 numbers: take a larger stride"));
}
