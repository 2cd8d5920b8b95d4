// Each is read as the only target of the source would be: it is passed over once more for each, and nothing else has to know of them.
#include "data/reading/further_targets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/targets.hpp"

namespace treino::data {

Source of_target(const Source& source, const Source::FurtherTarget& target) {
  Source one = source;
  one.further_targets.clear();
  one.target = target.columns;
  one.target_kind = target.kind;
  one.class_names = target.class_names;
  one.wanted_targets = target.wanted;
  return one;
}

std::vector<RawTargets> read_further_targets(const Source& source, std::int64_t rows, std::vector<std::uint8_t>& dropped,
                                             const std::function<Table(const Source&)>& read) {
  std::vector<RawTargets> all;
  for (const Source::FurtherTarget& target : source.further_targets) {
    Table table = read(of_target(source, target));
    if (table.targets.count != rows)
      throw DataError(
          fmt::format("{}: {} rows of targets, but there are {} samples", table.targets.file, table.targets.count, rows));
    dropped.resize(std::max(dropped.size(), table.dropped.size()));
    for (std::size_t i = 0; i < table.dropped.size(); ++i) dropped[i] |= table.dropped[i];
    all.push_back(std::move(table.targets));
  }
  return all;
}

std::vector<Targets> build_further_targets(std::vector<RawTargets>& raw, const Source& source) {
  std::vector<Targets> all;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    Dataset built;
    build_targets(raw[i], of_target(source, source.further_targets[i]), built);
    all.push_back({built.target_kind, built.target_width, built.target_steps, std::move(built.classes), std::move(built.values),
                   std::move(built.class_names), std::move(built.target_names)});
  }
  return all;
}

}  // namespace treino::data
