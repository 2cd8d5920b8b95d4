// An exporter for a later draft of its kind than this host's.
#include <treino/exporter.hpp>

class LaterDraft final : public treino::Exporter {
 public:
  void write(const treino::TrainedModel&, const treino::ExportFiles&) override {}
};

TREINO_PLUGIN(LaterDraft, R"toml(
kind = "exporter"
id = "later_draft"
draft = 3
version = "1.0.0"
summary = "Speaks another draft."
)toml")
