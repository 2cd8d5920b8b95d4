// What a run was made of, as HTML: its layers, and the settings of its manifest.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <treino/host.hpp>
#include <treino/kit/durable_file.hpp>

#include "graph.hpp"
#include "html.hpp"

namespace html_report {

inline std::string layers_of(const treino::Host& host) {
  const std::string graph = graph_of(host);
  std::string rows;
  for (std::uint32_t i = 0; i < host.layer_count(); ++i) {
    const treino_layer_info layer = host.layer(i);
    rows += "<tr>" + cell(layer.name) + cell(layer.type, true) + (graph.empty() ? "" : cell(inputs_text(host, i), true)) +
            cell(shape_text(layer)) + cell(treino::grouped(static_cast<std::uint64_t>(layer.parameters))) +
            cell(treino::grouped(static_cast<std::uint64_t>(layer.trainable))) +
            cell(treino::grouped(static_cast<std::uint64_t>(layer.flops))) + "</tr>\n";
  }
  if (rows.empty()) return "";  // a loop of somebody's own shows none
  return "<h2>Model</h2>\n<div class=\"card\"><table>\n<tr><th>layer</th><th class=\"left\">type</th>" +
         std::string(graph.empty() ? "" : "<th class=\"left\">inputs</th>") +
         "<th>output</th><th>parameters</th><th>trainable</th><th>FLOPs a sample, forward</th></tr>\n" + rows +
         "</table></div>\n" + graph;
}

inline std::string with_lines(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += (at == 0 ? "" : "\n") + escaped(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

/// What the run was told, from the manifest in the run's folder, in which every default stands: a section a card. The host writes a key
/// a line, and lists of tables over several; what this does not understand is left out.
inline std::string settings_in(const std::filesystem::path& folder) {
  std::string text;
  try {
    text = treino::read_file((folder / "manifest.toml").string(), 1 << 20);
  } catch (const std::exception&) {  // another host's folder may have none
    return "";
  }
  std::string cards, rows, title = "manifest", key, value;
  const auto end_row = [&] {
    if (!key.empty()) rows += "<tr>" + cell(key) + "<td>" + with_lines(value) + "</td></tr>\n";
    key.clear();
  };
  const auto end_card = [&] {
    end_row();
    if (!rows.empty()) cards += "<div class=\"card\"><h3>" + escaped(title) + "</h3><table>\n" + rows + "</table></div>\n";
    rows.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    const bool inside = !key.empty() && value.compare(0, 1, "[") == 0 && value.back() != ']';  // a list over several lines
    const std::size_t equals = line.find(" = ");
    if (inside) {
      value += "\n" + line;
    } else if (line.compare(0, 1, "[") == 0) {
      end_card();
      title = line.substr(line.find_first_not_of('['), line.find_last_not_of(']') + 1 - line.find_first_not_of('['));
    } else if (equals != std::string::npos) {
      end_row();
      key = line.substr(0, equals);
      value = line.substr(equals + 3);
    }
  }
  end_card();
  return cards.empty() ? "" : "<h2>Settings</h2>\n<div class=\"settings\">\n" + cards + "</div>\n";
}

}  // namespace html_report
