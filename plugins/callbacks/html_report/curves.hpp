// The run's scalars over its epochs: their best values, and charts of them.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/host.hpp>
#include <treino/kit/svg.hpp>
#include <treino/state.hpp>
#include <utility>
#include <vector>

#include "html.hpp"
#include "shared/files/history.hpp"
#include "shared/training/learning_curves.hpp"

namespace html_report {

/// Spans more than two decades above zero.
inline bool wants_logarithm(const std::vector<treino::svg::Line>& lines) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const auto& line : lines)
    for (const double value : line.y)
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  return low > 0 && high > 100 * low;
}

class Curves {
 public:
  void match(const treino::Host& host) { scalars_.match(host); }
  /// Takes the values of `epoch`, from 0.
  void add(const treino::Host& host, std::uint64_t epoch) { scalars_.remember(host, epoch); }
  void add_rate(std::uint64_t step, double rate) { rates_.add(static_cast<double>(step), &rate); }

  /// A table of best and last values, as HTML; "" where no scalar says which way is better.
  std::string best() const {
    std::string rows;
    for (const treino::LearningCurve& curve : scalars_.all()) {
      if (curve.empty() || curve.direction == treino::Direction::none) continue;
      const auto best = curve.best();
      rows += "<tr>" + cell(curve.name) + cell(curve.direction == treino::Direction::lower ? "lower" : "higher", true) +
              cell(best ? treino::svg::number(curve.values[*best]) : "none") +
              cell(best ? std::to_string(scalars_.epochs()[*best] + 1) : "\u2013") + cell(treino::svg::number(*curve.last())) +
              "</tr>\n";
    }
    if (rows.empty()) return "";
    return "<h2>Best epochs</h2>\n<div class=\"card\"><table>\n<tr><th>scalar</th><th class=\"left\">better is</th><th>best</th>"
           "<th>in epoch</th><th>last</th></tr>\n" +
           rows + "</table></div>\n";
  }

  /// A chart for each scalar with its "val_" twin, or for those that have the text before a '/' in common.
  std::vector<treino::svg::Panel> charts() const {
    std::vector<std::string> order;
    std::map<std::string, std::vector<treino::svg::Line>> groups;
    std::vector<double> epochs;
    for (const std::uint64_t epoch : scalars_.epochs()) epochs.push_back(static_cast<double>(epoch + 1));
    for (const treino::LearningCurve& curve : scalars_.all()) {
      if (curve.empty()) continue;
      const bool validation = curve.name.compare(0, 4, "val_") == 0;
      const std::string base = validation ? curve.name.substr(4) : curve.name, group = base.substr(0, base.find('/'));
      if (groups.find(group) == groups.end()) order.push_back(group);
      groups[group].push_back({curve.name, epochs, curve.values, validation, validation ? treino::svg::color(1) : ""});
    }
    std::vector<treino::svg::Panel> panels;
    for (const std::string& group : order) panels.push_back(panel({group, "epoch", "", groups[group], marks(group)}));
    panels.push_back(panel({"learning rate", "step", "", {{"rate", rates_.x(), rates_.column(0), false, ""}}, {}}));
    return panels;
  }

  void save(treino::Writer& writer) const {
    scalars_.save(writer);
    rates_.save(writer);
  }
  /// Throws where the curves are none.
  static Curves load(treino::Reader& reader) {
    Curves loaded;
    loaded.scalars_ = treino::LearningCurves::load(reader);
    loaded.rates_ = treino::History::load(reader);
    if (loaded.rates_.columns() != 1) throw std::runtime_error("the saved state holds no learning rates");
    return loaded;
  }

 private:
  /// Where validation was best.
  std::vector<treino::svg::Mark> marks(const std::string& group) const {
    const treino::LearningCurve* const curve = scalars_.find("val_" + group);
    const auto best = curve == nullptr ? std::nullopt : curve->best();
    if (!best) return {};
    return {{static_cast<double>(scalars_.epochs()[*best] + 1), "best"}};
  }

  static treino::svg::Panel panel(treino::svg::LineChart chart) {
    chart.logarithmic = wants_logarithm(chart.lines);
    chart.width = 540;
    chart.height = 280;
    return chart.panel();
  }

  treino::LearningCurves scalars_;
  treino::History rates_{1};
};

}  // namespace html_report
