// An exporter that has written when it fails, or writes where it may not.
#include <treino/exporter.hpp>

class HalfWriter final : public treino::Exporter {
 public:
  explicit HalfWriter(const treino::Setup& setup) : beside_(setup.get<std::string>("beside")) {}

  void write(const treino::TrainedModel& model, const treino::ExportFiles& files) override {
    files.write("half of " + model.name());
    if (!beside_.empty()) files.write_beside(beside_.c_str(), "the other half");
    throw std::runtime_error("the ink has run out");
  }

 private:
  const std::string beside_;
};

TREINO_PLUGIN(HalfWriter, R"toml(
kind = "exporter"
id = "half_writer"
draft = 2
version = "1.0.0"
summary = "Writes half of it."
[parameters.beside]
type = "string"
default = ""
doc = "extension of a second file"
)toml")
