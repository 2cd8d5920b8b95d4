// How the gradients flowed through the layers over time, drawn.
#pragma once
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <treino/kit/svg.hpp>
#include <treino/kit/text.hpp>
#include <utility>
#include <vector>

#include "shared/drawing/heat_map.hpp"
#include "shared/files/history.hpp"
#include "watched.hpp"

namespace gradient_monitor {

class Picture {
 public:
  /// Of the run of this name; borrows the others. `every`: steps from one look to the next.
  Picture(std::string run, std::uint64_t every, const std::vector<Item>& items, const std::vector<Column>& columns,
          const treino::History& history)
      : run_(std::move(run)), every_(every), items_(items), columns_(columns), history_(history) {}

  /// A page where `path` ends with .html, else the drawing alone.
  std::string text(const std::string& path) const {
    std::vector<treino::svg::Panel> panels;
    for (const bool after : {false, true})
      for (const char* what : {"norm", "update_ratio", "absmax", "std", "mean", "sparsity"}) draw(what, after, panels);
    for (const bool after : {false, true})
      for (std::size_t item = 0; item < items_.size(); ++item) draw_histogram(item, after, panels);
    const std::uint64_t shown = history_.size();
    const std::string title = "Gradient flow of " + run_;
    const std::string drawing = treino::svg::sheet(
        panels, title,
        "every " + (every_ == 1 ? "" : std::to_string(every_) + "th ") + "step, " + std::to_string(shown) + " shown");
    if (std::filesystem::path(path).extension() != ".html") return drawing;
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + treino::escaped(title) +
           "</title><style>:root { color-scheme: light; } body { margin: 24px; background: #f4f5f7; } svg { max-width: 100%; "
           "height: auto; "
           "}</style></head>\n<body>\n" +
           drawing + "</body>\n</html>\n";
  }

 private:
  static std::string caption(const std::string& what, bool after) {
    const std::string behind = after ? ", after clipping" : "";
    if (what == "norm") return "Norm of the gradient" + behind;
    if (what == "update_ratio") return "Size of the update as a part of the weights' (L2 norms)";
    if (what == "absmax") return "Largest gradient, absolute" + behind;
    if (what == "std") return "Standard deviation of the gradient" + behind;
    if (what == "mean") return "Mean of the gradient" + behind;
    return "Part of the gradient that is zero" + behind;
  }

  void draw(const std::string& what, bool after, std::vector<treino::svg::Panel>& panels) const {
    treino::svg::LineChart lines{caption(what, after), "step", "", {}, {}};
    treino::svg::HeatMap map{caption(what, after) + ", by " + (items_.size() > 1 ? "layer" : "network"), "step", "", {}, {}, {}};
    lines.logarithmic = map.logarithmic = what != "mean" && what != "sparsity";
    lines.width = map.width - treino::svg::HeatMap::bar_width;
    map.x = history_.x();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (column.what != what || column.after != after) continue;
      const std::string& name = items_[column.item].name;
      lines.lines.push_back(
          {name.empty() ? "network" : name, history_.x(), history_.column(i), false, name.empty() ? "#222222" : ""});
      if (name.empty()) continue;
      map.rows.push_back(name);
      map.values.push_back(history_.column(i));
    }
    if (lines.lines.empty()) return;
    if (lines.lines.size() <= 8) panels.push_back(lines.panel());
    if (map.rows.size() > 1) panels.push_back(map.panel());
  }

  void draw_histogram(std::size_t item, bool after, std::vector<treino::svg::Panel>& panels) const {
    treino::svg::HeatMap map;
    for (std::size_t i = columns_.size(); i-- > 0;) {
      const Column& column = columns_[i];
      if (column.what != "histogram" || column.item != item || column.after != after) continue;
      const bool labeled = column.bin % 4 == 1;  // from a whole power of ten on
      map.rows.push_back(labeled ? treino::svg::detail::power_of_ten(-10 + (column.bin - 1) / 2) : "");
      map.values.push_back(history_.column(i));
      for (double& part : map.values.back())
        if (part == 0) part = std::nan("");  // blank
    }
    if (map.rows.empty()) return;
    const std::string& name = items_[item].name;
    map.title =
        "Sizes of the gradients' elements" + (name.empty() ? std::string() : " of " + name) + (after ? ", after clipping" : "");
    map.x_label = "step";
    map.value_label = "part";
    map.logarithmic = false;
    map.x = history_.x();
    map.row_height = 9;
    panels.push_back(map.panel());
  }

  std::string run_;
  std::uint64_t every_;
  const std::vector<Item>& items_;
  const std::vector<Column>& columns_;
  const treino::History& history_;
};

}  // namespace gradient_monitor
