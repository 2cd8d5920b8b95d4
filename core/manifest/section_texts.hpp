// The keys of manifests, as one TOML text: sections.cpp reads it, and every check, schema and help text comes from it.
#pragma once
#include <string_view>

namespace treino::manifest {

inline constexpr std::string_view kSectionTexts = R"toml(
[[type]]
kind = "manifest"
id = "manifest"
summary = "a training run: its data, its model, and the plugins that take part"
[type.parameters]
run = { type = "any", doc = "name, seed, length of the run" }
data = { type = "any", doc = "what is learned from" }
model = { type = "any", doc = "the layers" }
optimizer = { type = "any", doc = "how the weights follow the gradient" }
loss = { type = "any", doc = "what is minimized" }
metric = { type = "any", doc = "what is measured besides the loss" }
scheduler = { type = "any", doc = "how the learning rate changes; each scheduler is given the learning rate that the one above it returned" }
callback = { type = "any", doc = "what else happens during the run" }
collective = { type = "any", doc = "how the processes that train one model together exchange what they have computed" }
plugins = { type = "any", doc = "where plugins are found, and which are trusted" }

[[type]]
kind = "section"
id = "run"
summary = "name, seed and length of the run"
[type.parameters]
name = { type = "string", default = "run", doc = "stands in the name of the run's folder" }
seed = { type = "int", default = 0, min = 0, doc = "of all random numbers: the same seed gives the same run" }
epochs = { type = "int", min = 1, doc = "passes over the training data; 1 where steps are not given either" }
steps = { type = "int", min = 1, doc = "steps of the optimizer, instead of epochs or beside them: what is over first ends the run. An epoch that they end within has fewer batches, and its validation and its end as any other. A step that a callback refuses counts" }
min_epochs = { type = "int", default = 0, min = 0, doc = "until so many are done, callbacks that ask the run to stop early are not heard" }
max_time = { type = "string", doc = "how long this process may train: \"90 s\", \"30 min\", \"2 h\", \"1 d\". Then the run is saved and ends as by SIGTERM, and can be resumed" }
validate_every = { type = "string", default = "1 epoch", doc = "from one validation to the next: \"500 steps\", \"2 epochs\", or a time such as \"10 min\", after which it comes with the next step. Callbacks that monitor a metric of validation act on each; those that write a row per epoch have values of validation where it came at the epoch's end" }
validate_first = { type = "bool", default = false, doc = "a validation before the first step too, which the log has and no callback acts on" }
limit_train = { type = "any", doc = "part of each epoch's batches that is trained on: a share of them such as 0.1, or their number; at least one. Shuffled data show others in each epoch" }
limit_validation = { type = "any", doc = "the same of each validation, always its first batches" }
overfit_batches = { type = "any", doc = "the same of both, with the same training batches in each epoch, the first ones of the data in their order: a model that cannot learn these by heart has a mistake in it" }
threads = { type = "int", default = 0, min = 0, max = 1024, doc = "worker threads; 0: one per physical core" }
kernels = { type = "string", default = "fixed", choices = ["fixed", "measured"], doc = "who computes matrix products: by a fixed rule, the same on all processors of a kind; or whoever is fastest on this one, timed for half a second at most before the first run of these sizes, and kept in the user's cache folder and the run's, so that it can be resumed bit for bit" }
precision = { type = "string", default = "float32", choices = ["float32", "bf16", "bf16-emulated"], doc = "of what matrix products and convolutions multiply; sums, weights and all else are float32. bf16 needs a processor with AVX512_BF16 or AMX; bf16-emulated gives its numbers on any, up to the order of sums, and is no faster than float32" }
folder = { type = "output", default = "runs/{name}-{number}", placeholders = true, doc = "where the run writes, relative to the manifest; {number} counts up to the first free one" }
accumulate = { type = "any", default = 1, doc = "batches whose gradients make one step, the one of a single batch of all their samples: an integer of at least 1, or a table of them by the epoch (from 0) from which on they hold, such as { 0 = 8, 4 = 4 }" }
quiet = { type = "bool", default = false, doc = "nothing on standard output, as with --quiet; by default a line per epoch where no callback draws progress" }
shards = { type = "int", min = 1, doc = "parts of each batch, added in one fixed order: results do not depend on the number of processes, which divides it; as many as there are processes where it is not given" }
stop_timeout = { type = "float", default = 30.0, above = 0.0, doc = "seconds that a plugin may take to return once a signal has asked the run to end; then the run ends without it" }

[[type]]
kind = "section"
id = "data"
summary = "what is learned from: files, batches, scaling"
[type.parameters]
train = { type = "any", required = true, doc = "the training file: a path, or a table { file = \"...\", target = \"...\", ... }" }
validation = { type = "any", doc = "a file for validation; keys that it leaves out are as in train" }
test = { type = "any", doc = "a file for the test at the end; keys that it leaves out are as in train" }
inputs = { type = "table", doc = "several inputs of the model by their names, in place of one: { image = { columns = [...], shape = [1, 8, 8] }, weather = [...] }; layers read them by these names. A sample's features are theirs, one input after the other" }
stratified = { type = "bool", default = false, doc = "split off the same share of every class" }
scaling = { type = "string", choices = ["none", "standardize", "min_max"], doc = "of each feature, fitted on the training data" }
scale = { type = "float", doc = "a constant that every feature is multiplied with, instead of scaling" }
memory_limit = { type = "int", min = 0, max = 1099511627776, doc = "MiB that the features of a file may take in memory: where they would take more, they are read, converted and scaled batch by batch, from memory in their own type if that takes less, else from the file, if it is one with rows that can be found (not a table of texts). What is trained is the same bit for bit. Half of what is available if not given" }
batch_size = { type = "int", default = 32, min = 1, doc = "samples per batch" }
evaluation_batch_size = { type = "int", default = 0, min = 0, doc = "samples per batch in validation, test and prediction; 0: like batch_size" }
shuffle = { type = "bool", default = true, doc = "a new order in every epoch" }
drop_last = { type = "bool", default = false, doc = "leave out the last batch of an epoch where it is not full" }
class_weights = { type = "any", doc = "\"balanced\", or a table of weights by class name" }

[[type]]
kind = "section"
id = "file"
summary = "one file of samples"
[type.parameters]
file = { type = "input", required = true, doc = "path, relative to the manifest" }
target_file = { type = "input", doc = "path of the targets where they are in a file of their own" }
format = { type = "string", doc = "id of the reader, whose parameters stand beside it; found out by the name or the content of the file if not given" }
target = { type = "list", items = "column", scalar = true, doc = "columns of the target, by number (from 0, or from the end: -1 is the last) or by name. Where the model's output is a sequence, steps x outputs: those of the first step, then of the second, and so on" }
features = { type = "list", items = "column", scalar = true, doc = "columns of the features; all others where it is not given" }
missing = { type = "string", default = "error", choices = ["error", "skip_row", "zero", "mean"], doc = "what happens to missing values" }
missing_markers = { type = "list", items = "string", scalar = true, doc = "texts that mean a missing value; one that is a number means it however it is written (\"-999\": -999.0 too), in arrays as well" }
target_kind = { type = "string", choices = ["index", "one_hot", "values"], doc = "found out if not given: texts and the integers 0, 1, 2, ... without a gap are classes, other numbers are values. Labels that are integers from 0 to 999999 keep their number as classes, and those between them that have no sample count too; other labels need class_names. Several columns are values unless \"index\" is given: then a class for each step of the model's output" }
class_names = { type = "list", items = "string", doc = "the classes in the order of the outputs, as the target column writes them (labels 1, 2, 3: [\"1\", \"2\", \"3\"]), or names for the labels 0, 1, 2, ..." }
shape = { type = "list", items = "int", min = 1, scalar = true, doc = "of one sample, as in [1, 28, 28]" }

[[type]]
kind = "section"
id = "data_input"
summary = "one of several inputs of the model"
[type.parameters]
columns = { type = "list", items = "column", scalar = true, doc = "its columns, by number or by name as in features" }
key = { type = "string", doc = "its array, in a source of several" }
shape = { type = "list", items = "int", min = 1, scalar = true, doc = "of one sample, as in [1, 8, 8]; as the columns or the array are where it is not given" }
scaling = { type = "string", choices = ["none", "standardize", "min_max"], doc = "of its features, in place of what [data] says of all" }

[[type]]
kind = "section"
id = "train"
summary = "the training file"
[type.parameters]
validation = { type = "float", above = 0.0, below = 1.0, doc = "share of the samples that is split off for validation" }
test = { type = "float", above = 0.0, below = 1.0, doc = "share of the samples that is split off for the test" }

[[type]]
kind = "section"
id = "model"
summary = "the layers from the input to the output"
[type.parameters]
layers = { type = "list", items = "table", required = true, doc = "[ { type = \"dense\", units = 64 }, ... ]" }
weights = { type = "any", doc = "what the weights begin with: a safetensors file, or a table { file = \"...\", layout = \"torch\", ... }" }

[[type]]
kind = "section"
id = "weights"
summary = "weights that a run begins with, in place of random ones; every tensor of the file is used, excluded, or a fault"
[type.parameters]
file = { type = "input", required = true, doc = "a safetensors file: a trained model, or what another framework saved" }
layout = { type = "string", default = "treino", choices = ["treino", "torch"], doc = "torch: names as in a state_dict (fc1.weight; of nn.Sequential 0.weight, where modules are taken in their order), and weights of Linear the other way round" }
include = { type = "list", items = "string", default = ["*"], doc = "names of the file's tensors, with * for anything" }
exclude = { type = "list", items = "string", default = [], doc = "of these, those that are not taken; what the model has and the file does not give keeps its random beginning" }
rename = { type = "table", doc = "{ \"features.0\" = \"conv2d_1\" }: a name, or how names begin, in the file and in the model" }

[[type]]
kind = "section"
id = "layer"
summary = "one layer"
[type.parameters]
type = { type = "string", doc = "what kind of layer" }
plugin = { type = "string", doc = "in place of type: id of a plugin that computes it" }
version = { type = "string", doc = "which versions of the plugin are taken: \">=1.2\" or \">=1.2, <2\"" }
name = { type = "string", doc = "unique; type and a number where it is not given, as in dense_1" }
inputs = { type = "list", items = "string", scalar = true, doc = "names of the layers that it reads, of those before it, or \"input\", the model's input, or where [data] names several inputs those; not given: the layer before" }

[[type]]
kind = "section"
id = "optimizer"
summary = "how the weights follow the gradient"
[type.parameters]
learning_rate = { type = "float", required = true, above = 0.0, doc = "base learning rate" }
group = { type = "list", items = "table", doc = "parameters that are updated otherwise, as [[optimizer.group]]; of several that match a parameter the first counts" }

[[type]]
kind = "section"
id = "group"
summary = "parameters that the optimizer updates otherwise than the rest"
[type.parameters]
match = { type = "string", required = true, doc = "names of parameters, with * for anything: \"*/bias\"" }
learning_rate_factor = { type = "float", default = 1.0, min = 0.0, doc = "times the learning rate" }
weight_decay = { type = "float", min = 0.0, doc = "of these parameters, in place of the optimizer's; biases and what belongs to norms have none where no group gives them one" }

[[type]]
kind = "section"
id = "plugins"
summary = "where plugins are found, and which are trusted"
[type.parameters]
path = { type = "list", items = "input", scalar = true, doc = "folders with plugins, relative to the manifest" }
allow_unsafe_paths = { type = "bool", default = false, doc = "take plugin files that others can write or own" }
sha256 = { type = "table", doc = "checksums by plugin id, or \"loss/mse\" where an id is of two kinds: a plugin whose file has another one is refused" }

[[type]]
kind = "section"
id = "plugin"
summary = "keys of every plugin"
[type.parameters]
plugin = { type = "string", required = true, doc = "id of the plugin" }
name = { type = "string", doc = "of this instance, unique; the id where it is not given" }
version = { type = "string", doc = "which versions of the plugin are taken: \">=1.2\" or \">=1.2, <2\"" }
on_error = { type = "string", default = "stop", choices = ["stop", "disable"], doc = "whether the run ends or continues without the plugin when it fails" }

[[type]]
kind = "section"
id = "loss"
summary = "what is minimized; of several, as [[loss]], the weighted sum"
[type.parameters]
output = { type = "string", doc = "name of the layer whose output it looks at; the last layer's where it is not given. Of several losses exactly one is the last layer's" }
target = { type = "list", items = "column", scalar = true, doc = "what this output is compared with, in place of the target in [data]: columns, or an array, of the same source, which are no features then" }
target_kind = { type = "string", choices = ["index", "one_hot", "values"], doc = "of this target, as in [data]; found out if not given" }
weight = { type = "float", min = 0.0, doc = "in the sum of all losses; 1 where it is not given" }

[[type]]
kind = "section"
id = "metric"
summary = "what is measured besides the loss"
[type.parameters]
output = { type = "string", doc = "name of a layer that has a loss: the metric looks at its output, in place of the last layer's" }
weighted = { type = "bool", default = false, doc = "count each training sample by its weight (class_weights); false: all alike, as validation and test samples are in any case" }

[[type]]
kind = "section"
id = "scheduler"
summary = "how the learning rate changes"
[type.parameters]
unit = { type = "string", choices = ["step", "epoch"], doc = "what t counts; the plugin's own unit where it is not given" }

[[type]]
kind = "section"
id = "callback"
summary = "what else happens during the run"
[type.parameters]
after = { type = "list", items = "string", scalar = true, doc = "names of callbacks that receive each event before this one" }
before = { type = "list", items = "string", scalar = true, doc = "names of callbacks that receive each event after this one" }
every = { type = "any", doc = "\"100 steps\": events of batches and steps come to it at each hundredth step alone (of all its batches, where several make one); \"2 epochs\": those from epoch_begin to epoch_end, the validation's too, in each second epoch. All others come in any case. Where the plugin has a parameter of this name, it is that" }

[[type]]
kind = "section"
id = "collective"
summary = "how the processes that train one model together exchange what they have computed"
[type.parameters]
timeout = { type = "float", default = 300.0, above = 0.0, doc = "seconds that a process waits for the others; then the run ends, and names who was waited for" }
)toml";

}  // namespace treino::manifest
