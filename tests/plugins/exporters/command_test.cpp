// treino export: what exporters see, where files go, and the sentences in which it refuses.
#include "exported.hpp"

using namespace treino::test;

namespace {

/// A classifier of images of 1 x 3 x 3, in the run's folder "run".
void train_small(const Workshop& workshop, const std::string& loss = "plugin = 'cross_entropy'") {
  Network network;
  network.sample = {1, 3, 3};
  network.layers = {"{ type = 'conv2d', filters = 2, kernel = 2 }", "{ type = 'batch_norm' }", "{ type = 'flatten' }",
                    "{ type = 'dense', units = 2, bias = false }"};
  network.outputs = 2;
  network.loss = loss;
  network.values = contains(loss, "mse");
  network.scaling = "scale = 0.5";
  network.missing = "zero";
  train(workshop, network, "run");
}

void refused(const Workshop& workshop, std::vector<std::string> arguments, const std::string& text) {
  arguments.insert(arguments.begin(), {"export"});
  const Finished finished = workshop.treino(arguments);
  INFO(text << "\n" << finished.output << finished.error);
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, text));
}

}  // namespace

TEST_CASE("an exporter sees layers, settings, arrays, preparation, names and what the outputs are") {
  const Workshop workshop;
  train_small(workshop);
  export_to(workshop, "run", "acme/teller", "told.txt");
  CHECK(
      read_text(workshop / "told.txt") ==
      "model exported, input 1x3x3\n"
      "offset 0 0 0 0 0 0 0 0 0\n"
      "gain 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5\n"
      "missing 0 0 0 0 0 0 0 0 0\n"
      "features x0 x1 x2 x3 x4 x5 x6 x7 x8\n"
      "conv2d conv2d_1 1x3x3 -> 2x2x2, weight 2x1x2x2, bias 2, filters 2, kernel of 1, same no, glorot_uniform\n"
      "batch_norm batch_norm_1 2x2x2 -> 2x2x2, weight 2, bias 2, running_mean 2 measured, running_var 2 measured, epsilon 1e-05\n"
      "flatten flatten_1 2x2x2 -> 8\n"
      "dense dense_1 8 -> 2, weight 8x2\n"
      "outputs 2 logits\n"
      "classes 0 1\n"
      "names\n"
      "stem told\n");
  CHECK(read_text(workshop / "told.second") == "beside\nit\n");
}

TEST_CASE("a model is exported from its file or its run's folder, by default beside it") {
  const Workshop workshop;
  train_small(workshop);
  CHECK(workshop.treino({"export", "run", "--to", "onnx"}).output == "onnx: run/model.onnx\n");
  CHECK(workshop.treino({"export", "run/model.safetensors", "--to", "c", "--output", "other.c"}).output ==
        "c: other.c, other.h\n");
  CHECK(contains(read_text(workshop / "run/model.onnx"), "class_names"));
  CHECK(contains(read_text(workshop / "other.h"), "#define OTHER_INPUTS 9\n"));
  CHECK(workshop.treino({"export", "run", "--to", "acme/teller"}).exit_code == 0);
  CHECK(fs::exists(workshop / "run/model.teller"));
  const Finished stream = workshop.treino({"export", "run", "--to", "onnx", "-o", "/dev/stdout"});
  CHECK((stream.output == read_text(workshop / "run/model.onnx")));
}

TEST_CASE("exporters and their parameters are checked like all plugins' before anything is written") {
  const Workshop workshop;
  train_small(workshop);
  refused(workshop, {"run", "--to", "onx"}, "--to: there is no exporter 'onx'. Did you mean 'onnx'?");
  refused(workshop, {"run", "--to", "mse"}, "--to: there is no exporter 'mse'. It is a metric. There are: ");
  refused(workshop, {"run", "--to", "onnx", "--set", "outputs=logit"}, "Did you mean 'logits'?");
  refused(workshop, {"run", "--to", "onnx", "--set", "inpt=x"},
          "--set inpt=x: onnx has no parameter 'inpt'. Did you mean 'input'?");
  refused(workshop, {"run", "--to", "onnx", "--set", "input=output"}, "expected two names, got 'output' and 'output'");
  refused(workshop, {"none", "--to", "onnx"}, "none: there is no such model file or run folder");
  refused(workshop, {"run", "--to", "c", "--set", "prefix=2fast"}, "prefix: expected a name of C");
  refused(workshop, {"run", "--to", "c", "-o", "a b.c"}, "the name 'a b' cannot stand in an #include");
  CHECK_FALSE(fs::exists(workshop / "run/model.onnx"));
  CHECK_FALSE(fs::exists(workshop / "run/model.c"));
}

TEST_CASE("outputs are those that predict writes, or logits where the model has them") {
  const Workshop workshop;
  train_small(workshop);
  export_to(workshop, "run", "c", "logits.c", {"outputs=logits", "prefix=net"});
  CHECK(contains(read_text(workshop / "logits.h"), "become 2 logits"));
  CHECK(contains(read_text(workshop / "logits.h"), "void net_predict("));
  CHECK_FALSE(contains(read_text(workshop / "logits.c"), "softmax"));
  export_to(workshop, "run", "c", "probabilities.c", {"outputs=probabilities"});
  CHECK(contains(read_text(workshop / "probabilities.c"), "softmax"));
  const Workshop other;
  train_small(other, "plugin = 'mse'");
  refused(other, {"run", "--to", "c", "--set", "outputs=logits"},
          "outputs = \"logits\": the model's outputs are values, not logits");
  refused(other, {"run", "--to", "onnx", "--set", "outputs=probabilities"},
          "outputs = \"probabilities\": the model's outputs are values, not probabilities");
}

TEST_CASE("files of an export appear whole or not at all, and never in the place of an input") {
  const Workshop workshop;
  train_small(workshop);
  const std::string model = read_text(workshop / "run/model.safetensors");
  refused(workshop, {"run", "--to", "half_writer", "-o", "half.txt"}, "half_writer: the ink has run out (in write)");
  refused(workshop, {"run", "--to", "half_writer", "-o", "half.txt", "--set", "beside=.txt"}, "half.txt: would be written twice");
  refused(workshop, {"run", "--to", "half_writer", "-o", "half.txt", "--set", "beside=/x"},
          "is no extension of a file beside it");
  refused(workshop, {"run", "--to", "half_writer", "-o", "run/model.txt", "--set", "beside=.safetensors"},
          "run/model.safetensors, an input or a file of the run");
  refused(workshop, {"run", "--to", "onnx", "-o", "run/model.safetensors"},
          "run/model.safetensors, an input or a file of the run");
  refused(workshop, {"run", "--to", "onnx", "-o", "run/manifest.toml"}, "is an input or a file of the run");
  refused(workshop, {"run", "--to", "c", "-o", "/dev/stdout"}, "takes one file only");
  CHECK_FALSE(fs::exists(workshop / "half.txt"));
  CHECK_FALSE(fs::exists(workshop / "run/model.txt"));
  CHECK((read_text(workshop / "run/model.safetensors") == model));
  const Finished no_folder = workshop.treino({"export", "run", "--to", "onnx", "-o", "none/model.onnx"});
  CHECK(no_folder.exit_code == kFailed);
  CHECK(contains(no_folder.error, "none/model.onnx"));
}

TEST_CASE("an exporter of another draft is refused with a sentence") {
  const Workshop workshop;
  train_small(workshop);
  refused(workshop, {"run", "--to", "later_draft"}, "an exporter of draft 3; this host speaks draft 2");
}
