// The manifest of a run's folder reads as the one that was run.
#include <cstdlib>

#include "manifest/resolved.hpp"
#include "manifest/toml_writer.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino::test;
using namespace treino::manifest;

namespace {

const std::string kEverything = R"([run]
name = "a \"b\" \\ é"
folder = "out/{name}"
[data]
train = { file = "digits.csv", target = 2, validation = 0.25 }
test = "more.csv"
class_weights = { "a b" = 1 }
[model]
layers = [ { type = "dense", units = 64, initializer = { kind = "normal", spread = [1e-20, inf, -0.0, 1e300] } }, { type = "relu" } ]
[optimizer]
learning_rate = 1
plugin = "sgd"
[loss]
plugin = "weighted_sum"
losses = [ { plugin = "mse" }, { plugin = "mae", empty = {}, none = [] } ]
[[metric]]
plugin = "mse"
[[metric]]
plugin = "mse"
[[callback]]
plugin = "email"
password = "${TREINO_TEST_TOKEN}"
text = "$${name} \t \u0001 \u007f\n"
[plugins]
path = "p"
[plugins.sha256]
mse = "0000000000000000000000000000000000000000000000000000000000000000"
)";

}  // namespace

TEST_CASE("a resolved manifest, written elsewhere, reads as the same manifest") {
  setenv("TREINO_TEST_TOKEN", "hunter2", 1);
  const Workshop here, elsewhere;
  const Manifest first = here.read_good(kEverything);
  const std::string text = to_toml(resolved(first));
  const Manifest second = elsewhere.read_good(text);
  CHECK(to_toml(resolved(second)) == text);
  CHECK(second.run.name.value == "a \"b\" \\ \u00e9");
  CHECK(*find(second.callbacks.at(0).parameters, "text")->as<std::string>() == "${name} \t \x01 \x7f\n");
  CHECK(second.run.folder == first.run.folder);
  CHECK(second.data.train->file.value == here.path("digits.csv").string());
  CHECK(second.data.test->file.value == here.path("more.csv").string());
  CHECK(*second.data.test->target.at(0).as<std::int64_t>() == 2);
  CHECK(second.data.class_weights == first.data.class_weights);
  CHECK(second.plugin_paths == first.plugin_paths);
  CHECK(second.pinned == first.pinned);
  CHECK(second.metrics.at(1).name.value == "mse_2");
  CHECK(*find(second.callbacks.at(0).parameters, "password")->as<std::string>() == "hunter2");
}

TEST_CASE("a path with a variable in it stays one that reads as the same file elsewhere") {
  setenv("TREINO_TEST_STEM", "digits", 1);
  const Workshop here, elsewhere;
  const Manifest first = here.read_good(replaced(kDigits, "digits.csv", "${TREINO_TEST_STEM}.csv"));
  const std::string text = to_toml(resolved(first));
  CHECK(text.find(here.path("${TREINO_TEST_STEM}.csv").string()) != text.npos);
  CHECK(elsewhere.read_good(text).data.train->file.value == here.path("digits.csv").string());
}

TEST_CASE("a resolved manifest holds every default of the host and the parameters as the caller completed them") {
  const Workshop workshop;
  Manifest manifest = workshop.read_good(kDigits);
  manifest.callbacks[0].parameters = {{"monitor", {}, Value{std::string("val_loss"), {}, false, {}}},
                                      {"patience", {}, Value{std::int64_t{0}, {}, false, {}}}};
  manifest.layers[1].parameters = {{"slope", {}, Value{0.0, {}, false, {}}}};
  manifest.optimizer->parameters.clear();
  const std::string text = workshop.without_folder(to_toml(resolved(manifest)));
  CHECK(text == R"([run]
name = "digits"
seed = 7
epochs = 30
min_epochs = 0
validate_every = "1 epoch"
validate_first = false
threads = 0
kernels = "fixed"
precision = "float32"
folder = "runs/{name}-{number}"
accumulate = 1
quiet = false
stop_timeout = 30.0

[data]
train = { file = "digits.csv", target = ["label"], validation = 0.2, missing = "error" }
batch_size = 64
stratified = false
evaluation_batch_size = 0
shuffle = true
drop_last = false

[model]
layers = [
  { type = "dense", units = 64 },
  { type = "relu", slope = 0.0 },
  { type = "dense", name = "head", units = 10 },
]

[optimizer]
plugin = "adam"
learning_rate = 0.5
name = "adam"

[loss]
plugin = "cross_entropy"
on_error = "stop"
name = "cross_entropy"

[[metric]]
plugin = "accuracy"
on_error = "stop"
weighted = false
name = "accuracy"

[[scheduler]]
plugin = "cosine_annealing"
unit = "step"
on_error = "stop"
name = "cosine_annealing"
t_max = 30

[[callback]]
plugin = "early_stopping"
on_error = "stop"
name = "early_stopping"
monitor = "val_loss"
patience = 0

[plugins]
allow_unsafe_paths = false
)");
}

TEST_CASE("plain values of a document come before its tables") {
  const Table document = {{"t", {}, Value{Table{}, {}, false, {}}},
                          {"x y", {}, Value{2.0, {}, false, {}}},
                          {"e", {}, Value{List{}, {}, false, {}}},
                          {"b", {}, Value{true, {}, false, {}}}};
  CHECK(to_toml(document) == "\"x y\" = 2.0\ne = []\nb = true\n\n[t]\n");
}
