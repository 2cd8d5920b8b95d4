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
#include <unordered_map>
#include <utility>
#include <vector>

#include "html.hpp"
#include "shared/files/history.hpp"

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
  /// Takes the values of `epoch`, from 0.
  void add(const treino::Host& host, std::uint64_t epoch) {
    while (by_number_.size() < host.scalar_count())
      by_number_.push_back(&curves_[host.name(static_cast<treino::Scalar>(by_number_.size()))]);
    for (treino::Scalar number = 0; number < by_number_.size(); ++number) {
      const auto value = host.value(number);
      Curve& curve = *by_number_[number];
      curve.values.resize(epoch + 1, 0);
      curve.present.resize(epoch + 1, 0);
      curve.values[epoch] = value.value_or(0);
      curve.present[epoch] = value.has_value();
    }
  }
  void add_rate(std::uint64_t step, double rate) { rates_.add(static_cast<double>(step), &rate); }

  /// A table of best and last values, as HTML; "" where no scalar says which way is better.
  std::string best(const treino::Host& host) const {
    std::string rows;
    for (treino::Scalar number = 0; number < host.scalar_count(); ++number) {
      const auto found = curves_.find(host.name(number));
      if (found == curves_.end() || host.direction(number) == treino::Direction::none) continue;
      const Curve& curve = found->second;
      const auto last = std::find(curve.present.rbegin(), curve.present.rend(), 1);
      if (last == curve.present.rend()) continue;
      const auto best = best_epoch(host, number);
      rows += "<tr>" + cell(found->first) + cell(host.direction(number) == treino::Direction::lower ? "lower" : "higher", true) +
              cell(best ? treino::svg::number(curve.values[*best]) : "none") + cell(best ? std::to_string(*best + 1) : "\u2013") +
              cell(treino::svg::number(*(curve.values.rbegin() + (last - curve.present.rbegin())))) + "</tr>\n";
    }
    if (rows.empty()) return "";
    return "<h2>Best epochs</h2>\n<div class=\"card\"><table>\n<tr><th>number</th><th class=\"left\">better is</th><th>best</th>"
           "<th>in epoch</th><th>last</th></tr>\n" +
           rows + "</table></div>\n";
  }

  /// A chart for each number with its "val_" twin, or for those that have the text before a '/' in common.
  std::vector<treino::svg::Panel> charts(const treino::Host& host) const {
    std::vector<std::string> order;
    std::map<std::string, std::vector<treino::svg::Line>> groups;
    std::unordered_map<std::string, treino::Scalar> numbers;
    for (treino::Scalar number = 0; number < host.scalar_count(); ++number) {
      const std::string name = host.name(number);
      numbers.emplace(name, number);
      const auto found = curves_.find(name);
      if (found == curves_.end() || std::count(found->second.present.begin(), found->second.present.end(), 1) == 0) continue;
      const bool validation = name.compare(0, 4, "val_") == 0;
      const std::string base = validation ? name.substr(4) : name, group = base.substr(0, base.find('/'));
      if (groups.find(group) == groups.end()) order.push_back(group);
      treino::svg::Line line{name, {}, {}, validation, ""};
      if (validation) line.color = treino::svg::color(1);
      for (std::size_t i = 0; i < found->second.values.size(); ++i) {
        line.x.push_back(static_cast<double>(i + 1));
        line.y.push_back(found->second.present[i] != 0 ? found->second.values[i] : std::nan(""));
      }
      groups[group].push_back(std::move(line));
    }
    std::vector<treino::svg::Panel> panels;
    for (const std::string& group : order)
      panels.push_back(panel({group, "epoch", "", groups[group], marks(host, group, numbers)}));
    panels.push_back(panel({"learning rate", "step", "", {{"rate", rates_.x(), rates_.column(0), false, ""}}, {}}));
    return panels;
  }

  void save(treino::Writer& writer) const {
    writer.write(std::uint64_t{curves_.size()});
    for (const auto& [name, curve] : curves_) {
      writer.write(name);
      writer.write(curve.values);
      writer.write(curve.present);
    }
    rates_.save(writer);
  }
  /// Throws where the curves are none.
  static Curves load(treino::Reader& reader) {
    Curves loaded;
    for (auto left = reader.get<std::uint64_t>(); left > 0; --left) {
      const auto name = reader.get<std::string>();
      Curve& curve = loaded.curves_[name];
      reader.read(curve.values);
      reader.read(curve.present);
      if (curve.values.size() != curve.present.size()) throw std::runtime_error("the saved state holds half a curve");
    }
    loaded.rates_ = treino::History::load(reader);
    if (loaded.rates_.columns() != 1) throw std::runtime_error("the saved state holds no learning rates");
    return loaded;
  }

 private:
  struct Curve {
    std::vector<double> values;         // an epoch
    std::vector<std::uint8_t> present;  // 1 where there was one
  };

  /// Of a number that says which way is better, the first of its best epochs; none where it was never better than NaN.
  std::optional<std::size_t> best_epoch(const treino::Host& host, treino::Scalar number) const {
    const auto found = curves_.find(host.name(number));
    const treino::Direction direction = host.direction(number);
    if (found == curves_.end() || direction == treino::Direction::none) return std::nullopt;
    const double sign = direction == treino::Direction::lower ? 1 : -1;
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < found->second.values.size(); ++i) {
      const double value = sign * found->second.values[i];
      if (found->second.present[i] == 0 || std::isnan(value)) continue;
      if (!best || value < sign * found->second.values[*best]) best = i;
    }
    return best;
  }

  /// Where validation was best.
  std::vector<treino::svg::Mark> marks(const treino::Host& host, const std::string& group,
                                       const std::unordered_map<std::string, treino::Scalar>& numbers) const {
    const auto found = numbers.find("val_" + group);
    if (found == numbers.end()) return {};
    if (const auto best = best_epoch(host, found->second)) return {{static_cast<double>(*best + 1), "best"}};
    return {};
  }

  static treino::svg::Panel panel(treino::svg::LineChart chart) {
    chart.logarithmic = wants_logarithm(chart.lines);
    chart.width = 540;
    chart.height = 280;
    return chart.panel();
  }

  std::map<std::string, Curve> curves_;  // by the number's name
  std::vector<Curve*> by_number_;        // the same, in the run's order
  treino::History rates_{1};
};

}  // namespace html_report
