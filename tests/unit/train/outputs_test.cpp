// Further outputs with losses of their own, from the manifest to the weights: against torch, in every way of running them, and what is
// refused.
#include <cmath>
#include <map>

#include "support/catch.hpp"
#include "train/trained_model.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// 24 rows of a 1 x 2 x 2 image and two numbers of the weather, which of two classes, and a quantity: a tenth of the sum.
std::string output_rows() {
  std::string text = "p0,p1,p2,p3,wind,rain,y,age\n";
  for (int i = 0; i < 24; ++i) {
    int sum = 0;
    for (int k = 0; k < 6; ++k) {
      const int value = (i * (k + 3) + k * k) % 9;
      sum += value;
      text += std::to_string(value) + ",";
    }
    text += std::to_string(sum > 23 ? 1 : 0) + "," + std::to_string(sum / 10) + "." + std::to_string(sum % 10) + "\n";
  }
  return text;
}

const std::string two_losses = R"([[loss]]
plugin = "cross_entropy"
[[loss]]
plugin = "cross_entropy"
output = "aux"
weight = 0.4
)";
const std::string ages = R"([[loss]]
plugin = "mse"
output = "aux"
weight = 0.5
target = "age"
[[loss]]
plugin = "cross_entropy"
output = "main"
weight = 0.25
)";

/// `aux`: units of the head on what is made of the weather.
std::string two_outputs(const std::string& losses = two_losses, int aux = 2, const std::string& more = "",
                        const std::string& data = "") {
  return R"([run]
name = "two"
seed = 3
epochs = 5
threads = 1
[data]
inputs = { image = { columns = ["p0", "p1", "p2", "p3"], shape = [1, 2, 2] }, weather = ["rain", "wind"] }
train = { file = "rows.csv", target = "y" }
scale = 0.125
batch_size = 6
shuffle = false
)" + data +
         R"([model]
layers = [
  { type = "conv2d", filters = 2, kernel = 2, inputs = "image", name = "conv" },
  { type = "flatten", name = "seen" },
  { type = "dense", units = 3, inputs = "weather", name = "hidden" },
  { type = "tanh", name = "felt" },
  { type = "dense", units = )" +
         std::to_string(aux) + R"(, name = "aux" },
  { type = "concat", inputs = ["seen", "felt"] },
  { type = "dense", units = 2, name = "main" },
]
[optimizer]
plugin = "sgd"
learning_rate = 0.1
)" + losses +
         more;
}

class OutputShop : public Workshop {
 public:
  OutputShop() { write_text(path() / "rows.csv", output_rows()); }
};

/// Weights that the script too has: of each layer, by a number for it.
void give_weights(train::Run& run) {
  const std::map<std::string, int> numbers = {{"conv", 1}, {"hidden", 2}, {"aux", 3}, {"main", 4}};
  for (nn::Parameter& one : run.model.parameters()) {
    const int number = numbers.at(one.name.substr(0, one.name.find('/')));
    const bool bias = one.name.find("/bias") != std::string::npos;
    for (std::size_t j = 0; j < one.value.size(); ++j) {
      const int i = static_cast<int>(j);
      one.value[j] = static_cast<float>(bias ? (number * 5 + i) % 5 - 2 : (number * 7 + i * 3) % 11 - 5) / 10;
    }
  }
}

void check_weights(train::Run& run, const std::map<std::string, std::vector<double>>& expected) {
  for (const nn::Parameter& one : run.model.parameters()) {
    CAPTURE(one.name);
    check_near({one.value.begin(), one.value.end()}, expected.at(one.name));
  }
}

double value_of(const train::NamedScalars& scalars, const std::string& name) {
  for (const auto& [each, value] : scalars)
    if (each == name) return value;
  throw std::logic_error("no scalar " + name);
}

std::vector<float> trained(const std::string& text, const std::vector<std::string>& settings = {}) {
  const OutputShop shop;
  SilentRun run(shop.plan(text, settings), shop.path() / "run");
  const train::Result result = run.fit();
  INFO(result.reason);
  CHECK(result.outcome == host::Outcome::done);
  return weights_of(run);
}

}  // namespace

// Weights and losses after 20 steps of SGD, by torch 1.13.1 in float64: the same layers and first weights, the loss
// cross_entropy(main) + 0.4 * cross_entropy(aux).
TEST_CASE("two inputs and two outputs are trained as torch trains them") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs(
                    two_losses, 2, "[[metric]]\nplugin = \"accuracy\"\n[[metric]]\nplugin = \"accuracy\"\noutput = \"aux\"\n")),
                shop.path() / "run");
  give_weights(run.run);
  CHECK(run.fit().outcome == host::Outcome::done);
  check_weights(run.run, {{"conv/weight",
                           {0.20917909, 0.56578188, -0.29737633, 0.059362096, 0.30523277, -0.45830388, -0.19921879, 0.13766404}},
                          {"conv/bias", {-0.23685107, -0.12480282}},
                          {"hidden/weight", {-0.15202993, 0.10382159, 0.34529831, -0.35349756, -0.12146118, 0.17741494}},
                          {"hidden/bias", {-0.1188256, -0.1860199, 0.041976805}},
                          {"aux/weight", {0.43517961, -0.23517961, -0.028362347, 0.32836235, -0.46199807, -0.23800193}},
                          {"aux/bias", {-0.019402555, -0.28059745}},
                          {"main/weight",
                           {-0.012350649, 0.51235065, -0.35598212, -0.14401788, 0.19723967, 0.50276033, -0.31799853, 0.017998526,
                            0.27631299, -0.47631299}},
                          {"main/bias", {-0.10602106, -0.19397894}}});
  const train::NamedScalars scalars = run.test(run.run.data.training);
  CHECK(value_of(scalars, "test_loss") == Approx(0.9031331083671175).epsilon(1e-5));
  CHECK(value_of(scalars, "test_main_loss") == Approx(0.6330640901364252).epsilon(1e-5));
  CHECK(value_of(scalars, "test_aux_loss") == Approx(0.6751725455767309).epsilon(1e-5));
  CHECK(value_of(scalars, "test_accuracy") == Approx(16.0 / 24));
  CHECK(value_of(scalars, "test_aux_accuracy") == Approx(19.0 / 24));
}

// Likewise: batches of 12.
TEST_CASE("accumulated batches of several outputs count as one batch of all their samples") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs(), {"run.accumulate=2"}), shop.path() / "run");
  give_weights(run.run);
  run.fit();
  check_weights(run.run, {{"conv/weight",
                           {0.20264572, 0.52723825, -0.30036707, 0.024599027, 0.30202991, -0.47816274, -0.20062775, 0.11970582}},
                          {"conv/bias", {-0.21918258, -0.11568246}},
                          {"hidden/weight", {-0.1730179, 0.098421963, 0.37327358, -0.37339906, -0.11390488, 0.18917161}},
                          {"hidden/bias", {-0.152139, -0.14861959, 0.023045808}},
                          {"aux/weight", {0.4596401, -0.2596401, -0.014157954, 0.31415795, -0.4771543, -0.2228457}},
                          {"aux/bias", {-0.096077546, -0.20392245}},
                          {"main/weight",
                           {0.045879331, 0.45412067, -0.37807267, -0.12192733, 0.19438597, 0.50561403, -0.30933569, 0.0093356929,
                            0.28975747, -0.48975747}},
                          {"main/bias", {-0.14449177, -0.15550823}}});
}

// Likewise: cross_entropy(weight=[2, 0.5]) for both.
TEST_CASE("weights of classes are those of the samples in all losses") {
  const OutputShop shop;
  std::string weighted = two_losses;
  for (std::size_t at = 0; (at = weighted.find("\"cross_entropy\"", at)) != std::string::npos; at += 15)
    weighted.insert(at + 15, "\nreduction = \"weighted_mean\"");
  SilentRun run(shop.plan(two_outputs(weighted, 2, "", "class_weights = { 0 = 2.0, 1 = 0.5 }\n")), shop.path() / "run");
  give_weights(run.run);
  run.fit();
  check_weights(
      run.run,
      {{"conv/weight", {0.17019089, 0.49358075, -0.33929164, -0.0024076482, 0.27068883, -0.50667308, -0.23849647, 0.097334986}},
       {"conv/bias", {-0.30963629, -0.20695631}},
       {"hidden/weight", {-0.15526866, 0.031112384, 0.4382512, -0.35832007, -0.18884965, 0.26383775}},
       {"hidden/bias", {-0.13214709, -0.30451587, 0.18812882}},
       {"aux/weight", {0.37569816, -0.17569816, -0.074306932, 0.37430693, -0.38664323, -0.31335677}},
       {"aux/bias", {0.1140254, -0.4140254}},
       {"main/weight",
        {0.017138494, 0.48286151, -0.4546863, -0.045313698, 0.09478821, 0.60521179, -0.36396071, 0.063960714, 0.3814996,
         -0.5814996}},
       {"main/bias", {0.10232071, -0.40232071}}});
}

// Likewise: 0.25 * cross_entropy(main) + 0.5 * mse(aux, age).
TEST_CASE("an output learns a target of its own, and metrics of it see that") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs(ages, 1, "[[metric]]\nplugin = \"mse\"\noutput = \"aux\"\n")), shop.path() / "run");
  CHECK(run.run.data.training.sample_shape == nn::Shape{6});
  give_weights(run.run);
  CHECK(run.fit().outcome == host::Outcome::done);
  check_weights(run.run, {{"conv/weight",
                           {0.20314284, 0.51519086, -0.29792976, 0.013374601, 0.30267579, -0.48671183, -0.19830437, 0.11171124}},
                          {"conv/bias", {-0.2039688, -0.10370749}},
                          {"hidden/weight", {0.0085601059, -0.18070462, 0.51986767, -0.17703826, -0.40411476, 0.36315909}},
                          {"hidden/bias", {0.15649435, -0.58061984, 0.24029835}},
                          {"aux/weight", {0.16441001, -0.87044255, 0.60598583}},
                          {"aux/bias", {1.2067692}},
                          {"main/weight",
                           {0.073535166, 0.42646483, -0.38429413, -0.11570587, 0.20244873, 0.49755127, -0.30085918, 0.00085918188,
                            0.2906524, -0.4906524}},
                          {"main/bias", {-0.18735837, -0.11264163}}});
  const train::NamedScalars scalars = run.test(run.run.data.training);
  CHECK(value_of(scalars, "test_loss") == Approx(0.36967085664538535).epsilon(1e-5));
  CHECK(value_of(scalars, "test_main_loss") == Approx(0.653278042720326).epsilon(1e-5));
  CHECK(value_of(scalars, "test_aux_loss") == Approx(0.41270269193060766).epsilon(1e-5));
  CHECK(value_of(scalars, "test_aux_mse") == Approx(0.41270269193060766).epsilon(1e-5));
}

TEST_CASE("the weight of a single loss scales its gradient, and the loss that is told") {
  const auto plain = [](const std::string& weight, const std::string& rate) {
    const Workshop workshop;
    SilentRun run(workshop.plan(wine + small_model, {"optimizer.learning_rate=" + rate, "loss.weight=" + weight, "run.epochs=2"}),
                  workshop.path() / "run");
    return std::pair(number(run.fit(), "val_loss"), weights_of(run));
  };
  const auto half = plain("0.5", "0.1"), whole = plain("1.0", "0.05");
  CHECK(half.first == Approx(whole.first / 2));
  for (std::size_t i = 0; i < half.second.size(); ++i) CHECK(half.second[i] == Approx(whole.second[i]).epsilon(1e-4));
}

TEST_CASE("bits do not depend on shards' processes or threads, shuffling or prefetching aside") {
  const std::vector<float> one = trained(two_outputs(), {"run.shards=2"});
  CHECK(trained(two_outputs(), {"run.shards=2", "run.threads=2"}) == one);
  CHECK(trained(two_outputs(), {"run.shards=2"}) == one);
}

TEST_CASE("a run with several outputs that is resumed within an epoch ends bit-exactly, scalars too") {
  // Four batches are an epoch: the sixth step is in the middle of the second.
  const std::string saver =
      "[[callback]]\nplugin = \"model_checkpoint\"\nfilepath = \"w/{step}.safetensors\"\nsave_freq = 3\nasync_checkpoint = "
      "false\n";
  for (const std::string& text : {two_outputs(two_losses, 2, saver), two_outputs(ages, 1, saver)}) {
    const OutputShop shop;
    SilentRun whole(shop.plan(text, {"run.epochs=2"}), shop.path() / "whole");
    const train::Result reference = whole.fit();
    SilentRun rest(shop.plan(text, {"run.epochs=2"}), shop.path() / "rest");
    rest.restore(shop.path() / "whole/w/6.safetensors");
    const train::Result result = rest.fit();
    CHECK(weights_of(rest) == weights_of(whole));
    for (const char* name : {"loss", "aux_loss", "main_loss"}) CHECK(number(result, name) == number(reference, name));
  }
}

TEST_CASE("a run is not resumed with other outputs than it had") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs(), {"run.epochs=1"}), shop.path() / "run");
  run.fit();
  train::CheckpointWriter(run.run).save_everything(shop.path() / "kept.safetensors");
  const std::string third = "[[loss]]\nplugin = \"cross_entropy\"\noutput = \"seen\"\n";
  SilentRun other(shop.plan(two_outputs(two_losses + third)), shop.path() / "other");
  CHECK(contains(what_is_thrown([&] { other.restore(shop.path() / "kept.safetensors"); }),
                 "model.layers cannot change when a run is resumed"));
}

TEST_CASE("trial steps take all losses, and leave the run as it was") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs()), shop.path() / "run");
  give_weights(run.run);
  const std::vector<float> before = weights_of(run);
  std::vector<double> losses;
  const auto next = [](void* context, std::uint64_t, double loss) {
    static_cast<std::vector<double>*>(context)->push_back(loss);
    return 0.1;
  };
  run.run.trial_steps.run(20, next, &losses);
  CHECK(weights_of(run) == before);
  REQUIRE(losses.size() == 21);
  CHECK(losses.back() < losses[1]);
}

TEST_CASE("what is frozen stays as it is, whatever its output's loss") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs()), shop.path() / "run");
  give_weights(run.run);
  for (std::size_t i = 0; i < run.run.model.parameters().size(); ++i) {
    const std::string name = run.run.model.parameters()[i].name;
    if (name.rfind("hidden/", 0) == 0 || name.rfind("aux/", 0) == 0) run.run.model.set_trainable(i, false);
  }
  const std::vector<float> before = weights_of(run);
  run.fit();
  std::size_t at = 0;
  for (const nn::Parameter& one : run.run.model.parameters()) {
    const std::vector<float> was(before.begin() + static_cast<std::ptrdiff_t>(at),
                                 before.begin() + static_cast<std::ptrdiff_t>(at + one.value.size()));
    CAPTURE(one.name);
    CHECK((std::vector<float>(one.value.begin(), one.value.end()) == was) == !one.trainable);
    at += one.value.size();
  }
}

TEST_CASE("a trained model predicts the last layer's output, and is evaluated with all") {
  const OutputShop shop;
  SilentRun run(shop.plan(two_outputs(ages, 1)), shop.path() / "run");
  run.fit();
  const train::NamedScalars expected = run.test(run.run.data.training);
  run.save_weights(shop.path() / "model.safetensors");
  host::Screen screen{1, true};
  host::Log log{screen};
  train::TrainedModelOptions options;
  options.model = shop.path() / "model.safetensors";
  options.plugin_folders = {PLUGINS};
  {
    const train::TrainedModel model(options);
    const data::Dataset data = train::load_to_predict(model.plan(), model.data().preparation, shop.path() / "rows.csv");
    CHECK(data.targets.empty());
    const auto built = model.build(data.count, log);
    std::size_t width = 0, count = 0;
    train::Evaluation(*built).predict(data, [&](std::uint32_t, std::span<const float> row) { width = row.size(), ++count; });
    CHECK(width == 2);
    CHECK(count == 24);
    std::vector<float> ages_of;
    train::Evaluation(*built).predict(
        data, [&](std::uint32_t, std::span<const float> row) { ages_of.insert(ages_of.end(), row.begin(), row.end()); }, "aux");
    REQUIRE(ages_of.size() == 24);
    // The mean squared error by hand.
    double sum = 0;
    for (std::size_t i = 0; i < 24; ++i) sum += std::pow(ages_of[i] - run.run.data.training.targets[0].values[i], 2.0);
    CHECK(sum / 24 == Approx(value_of(expected, "test_aux_loss")).epsilon(1e-5));
    CHECK(what_is_thrown([&] {
            train::Evaluation(*built).predict(
                data, [](std::uint32_t, std::span<const float>) {}, "auxx");
          }) == "the model has no output 'auxx'. Did you mean 'aux'? It has: main, aux");
  }
  options.purpose = train::PlanOptions::Purpose::evaluation;
  const train::TrainedModel model(options);
  const data::Dataset data =
      train::load_to_evaluate(model.plan(), model.data().preparation, shop.path() / "rows.csv", std::nullopt);
  CHECK(data.targets.size() == 1);
  const auto built = model.build(data.count, log);
  CHECK(train::Evaluation(*built).test(data, "test_") == expected);
}

TEST_CASE("outputs that cannot be are refused at their place") {
  const OutputShop shop;
  const auto faults = [&](const std::string& losses, const std::string& more = "") {
    std::vector<std::string> lines = shop.faults(two_outputs(losses, 2, more));
    for (std::string& line : lines) line.erase(0, line.find(' ') + 1);  // the place, which is looked at below
    return lines;
  };
  const std::string first = "[[loss]]\nplugin = \"cross_entropy\"\n";
  CHECK(faults(first + first + "output = \"auxx\"\n")
            .at(0)
            .rfind("output of cross_entropy: there is no layer 'auxx'. Did you mean 'aux'? There are: conv, seen, hidden, felt, "
                   "aux, concat_1, main",
                   0) == 0);
  CHECK(faults(first + "output = \"aux\"\n") ==
        std::vector<std::string>{
            "output of cross_entropy: the last layer's output, \"main\", has no loss: one of [[loss]] has to be its"});
  CHECK(contains(faults(first + first).at(0), "the output of \"main\" has the loss at "));
  CHECK(contains(faults(first + first + "output = \"main\"\n").at(0), "already: weighted_sum makes one of several"));
  CHECK(contains(faults(first + first + "output = \"aux\"\n" + first + "output = \"aux\"\n").at(0),
                 "the output of \"aux\" has the loss at "));
  CHECK(faults(two_losses, "[[metric]]\nplugin = \"accuracy\"\noutput = \"hidden\"\n") ==
        std::vector<std::string>{
            "output of accuracy: \"hidden\" has no loss, and metrics look at outputs that have one: aux, main"});
  CHECK(faults(two_losses, "[[metric]]\nplugin = \"accuracy\"\noutput = \"image\"\n")
            .at(0)
            .rfind("output of accuracy: there is no layer 'image'", 0) == 0);
  CHECK(faults(
            "[[loss]]\nplugin = \"cross_entropy\"\ntarget = \"age\"\n[[loss]]\nplugin = \"cross_entropy\"\noutput = \"aux\"\n") ==
        std::vector<std::string>{"target of cross_entropy: the last layer's output is compared with the target in [data]"});
  // The place: the line of the output's name.
  const std::string text = two_outputs(first + first + "output = \"auxx\"\n");
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("\"auxx\"")), '\n') + 1;
  CHECK(shop.faults(text).at(0).rfind("train.toml:" + std::to_string(line) + ":10: ", 0) == 0);
}

TEST_CASE("a further output that does not fit its loss or target is refused when the run is built") {
  const OutputShop shop;
  const auto refused = [&](const std::string& losses, int aux, const std::string& more = "",
                           std::vector<std::string> settings = {}) {
    return what_is_thrown([&] { SilentRun(shop.plan(two_outputs(losses, aux, more), settings), shop.path() / "run"); });
  };
  CHECK(contains(refused(two_losses, 3),
                 "layer 3 dense: for the output \"aux\", the model has 3 outputs, and the data have 2 classes"));
  const std::string of = "[[loss]]\nplugin = \"cross_entropy\"\n[[loss]]\noutput = ";
  CHECK(
      contains(refused(of + "\"conv\"\nplugin = \"cross_entropy\"\n[[loss]]\noutput = \"aux\"\nplugin = \"cross_entropy\"\n", 2),
               "the output of \"conv\" has shape 2x1x1; end with a flatten"));
  CHECK(contains(refused(of + "\"aux\"\nplugin = \"mse\"\ntarget = \"y\"\n", 1), "aux_loss takes a target of"));
  CHECK(contains(refused(of + "\"aux\"\nplugin = \"categorical_hinge\"\ntarget = \"age\"\n", 2),
                 "aux_loss takes a target of index, one_hot, and the data have values. If the target column holds classes, say "
                 "target_kind = \"index\" beside the target of "
                 "[[loss]]"));
  std::string softmax = two_outputs();
  softmax.replace(softmax.find("{ type = \"concat\""), 0, "{ type = \"softmax\", inputs = \"aux\", name = \"shares\" },\n  ");
  softmax.replace(softmax.find("output = \"aux\""), 14, "output = \"shares\"");
  CHECK(contains(what_is_thrown([&] { SilentRun(shop.plan(softmax), shop.path() / "run"); }),
                 "shares_loss: it takes logits, the model gives probabilities: drop its last layer"));
  CHECK(contains(refused(of + "\"aux\"\nplugin = \"cross_entropy\"\nreduction = \"sum\"\n", 2, "", {"run.accumulate=2"}),
                 "aux_loss is summed over a batch, and cross_entropy is not: with accumulate in [run]"));
}

TEST_CASE("a target column that is not there is found before the run, and is no feature") {
  const OutputShop shop;
  const std::string of = "[[loss]]\nplugin = \"cross_entropy\"\n[[loss]]\nplugin = \"mse\"\noutput = \"aux\"\ntarget = ";
  CHECK(contains(shop.faults(two_outputs(of + "\"ages\"\n", 1)).at(0), "no column 'ages'. Did you mean 'age'?"));
  // Without inputs, all columns that are no targets are features.
  std::string text = two_outputs(ages, 1);
  const std::string named = text.substr(text.find("inputs = {"), text.find("train = {") - text.find("inputs = {"));
  text.replace(text.find(named), named.size(), "");
  text.replace(
      text.find("[model]"), text.find("[optimizer]") - text.find("[model]"),
      "[model]\nlayers = [ { type = \"dense\", units = 1, name = \"aux\" }, { type = \"dense\", units = 2, inputs = \"input\", "
      "name = \"main\" } ]\n");
  SilentRun run(shop.plan(text), shop.path() / "run");
  CHECK(run.run.data.training.feature_names == std::vector<std::string>{"p0", "p1", "p2", "p3", "wind", "rain"});
  CHECK(run.run.data.training.targets.at(0).values.size() == 24);
}

TEST_CASE("monitors may name the single losses") {
  const OutputShop shop;
  const std::string stopping = "[[callback]]\nplugin = \"early_stopping\"\nmonitor = ";
  CHECK(shop.faults(two_outputs(two_losses, 2, stopping + "\"aux_loss\"\n")).empty());
  CHECK(shop.faults(two_outputs(two_losses, 2, stopping + "\"main_loss\"\n")).empty());
  CHECK(
      contains(shop.faults(two_outputs(two_losses, 2, stopping + "\"other_loss\"\n")).at(0), "there is no scalar 'other_loss'"));
}
