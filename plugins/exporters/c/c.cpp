// Writes a trained model as C99: <stem>.c with its weights, which needs no memory but what the caller gives it and no library but
// libm, and <stem>.h beside it. With -D<PREFIX>_MAIN the file is a program that reads samples and writes outputs.
#include <algorithm>

#include "functions.hpp"
#include "layers.hpp"
#include "program.hpp"
#include "shared/exporters/outputs.hpp"
#include "text.hpp"

namespace treino::exporters {

namespace {

/// Replaces each @name@ that is among `values`.
std::string filled(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "@" + name + "@";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
      text.replace(at, mark.size(), value);
  }
  return text;
}

constexpr const char* header = R"(/* @title@
 *
 * A neural network that Treino has trained; @stem@.c holds its weights. Made by `treino export --to c`. */
#ifndef @P@_H
#define @P@_H

#ifdef __cplusplus
extern "C" {
#endif

#define @P@_INPUTS @inputs@
#define @P@_OUTPUTS @outputs@
#define @P@_WORKSPACE @workspace@
@classes@
/* One sample: @inputs@ values @shape@, as data files hold them, become @outputs@ @kind@. `workspace` is memory for
 * @P@_WORKSPACE floats, of which nothing is kept: each thread needs its own. */
void @p@_predict(const float *input, float *output, float *workspace);

#ifdef __cplusplus
}
#endif

#endif
)";

constexpr const char* class_header = R"(
#define @P@_CLASSES @count@
extern const char *const @p@_class_names[@P@_CLASSES];
)";

constexpr const char* source_head = R"(/* @title@
 *
 * A neural network that Treino has trained, in C99: see @stem@.h. As a program, which reads samples as numbers between blanks,
 * commas or line ends and writes a line of outputs for each:
 *   cc -std=c99 -O2 -D@P@_MAIN @stem@.c -lm */
#include @header@

#include <math.h>
#include <stddef.h>

/* What sums are added up in. Where double is slow, compile with -D@P@_SUM=float. */
#ifndef @P@_SUM
#define @P@_SUM double
#endif
typedef @P@_SUM total;
)";

constexpr const char* source_tail = R"(
void @p@_predict(const float *input, float *output, float *workspace) {
@buffers@  long i;
  prepare(input, a);
@statements@  for (i = 0; i < @P@_OUTPUTS; ++i) output[i] = @last@[i];
}

#ifdef @P@_MAIN
#include <stdio.h>

/* 1: read; 0: nothing is left; -1: something that is no number. */
static int read_number(float *number) {
  int c = getchar();
  while (c == ' ' || c == '\t' || c == ',' || c == '\r' || c == '\n') c = getchar();
  if (c == EOF) return 0;
  ungetc(c, stdin);
  return scanf("%f", number) == 1 ? 1 : -1;
}

int main(void) {
  static float input[@P@_INPUTS], output[@P@_OUTPUTS], workspace[@P@_WORKSPACE];
  long sample, i;
  for (sample = 1;; ++sample) {
    for (i = 0; i < @P@_INPUTS; ++i) {
      const int status = read_number(&input[i]);
      if (status == 0 && i == 0) return 0;
      if (status != 1) {
        fprintf(stderr, "sample %ld: found no number %ld of %d\n", sample, i + 1, @P@_INPUTS);
        return 1;
      }
    }
    @p@_predict(input, output, workspace);
    for (i = 0; i < @P@_OUTPUTS; ++i) printf("%s%.9g", i == 0 ? "" : ",", output[i]);
    printf("\n");
  }
}
#endif
)";

std::string shape_text(const SampleShape& shape) {
  std::string text;
  for (const std::int64_t length : shape) text += (text.empty() ? "" : " x ") + std::to_string(length);
  return text;
}

/// Several inputs lie one after the other.
std::string sample_text(const TrainedModel& model) {
  std::string inputs;
  for (const ModelLayer& input : model.inputs())
    inputs += (inputs.empty() ? "" : ", then ") + comment_text(input.name()) + " (" + shape_text(input.output()) + ")";
  return inputs.empty() ? "of shape " + shape_text(model.input()) : "of " + inputs;
}

const char* kind_text(const Problem& problem, Finish finish) {
  if (problem.predicts_values()) return "values";
  return problem.predicts_logits() && finish == Finish::nothing ? "logits" : "probabilities";
}

/// The function that does what Treino does to data before the first layer, with its constants.
std::string prepare_text(const TrainedModel& model) {
  std::string constants, lines, result = "value";
  const auto constant = [&](const char* name, const double* values) {
    constants += array(name, values, model.features());
    return std::string(name) + "[i]";
  };
  if (model.missing() != nullptr) lines += "    if (isnan(value)) value = " + constant("substitute", model.missing()) + ";\n";
  if (model.offset() != nullptr)
    result = "((value - " + constant("offset", model.offset()) + ") * " + constant("gain", model.gain()) + ")";
  return "\n" + constants +
         "\nstatic void prepare(const float *input, float *x) {\n  long i;\n  for (i = 0; i < @P@_INPUTS; ++i) {\n" +
         "    double value = input[i];\n" + lines + "    x[i] = (float)" + result + ";\n  }\n}\n";
}

std::string class_names_text(const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string text = "\nconst char *const @p@_class_names[@P@_CLASSES] = {\n";
  for (const std::string& name : names) text += "    " + literal(name) + ",\n";
  return text + "};\n";
}

/// How many layers, or the end, read what a layer has put out, or the sample.
int readers_of(std::size_t number, const std::vector<ModelLayer>& layers) {
  int readers = number + 1 == layers.size() ? 1 : 0;
  for (const ModelLayer& layer : layers)
    for (const std::size_t input : layer.inputs()) readers += input == number ? 1 : 0;
  return readers;
}

Program program_of(const TrainedModel& model, Finish finish) {
  const std::vector<ModelLayer> layers = model.layers();
  Program program(model.features(), readers_of(Program::sample_input, layers));
  for (const ModelLayer& layer : layers) {
    program.begin_layer("layer" + std::to_string(layer.number() + 1) + "_", layer.name(), layer.inputs());
    layer.entry_in(layer_functions())(layer, program);
    program.end_layer(readers_of(layer.number(), layers));
  }
  program.begin_layer("", "probabilities", {layers.size() - 1});
  if (finish == Finish::softmax) {
    const std::int64_t outputs = model.problem().outputs();
    program.call_in_place("softmax", {std::to_string(program.size() / outputs)}, outputs);
  }
  if (finish == Finish::sigmoid) program.call_in_place("sigmoid", {}, program.size());
  return program;
}

/// The name that the files' functions and macros begin with.
std::string prefix_of(const std::string& asked, const std::string& stem) {
  if (stem != comment_text(stem) || stem.find_first_of(" :,;[]()") != std::string::npos)
    throw std::invalid_argument("the name '" + stem +
                                "' cannot stand in an #include of C: use letters, digits, '_', '.', '-' and '+'");
  if (!asked.empty() && asked != identifier(asked))
    throw std::invalid_argument("prefix: expected a name of C, letters, digits and '_' after a letter, got '" + asked + "'");
  return asked.empty() ? identifier(stem) : asked;
}

class C final : public Exporter {
 public:
  explicit C(const Setup& setup) : prefix_(setup.get<std::string>("prefix")), outputs_(setup.find<std::string>("outputs")) {}

  void write(const TrainedModel& model, const ExportFiles& files) override {
    const std::string prefix = prefix_of(prefix_, files.stem());
    const Finish finish = finish_of(outputs_, model.problem());
    const Program program = program_of(model, finish);
    const std::vector<std::string> classes = model.class_names();
    const std::map<std::string, std::string> values = {
        {"p", prefix},
        {"P", upper_case(prefix)},
        {"stem", files.stem()},
        {"header", '"' + files.stem() + ".h\""},
        {"title", comment_text(model.name())},
        {"inputs", std::to_string(model.features())},
        {"outputs", std::to_string(program.size())},
        {"workspace", std::to_string(program.workspace())},
        {"buffers", program.declarations()},
        {"shape", sample_text(model)},
        {"kind", kind_text(model.problem(), finish)},
        {"count", std::to_string(classes.size())},
        {"statements", program.statements()},
        {"last", program.buffer()},
    };
    const std::string named = filled(header, {{"classes", classes.empty() ? "" : class_header}});
    files.write(filled(source_head, values));
    files.write(filled(class_names_text(classes), values));
    files.write(function_texts(program.functions()));
    files.write(filled(prepare_text(model), values));
    files.write("\n" + program.constants());
    files.write(filled(source_tail, values));
    files.write_beside(".h", filled(named, values));
  }

 private:
  const std::string prefix_;
  const std::optional<std::string> outputs_;
};

}  // namespace
}  // namespace treino::exporters

using treino::exporters::C;

TREINO_PLUGIN(C, R"toml(
kind = "exporter"
id = "c"
draft = 2
version = "1.0.0"
summary = "Writes one C99 file with the weights, and a header: no allocation, no library but libm."
help = """
<prefix>_predict(input, output, workspace) computes the outputs of one sample, whose inputs lie one after the other where [data]
names several; the header says how many values each takes. Nothing
is kept between calls. Compiled with -D<PREFIX>_MAIN the file is a program that reads samples and writes their outputs.
"""
[parameters.prefix]
type = "string"
default = ""
doc = "what the names of functions and macros begin with; by default the file's name"
)toml" TREINO_OUTPUTS_TOML)
