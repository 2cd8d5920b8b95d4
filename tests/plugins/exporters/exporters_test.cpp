// What is exported computes what `treino predict` writes: every type of layer, and random networks. C by the C compiler; ONNX by
// those of onnxruntime, OpenCV and python3-onnx's checker that are there.
#include <cstdlib>
#include <set>

#include "exported.hpp"
#include "nn/layers/layer_types.hpp"

using namespace treino::test;

namespace {

constexpr double bound = 1e-5;

/// Tells once of each program that is not there.
void note_missing(const char* program) {
  static std::set<std::string> told;
  if (told.insert(program).second) WARN(program << " is not there: what it would compute is left out");
}

struct Differences {
  double c = 0, onnxruntime = 0, opencv = 0;
};

Differences compare(const Workshop& workshop, const Network& network, const std::string& name) {
  INFO(network.manifest());
  train(workshop, network, name);
  const Rows expected = predicted(workshop, name);
  Differences result;
  export_to(workshop, name, "c", name + ".c");
  result.c = largest_difference(expected, computed_in_c(workshop, name, name));
  CHECK(result.c <= bound);
  export_to(workshop, name, "onnx", name + ".onnx");
  if (const auto found = computed_by_onnxruntime(workshop, name, name + ".onnx", network)) {
    result.onnxruntime = largest_difference(expected, *found);
    CHECK(result.onnxruntime <= bound);
  } else {
    note_missing("onnxruntime-node");
  }
  if (!network.opencv) return result;
  if (const auto found = computed_by_opencv(workshop, name, name + ".onnx", network)) {
    result.opencv = largest_difference(expected, *found);
    CHECK(result.opencv <= bound);
  } else {
    note_missing("OpenCV's dnn");
  }
  return result;
}

void check_files(const Workshop& workshop, const std::vector<std::string>& files) {
  const auto checked = checked_by_onnx(workshop, files);
  if (!checked) return note_missing("python3-onnx");
  INFO(checked->output << checked->error);
  CHECK(checked->exit_code == 0);
}

}  // namespace

TEST_CASE("every type of layer can be exported, also one that was added later") {
  const Workshop workshop;
  std::vector<std::string> files;
  for (const treino::nn::LayerType* type : treino::nn::layer_types()) {
    const std::string name(type->id);
    compare(workshop, smallest_network(name), name);
    files.push_back(name + ".onnx");
  }
  check_files(workshop, files);
}

TEST_CASE("settings that change what a layer computes are exported too") {
  struct Case {
    treino::nn::Shape sample;
    std::vector<std::string> layers;
  };
  const Case cases[] = {
      {{4, 9, 8}, {"{ type = 'conv2d', filters = 6, kernel = [3, 2], dilation = [2, 3], groups = 2, same_padding = true }"}},
      {{4, 9, 8}, {"{ type = 'conv2d', filters = 4, kernel = 3, dilation = 2, groups = 4, padding = 1, stride = 2 }"}},
      {{4, 11},
       {"{ type = 'conv1d', filters = 6, kernel = 3, dilation = 2, groups = 2, causal_padding = true }",
        "{ type = 'batch_norm' }", "{ type = 'conv1d', filters = 3, kernel = 4, stride = 2, same_padding = true }",
        "{ type = 'global_max_pool' }"}},
      {{4, 11},
       {"{ type = 'max_pool', kernel = 3, stride = 2, padding = 1 }",
        "{ type = 'avg_pool', kernel = 3, same_padding = true, stride = 1 }", "{ type = 'max_pool', kernel = 2 }"}},
      {{4, 5, 4},
       {"{ type = 'conv2d_transpose', filters = 6, kernel = [3, 2], stride = [2, 3], padding = [1, 0], "
        "output_padding = [1, 2], dilation = [2, 1], groups = 2 }"}},
      {{4, 5, 4}, {"{ type = 'conv2d_transpose', filters = 3, kernel = 1, stride = 3, same_padding = true }"}},
      {{4, 5, 4},
       {"{ type = 'group_norm', groups = 4 }", "{ type = 'layer_norm', axis = 1 }", "{ type = 'rms_norm', axis = -1 }"}},
      {{3, 5, 4}, {"{ type = 'upsample', factor = [3, 1] }"}},
      {{5, 4},
       {"{ type = 'positional_embedding' }", "{ type = 'attention', num_heads = 2, causal = true }",
        "{ type = 'attention', num_heads = 4, bias = false }", "{ type = 'dense', units = 3, bias = false }"}},
      {{5, 4},
       {"{ type = 'lstm', units = 3, return_sequences = true, bidirectional = true }",
        "{ type = 'gru', units = 4, return_sequences = true, go_backwards = true, bias = false }",
        "{ type = 'simple_rnn', units = 5, bidirectional = true }"}},
      {{5, 4},
       {"{ type = 'gru', units = 3, return_sequences = true, bidirectional = true }",
        "{ type = 'simple_rnn', units = 4, return_sequences = true }", "{ type = 'lstm', units = 5, go_backwards = true }"}}};
  const Workshop workshop;
  std::vector<std::string> files;
  for (const Case& each : cases) {
    const std::string name = "set" + std::to_string(files.size());
    compare(workshop, network_of(each.sample, each.layers), name);
    files.push_back(name + ".onnx");
  }
  check_files(workshop, files);
}

TEST_CASE(
    "several inputs are several in ONNX, of their names, and one after the other in C; what a further output needs is left out") {
  const Workshop workshop;
  for (const std::string missing : {"", "mean"}) {
    Network network = network_of_inputs(!missing.empty());
    network.missing = missing;
    network.opencv = missing.empty();
    const std::string name = "inputs" + missing;
    compare(workshop, network, name);
    check_files(workshop, {name + ".onnx"});
    CHECK(contains(read_text(workshop / (name + ".h")), "15 values of image (" +
                                                            std::string(missing.empty() ? "8" : "2 x 2 x 2") +
                                                            "), then table (4), then one (3), as data files hold"));
    CHECK_FALSE(contains(read_text(workshop / (name + ".c")), "/* side */"));
    CHECK_FALSE(contains(read_text(workshop / (name + ".onnx")), "side/"));
  }
  const Finished renamed = workshop.treino({"export", "inputs", "--to", "onnx", "-o", "other.onnx", "--set", "input=x"});
  CHECK(renamed.exit_code != 0);
  CHECK(contains(renamed.error, "input: the model has several inputs, which the graph calls as the model does"));
  const Finished taken = workshop.treino({"export", "inputs", "--to", "onnx", "-o", "other.onnx", "--set", "output=table"});
  CHECK(contains(taken.error, "input and output: expected two names, got 'table' and 'table'"));
}

TEST_CASE("layers that pass over padding do so in C and in ONNX, wherever it stands") {
  const std::string embedding = "{ type = 'embedding', input_dim = 3, output_dim = 4, name = 'vectors' }";
  const std::string read = ", inputs = ['vectors', 'input'] }", chain = ", inputs = ['first', 'input'], mask_value = 1.0 }";
  const std::vector<std::vector<std::string>> cases = {
      {embedding, "{ type = 'lstm', name = 'first', units = 3, return_sequences = true, bidirectional = true" + read,
       "{ type = 'gru', units = 4, return_sequences = true, go_backwards = true, bias = false" + chain},
      {embedding, "{ type = 'simple_rnn', name = 'first', units = 3, return_sequences = true" + read,
       "{ type = 'lstm', units = 3, bidirectional = true" + chain},
      {embedding, "{ type = 'gru', units = 3, bidirectional = true" + read},
      {embedding, "{ type = 'simple_rnn', units = 3, go_backwards = true" + read},
      {embedding, "{ type = 'attention', name = 'first', num_heads = 2" + read,
       "{ type = 'attention', num_heads = 4, causal = true" + chain},
      {embedding, "{ type = 'lstm', units = 3, inputs = ['vectors', 'vectors'], mask_value = 0.5 }"}};
  const Workshop workshop;
  std::vector<std::string> files;
  for (const std::vector<std::string>& layers : cases) {
    const std::string name = "padded" + std::to_string(files.size());
    Network network = network_of({4}, layers);
    network.indices = 3;
    network.rows = 200;  // some of them nothing but padding
    compare(workshop, network, name);
    files.push_back(name + ".onnx");
  }
  check_files(workshop, files);
}

TEST_CASE("outputs that are sequences are exported with all their steps") {
  const std::vector<std::vector<std::string>> cases = {
      {"{ type = 'embedding', input_dim = 5, output_dim = 4, name = 'read' }",
       "{ type = 'attention', num_heads = 2, causal = true, name = 'seen' }", "{ type = 'add', inputs = ['read', 'seen'] }",
       "{ type = 'dense', units = 3 }"},
      {"{ type = 'embedding', input_dim = 5, output_dim = 4 }", "{ type = 'dense', units = 3 }", "{ type = 'softmax' }"}};
  const Workshop workshop;
  std::vector<std::string> files;
  for (const std::vector<std::string>& layers : cases) {
    const std::string name = "sequence" + std::to_string(files.size());
    Network network = network_of({6}, layers);
    network.layers.resize(layers.size());  // without what makes a classifier of samples
    network.steps = 6;
    network.indices = 5;
    if (layers.back().find("softmax") != std::string::npos)
      network.loss = "plugin = 'categorical_generalized_cross_entropy'\nfrom_logits = false";
    compare(workshop, network, name);
    files.push_back(name + ".onnx");
  }
  check_files(workshop, files);
}

TEST_CASE("random networks compute the same in C and in ONNX as in Treino") {
  const char* asked = std::getenv("TREINO_EXPORTED_NETWORKS");
  const int count = asked == nullptr ? 20 : std::atoi(asked);
  const Workshop workshop;
  std::vector<std::string> files;
  Differences largest;
  for (int seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    const std::string name = "net" + std::to_string(seed);
    const Differences found = compare(workshop, random_network(static_cast<std::uint64_t>(seed)), name);
    largest.c = std::max(largest.c, found.c);
    largest.onnxruntime = std::max(largest.onnxruntime, found.onnxruntime);
    largest.opencv = std::max(largest.opencv, found.opencv);
    files.push_back(name + ".onnx");
  }
  check_files(workshop, files);
  if (asked != nullptr)
    WARN("largest differences: C " << largest.c << ", onnxruntime " << largest.onnxruntime << ", OpenCV " << largest.opencv);
}
