// The model's layers as a drawing: one below the other, each with lines to those that it reads.
#pragma once
#include <algorithm>
#include <string>
#include <treino/host.hpp>
#include <vector>

#include "html.hpp"

namespace html_report {

inline bool reads_another(const treino::Host& host, std::uint32_t layer) {
  return host.layer_inputs(layer) != std::vector<std::uint32_t>{layer == 0 ? TREINO_MODEL_INPUT : layer - 1};
}

/// Names of the layers that a layer reads.
inline std::string inputs_text(const treino::Host& host, std::uint32_t layer) {
  std::string text;
  for (const std::uint32_t from : host.layer_inputs(layer))
    text += (text.empty() ? "" : ", ") + std::string(from == TREINO_MODEL_INPUT ? "input" : host.layer(from).name);
  return text;
}

/// An SVG; empty where every layer reads the one before it, which a table shows as well. Row 0 is the model's input. A line past other
/// layers is an arc on the right, the wider the more it passes.
inline std::string graph_of(const treino::Host& host) {
  const std::uint32_t layers = host.layer_count();
  bool chain = true;
  for (std::uint32_t i = 0; i < layers; ++i) chain = chain && !reads_another(host, i);
  if (chain) return "";
  constexpr int row = 34, box = 24, width = 240, room = 200;
  const auto top = [](std::uint32_t at) { return static_cast<int>(at) * row + 4; };
  std::string lines, boxes;
  const auto add_box = [&](std::uint32_t at, const std::string& text) {
    boxes += "<rect x=\"4\" y=\"" + std::to_string(top(at)) + "\" width=\"" + std::to_string(width) + "\" height=\"" +
             std::to_string(box) + "\" rx=\"5\"/><text x=\"14\" y=\"" + std::to_string(top(at) + 17) +
             "\" fill=\"#222\" stroke=\"none\">" + escaped(text) + "</text>\n";
  };
  add_box(0, "input");
  for (std::uint32_t i = 0; i < layers; ++i) {
    const std::string name = host.layer(i).name, type = host.layer(i).type;
    add_box(i + 1, name.compare(0, type.size(), type) == 0 ? name : name + ": " + type);
    for (const std::uint32_t input : host.layer_inputs(i)) {
      const std::uint32_t from = input == TREINO_MODEL_INPUT ? 0 : input + 1;
      if (from == i) {
        lines += "<path d=\"M124 " + std::to_string(top(from) + box) + "V" + std::to_string(top(i + 1)) + "\"/>\n";
        continue;
      }
      const int start = top(from) + box / 2, end = top(i + 1) + box / 2;
      const int reach = width + 4 + std::min(20 + 8 * static_cast<int>(i + 1 - from), room);
      lines += "<path d=\"M" + std::to_string(width + 4) + " " + std::to_string(start) + "C" + std::to_string(reach) + " " +
               std::to_string(start) + " " + std::to_string(reach) + " " + std::to_string(end) + " " + std::to_string(width + 4) +
               " " + std::to_string(end) + "\"/>\n";
    }
  }
  return "<div class=\"card\"><svg viewBox=\"0 0 " + std::to_string(width + 8 + room) + " " + std::to_string(top(layers + 1)) +
         "\" style=\"max-width:" + std::to_string(width + 8 + room) +
         "px\" role=\"img\" aria-label=\"graph of the layers\" font-size=\"13\">\n<g fill=\"none\" stroke=\"#8a94a6\" "
         "stroke-width=\"1.5\">\n" +
         lines + "</g>\n<g fill=\"#eef2fb\" stroke=\"#b9c4dd\">\n" + boxes + "</g>\n</svg></div>\n";
}

}  // namespace html_report
