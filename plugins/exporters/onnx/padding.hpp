// Steps of a sequence that are padding, for layers that pass them over.
#pragma once
#include <treino/exporter.hpp>

#include "graph.hpp"

namespace treino::exporters {

/// Whether the layer has a second input that tells which steps are padding.
bool has_padding(const ModelLayer& layer);

/// Adds what finds them. Returns batch x length truth values.
std::string padding_of(const ModelLayer& layer, Graph& graph);

/// ONNX's recurrent operators take sequences of different lengths, whose padding comes last: steps that count are brought forward.
class Compacted {
 public:
  /// `sequence`: batch x length x features.
  Compacted(const ModelLayer& layer, const std::string& sequence, Graph& graph);
  const std::string& sequence() const { return sequence_; }
  const std::string& lengths() const { return lengths_; }
  /// Adds what brings steps back to where they were, with zeros between them. `steps`: batch x length x width.
  std::string spread(std::string steps, std::int64_t width, Graph& graph) const;

 private:
  static std::string in_columns(const std::string& order, std::int64_t width, Graph& graph);
  std::string sequence_, order_, lengths_;
};

}  // namespace treino::exporters
