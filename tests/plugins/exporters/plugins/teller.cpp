// An exporter that writes down what it sees of a model, line by line.
#include <treino/exporter.hpp>

namespace {

std::string text_of(const treino::SampleShape& shape) {
  std::string text;
  for (const std::int64_t length : shape) text += (text.empty() ? "" : "x") + std::to_string(length);
  return text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string numbers(const double* values, std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; values != nullptr && i < count; ++i) text += " " + number(values[i]);
  return values == nullptr ? " none" : text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += " " + name;
  return text;
}

class Teller final : public treino::Exporter {
 public:
  void write(const treino::TrainedModel& model, const treino::ExportFiles& files) override {
    files.write("model " + model.name() + ", input " + text_of(model.input()) + "\n");
    files.write("offset" + numbers(model.offset(), model.features()) + "\ngain" + numbers(model.gain(), model.features()) + "\n");
    files.write("missing" + numbers(model.missing(), model.features()) + "\nfeatures" + joined(model.feature_names()) + "\n");
    for (const treino::ModelLayer& layer : model.layers()) files.write(line_of(layer));
    const treino::Problem problem = model.problem();
    files.write("outputs " + std::to_string(problem.outputs()) + (problem.predicts_logits() ? " logits" : " others") +
                (problem.independent() ? " independent\n" : "\n"));
    files.write("classes" + joined(model.class_names()) + "\nnames" + joined(model.output_names()) + "\n");
    files.write("stem " + files.stem() + "\n");
    files.write_beside(".second", "beside\n");
    files.write_beside(".second", "it\n");
  }

 private:
  static std::string line_of(const treino::ModelLayer& layer) {
    std::string text = layer.type() + " " + layer.name() + " " + text_of(layer.input()) + " -> " + text_of(layer.output());
    for (const treino::ModelArray& array : layer.arrays())
      text += std::string(", ") + array.name() + " " + text_of(array.shape()) + (array.learned() ? "" : " measured");
    if (layer.type() == "conv2d")
      text += ", filters " + std::to_string(layer.setting<std::int64_t>("filters")) + ", kernel of " +
              std::to_string(layer.setting<std::vector<std::int64_t>>("kernel").size()) + ", same " +
              (layer.setting<bool>("same_padding") ? "yes" : "no") + ", " + layer.setting<std::string>("initializer");
    if (layer.type() == "batch_norm") text += ", epsilon " + number(layer.setting<double>("epsilon"));
    return text + "\n";
  }
};

}  // namespace

TREINO_PLUGIN(Teller, R"toml(
kind = "exporter"
id = "acme/teller"
draft = 2
version = "1.0.0"
summary = "Writes down what it sees."
)toml")
