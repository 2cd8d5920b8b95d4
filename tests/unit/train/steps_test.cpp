// Targets for each step of a sequence: a run of sequences is bit for bit the run of their steps, each a sample, and what does not fit is
// refused.
#include "support/catch.hpp"
#include "train/trained_model.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

constexpr int sequences = 10, steps = 3;

struct Step {
  int a, b;
  int kind() const { return (a + b) % 3; }
  double quantity() const { return (2 * a - b) / 4.0; }
};
Step step_of(int sequence, int step) { return {(7 * sequence + 3 * step) % 10, (sequence * sequence + 2 * step) % 7}; }

/// A row of 3 steps: their features (a0, b0, a1, ...), classes (c0, ...), quantities (q0, ...) and two of each (p0, r0, p1, ...), and a
/// class of its own.
std::string sequence_rows() {
  std::string text = "a0,b0,a1,b1,a2,b2,c0,c1,c2,q0,q1,q2,p0,r0,p1,r1,p2,r2,y\n";
  for (int i = 0; i < sequences; ++i) {
    std::string features, kinds, quantities, pairs;
    for (int t = 0; t < steps; ++t) {
      const Step step = step_of(i, t);
      const std::string quantity = std::to_string(step.quantity());
      features += std::to_string(step.a) + "," + std::to_string(step.b) + ",";
      kinds += std::to_string(step.kind()) + ",";
      quantities += quantity + ",";
      pairs += quantity + "," + std::to_string(step.b - step.a) + ",";
    }
    text += features + kinds + quantities + pairs + std::to_string(i % 2) + "\n";
  }
  return text;
}

/// A row for each of these steps.
std::string step_rows() {
  std::string text = "a,b,c,q,r\n";
  for (int i = 0; i < sequences; ++i)
    for (int t = 0; t < steps; ++t) {
      const Step step = step_of(i, t);
      text += std::to_string(step.a) + "," + std::to_string(step.b) + "," + std::to_string(step.kind()) + "," +
              std::to_string(step.quantity()) + "," + std::to_string(step.b - step.a) + "\n";
    }
  return text;
}

class StepShop : public Workshop {
 public:
  StepShop() {
    write_text(path() / "sequences.csv", sequence_rows());
    write_text(path() / "steps.csv", step_rows());
  }
};

const std::string classes = "target = [\"c0\", \"c1\", \"c2\"], target_kind = \"index\"";
const std::string features = "features = [\"a0\", \"b0\", \"a1\", \"b1\", \"a2\", \"b2\"], shape = [3, 2], ";

/// Trains `layers` on `train`, in batches of so many samples.
std::string manifest_of(const std::string& train, int batch_size, const std::string& layers, const std::string& loss,
                        const std::string& data = "") {
  return "[run]\nname = \"steps\"\nseed = 4\nepochs = 3\nthreads = 1\n[data]\ntrain = { " + train +
         " }\nbatch_size = " + std::to_string(batch_size) + "\n" +
         (data.find("shuffle") == std::string::npos ? "shuffle = false\n" : "") + data + "[model]\nlayers = [ " + layers +
         " ]\n[optimizer]\nplugin = \"adam\"\nlearning_rate = 0.05\n" + loss;
}
std::string sequence_manifest(const std::string& target, const std::string& layers, const std::string& loss,
                              const std::string& data = "") {
  return manifest_of("file = \"sequences.csv\", " + features + target, 4, layers, loss, data);
}
std::string step_manifest(const std::string& target, const std::string& layers, const std::string& loss,
                          const std::string& data = "") {
  return manifest_of("file = \"steps.csv\", features = [\"a\", \"b\"], " + target, 4 * steps, layers, loss, data);
}

std::string dense(int units, const std::string& more = "") {
  return "{ type = \"dense\", units = " + std::to_string(units) + more + " }";
}
std::string network(int units) { return dense(5) + ", { type = \"tanh\" }, " + dense(units); }

const std::string cross_entropy = "[loss]\nplugin = \"cross_entropy\"\n";
const std::string mse = "[loss]\nplugin = \"mse\"\n";
const std::string class_metrics = "[[metric]]\nplugin = \"accuracy\"\n[[metric]]\nplugin = \"f1\"\n";

struct Trained {
  std::vector<float> weights;
  train::NamedScalars scalars, test;
};

Trained trained(const std::string& manifest, const std::vector<std::string>& settings = {}) {
  const StepShop shop;
  SilentRun run(shop.plan(manifest, settings), shop.path() / "run");
  const train::Result result = run.fit();
  INFO(result.reason);
  REQUIRE(result.outcome == host::Outcome::done);
  return {weights_of(run), result.scalars, run.test(run.run.data.training)};
}

void check_same(const Trained& left, const Trained& right) {
  CHECK(left.weights == right.weights);
  CHECK(left.scalars == right.scalars);
  CHECK(left.test == right.test);
}

std::string refusal(const std::string& manifest) {
  const StepShop shop;
  return what_is_thrown([&] { SilentRun(shop.plan(manifest), shop.path() / "run"); });
}

}  // namespace

// 10 sequences in batches of 4, 4 and 2 are 30 steps in batches of 12, 12 and 6.
TEST_CASE("classes of each step are trained and counted as so many samples") {
  check_same(trained(sequence_manifest(classes, network(3), cross_entropy + class_metrics)),
             trained(step_manifest("target = \"c\", target_kind = \"index\"", network(3), cross_entropy + class_metrics)));
}

TEST_CASE("values of each step are, one or several for a step") {
  const std::string metrics = "[[metric]]\nplugin = \"mae\"\n";
  check_same(trained(sequence_manifest("target = [\"q0\", \"q1\", \"q2\"]", network(1), mse + metrics)),
             trained(step_manifest("target = \"q\"", network(1), mse + metrics)));
  check_same(trained(sequence_manifest("target = [\"p0\", \"r0\", \"p1\", \"r1\", \"p2\", \"r2\"]", network(2), mse + metrics)),
             trained(step_manifest("target = [\"q\", \"r\"]", network(2), mse + metrics)));
}

TEST_CASE("class weights are those of the steps") {
  const std::string weighted =
      "[loss]\nplugin = \"cross_entropy\"\nreduction = \"weighted_mean\"\n[[metric]]\nplugin = "
      "\"accuracy\"\nweighted = true\n";
  for (const std::string weights : {"class_weights = { 0 = 2.0, 2 = 0.25 }\n", "class_weights = \"balanced\"\n"}) {
    INFO(weights);
    const Trained of_sequences = trained(sequence_manifest(classes, network(3), weighted, weights));
    check_same(of_sequences, trained(step_manifest("target = \"c\", target_kind = \"index\"", network(3), weighted, weights)));
    CHECK(of_sequences.weights != trained(sequence_manifest(classes, network(3), weighted)).weights);
  }
}

TEST_CASE("probabilities of a softmax over each step are compared with the classes of the steps") {
  const std::string softmax = network(3) + ", { type = \"softmax\" }";
  const std::string focal = "[loss]\nplugin = \"categorical_generalized_cross_entropy\"\nfrom_logits = false\n";
  check_same(trained(sequence_manifest(classes, softmax, focal + class_metrics)),
             trained(step_manifest("target = \"c\", target_kind = \"index\"", softmax, focal + class_metrics)));
}

TEST_CASE("shuffled sequences keep their targets, step for step") {
  // Nothing is learnt: each epoch has the same loss and accuracy, whatever the order.
  const std::vector<std::string> still = {"optimizer.learning_rate=1e-30"};
  const Trained ordered = trained(sequence_manifest(classes, network(3), cross_entropy + class_metrics), still);
  const Trained shuffled =
      trained(sequence_manifest(classes, network(3), cross_entropy + class_metrics, "shuffle = true\n"), still);
  REQUIRE(ordered.scalars.size() == shuffled.scalars.size());
  for (std::size_t i = 0; i < ordered.scalars.size(); ++i) {
    CAPTURE(ordered.scalars[i].first);
    CHECK(shuffled.scalars[i].second == Approx(ordered.scalars[i].second).epsilon(1e-6));
  }
}

TEST_CASE("shards of sequences, accumulated batches and a resumed run end bit-exactly") {
  const std::string manifest = sequence_manifest(classes, network(3), cross_entropy + class_metrics);
  const Trained two = trained(manifest, {"run.shards=2"});
  check_same(two, trained(manifest, {"run.shards=2", "run.threads=2"}));
  const std::vector<std::string> accumulated = {"run.accumulate=3"};
  check_same(
      trained(manifest, accumulated),
      trained(step_manifest("target = \"c\", target_kind = \"index\"", network(3), cross_entropy + class_metrics), accumulated));
  const StepShop shop;
  const std::string saver =
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 5\nasync_checkpoint = "
      "false\n";
  SilentRun whole(shop.plan(manifest + saver), shop.path() / "whole"), rest(shop.plan(manifest + saver), shop.path() / "rest");
  const train::Result reference = whole.fit();
  rest.restore(shop.path() / "whole/w/5.safetensors");
  const train::Result result = rest.fit();
  CHECK(result.scalars == reference.scalars);
  CHECK(weights_of(rest) == weights_of(whole));
}

TEST_CASE("what is split off keeps the classes of its rows") {
  const StepShop shop;
  SilentRun run(shop.plan(sequence_manifest(classes + ", validation = 0.3", network(3), cross_entropy)), shop.path() / "run");
  const data::Dataset& part = run.run.data.validation;
  REQUIRE(part.count == 3);
  CHECK(part.target_steps == 3);
  REQUIRE(part.classes.size() == 9);
  for (std::size_t i = 0; i < 9; ++i)
    CHECK(part.classes[i] == step_of(static_cast<int>(part.file_row(i / 3)), static_cast<int>(i % 3)).kind());
}

// The two outputs share no layer, so that each is trained as if it were alone.
TEST_CASE("a further output that is a sequence learns targets of its own") {
  const std::string layers =
      dense(3, ", name = \"each\"") + ", { type = \"flatten\", inputs = \"input\" }, " + dense(2, ", name = \"whole\"");
  const std::string losses = cross_entropy +
                             "[[loss]]\nplugin = \"cross_entropy\"\noutput = \"each\"\ntarget = [\"c0\", \"c1\", "
                             "\"c2\"]\ntarget_kind = \"index\"\n[[metric]]\nplugin = \"accuracy\"\noutput = "
                             "\"each\"\n";
  std::string both = losses;
  both.replace(0, 6, "[[loss]]");
  for (const std::string order : {"shuffle = false\n", "shuffle = true\n"}) {
    const Trained one = trained(sequence_manifest(classes, dense(3, ", name = \"each\""), cross_entropy, order));
    const Trained two = trained(sequence_manifest("target = \"y\", target_kind = \"index\"", layers, both, order));
    REQUIRE(two.weights.size() == 9 + 14);
    CHECK(std::vector<float>(two.weights.begin(), two.weights.begin() + 9) == one.weights);
    const auto value = [](const train::NamedScalars& scalars, const std::string& name) {
      for (const auto& [each, found] : scalars)
        if (each == name) return found;
      throw std::logic_error("no scalar " + name);
    };
    CHECK(value(two.test, "test_each_loss") == value(one.test, "test_loss"));
    CHECK(value(two.test, "test_each_accuracy") <= 1);
  }
}

TEST_CASE("a trained model of sequences predicts all steps of a sample, and is evaluated on them") {
  const StepShop shop;
  SilentRun run(shop.plan(sequence_manifest(classes, network(3), cross_entropy + class_metrics)), shop.path() / "run");
  run.fit();
  const train::NamedScalars expected = run.test(run.run.data.training);
  run.save_weights(shop.path() / "model.safetensors");
  host::Screen screen{1, true};
  host::Log log{screen};
  train::TrainedModelOptions options;
  options.model = shop.path() / "model.safetensors";
  options.plugin_folders = {PLUGINS};
  options.purpose = train::PlanOptions::Purpose::evaluation;
  const train::TrainedModel model(options);
  const data::Dataset data =
      train::load_to_evaluate(model.plan(), model.data().preparation, shop.path() / "sequences.csv", std::nullopt);
  const auto built = model.build(data.count, log);
  CHECK(train::Evaluation(*built).test(data, "test_") == expected);
  std::vector<std::size_t> widths;
  train::Evaluation(*built).predict(data, [&](std::uint32_t, std::span<const float> row) { widths.push_back(row.size()); });
  CHECK(widths == std::vector<std::size_t>(sequences, 9));
}

TEST_CASE("targets that do not fit the model's output are refused with both sizes") {
  const std::string flat = "{ type = \"flatten\" }, " + dense(3), sequence = dense(3);
  const std::string for_one = ". For one target for each sample, end with a flatten or global_avg_pool and a dense layer";
  CHECK(
      contains(refusal(sequence_manifest(classes, flat, cross_entropy)),
               "the model's output has shape 3, and the target has 3 columns of classes, which take a sequence of as many steps "
               "(steps x classes); else name a single target column"));
  CHECK(contains(refusal(sequence_manifest("target = \"y\"", sequence, cross_entropy)),
                 "the model's output has shape 3x3, a sequence of 3 steps, and the target has 1 column: classes take 3, one for "
                 "each step" +
                     for_one));
  CHECK(contains(refusal(sequence_manifest("target = [\"q0\", \"q1\", \"q2\", \"p0\"]", sequence, mse)),
                 "and the target has 4 columns: values take 3, one for each step, or a multiple of it" + for_one));
  CHECK(contains(refusal(sequence_manifest("target = \"y\", target_kind = \"one_hot\"", sequence, cross_entropy)),
                 "and the target has 2 columns: with target_kind = \"index\" classes take 3, one for each step" + for_one));
  CHECK(contains(refusal(sequence_manifest("target = [\"c0\", \"c1\", \"c2\"]", sequence, cross_entropy)),
                 "If the target columns hold classes, say [data] train = { ..., target_kind = \"index\" }"));
  CHECK(contains(refusal(sequence_manifest(classes, dense(2), cross_entropy)),
                 "layer 1 dense: the model has 2 outputs, and the data have 3 classes (0, 1, 2)"));
  CHECK(contains(refusal(sequence_manifest(classes + ", validation = 0.2", sequence, cross_entropy, "stratified = true\n")),
                 "a stratified split needs one class for each sample, and the target has 3, one for each step"));
}

TEST_CASE("class weights of steps do not weigh an output of samples") {
  const std::string layers = dense(3, ", name = \"each\"") + ", { type = \"flatten\", inputs = \"input\", name = \"flat\" }, " +
                             dense(2, ", name = \"whole\"") + ", " + dense(3, ", inputs = \"each\"");
  const std::string losses =
      "[[loss]]\nplugin = \"cross_entropy\"\n[[loss]]\nplugin = \"cross_entropy\"\noutput = \"whole\"\n"
      "target = \"y\"\ntarget_kind = \"index\"\n";
  CHECK(contains(refusal(sequence_manifest(classes, layers, losses, "class_weights = \"balanced\"\n")),
                 "the output \"whole\" has 1 step, and the last layer's 3: class_weights, which are of the steps of that, cannot "
                 "weigh both"));
  CHECK(refusal(sequence_manifest(classes, layers, losses)) == "nothing");
}

TEST_CASE("an invalid class is told by the place of its step") {
  const StepShop shop;
  write_text(shop.path() / "sequences.csv", "a0,b0,a1,b1,a2,b2,c0,c1,c2\n1,2,3,4,5,6,0,1,2\n1,2,3,4,5,6,0,1.5,2\n");
  CHECK(contains(
      what_is_thrown([&] { SilentRun(shop.plan(sequence_manifest(classes, dense(3), cross_entropy)), shop.path() / "run"); }),
      "sequences.csv:3:8: expected the number of a class, an integer from 0 to 999999, found '1.5'"));
}

TEST_CASE("validation data with other target columns than the training data are refused") {
  const StepShop shop;
  write_text(shop.path() / "t.csv", "1,2,3,4,5,6,1,2,3\n1,2,3,4,5,6,4,5,6\n");
  write_text(shop.path() / "v.csv", "1,2,3,4,5,6,1,2,3,4,5,6\n");
  const std::string file = "features = [0, 1, 2, 3, 4, 5], shape = [3, 2], target = [";
  CHECK(contains(what_is_thrown([&] {
                   SilentRun(shop.plan(manifest_of("file = \"t.csv\", " + file + "6, 7, 8]", 2, dense(1), mse,
                                                   "validation = { file = \"v.csv\", " + file + "6, 7, 8, 9, 10, 11] }\n")),
                             shop.path() / "run");
                 }),
                 "the target has 6 columns; the model was trained on 3"));
}
