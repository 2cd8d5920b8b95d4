// Each is read as the only target of the file would be: a file is passed over once more for each, and nothing else has to know of them.
#include "data/formats/further_targets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "data/formats/array_table.hpp"
#include "data/formats/csv_reader.hpp"
#include "data/formats/message.hpp"
#include "data/targets.hpp"

namespace treino::data {
namespace {

Table read_one(const Source& source, const std::string& format, bool header) {
  Source one = source;
  one.header = header;
  return format == "csv" ? read_csv(one.file, one, CsvContent::targets_only) : read_array_targets(one.file, one, format);
}

}  // namespace

Source of_target(const Source& source, const Source::FurtherTarget& target) {
  Source one = source;
  one.further_targets.clear();
  one.target = target.columns;
  if (const auto* key = std::get_if<std::string>(&target.columns.front())) one.target_key = *key;
  one.target_kind = target.kind;
  one.class_names = target.class_names;
  one.wanted_targets = target.wanted;
  return one;
}

void check_further_targets(const Source& source, const std::string& format, const std::string& name) {
  if (source.further_targets.empty()) return;
  if (format != "csv" && format != "npz")
    throw DataError(
        fmt::format("{}: targets of [[loss]] are columns of a csv file or arrays of a npz file, which hold the samples "
                    "too: here there is one target",
                    name));
  for (const Source::FurtherTarget& target : source.further_targets)
    if (format == "npz" && (target.columns.size() != 1 || !std::holds_alternative<std::string>(target.columns.front())))
      throw DataError(name + ": a target of [[loss]] is the name of one array in a npz file");
}

std::vector<RawTargets> read_further_targets(const Source& source, const std::string& format, bool header, std::int64_t rows,
                                             std::vector<std::uint8_t>& dropped) {
  return read_further_targets(source, rows, dropped, [&](const Source& one) { return read_one(one, format, header); });
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

void outline_further_targets(const Source& source, const std::string& format, bool header) {
  for (const Source::FurtherTarget& target : source.further_targets) {
    Source one = of_target(source, target);
    one.header = header;
    if (format == "csv")
      outline_csv(one.file, one, CsvContent::targets_only);
    else
      outline_array_targets(one.file, one, format);
  }
}

std::vector<Targets> build_further_targets(std::vector<RawTargets>& raw, const Source& source) {
  std::vector<Targets> all;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    Dataset built;
    build_targets(raw[i], of_target(source, source.further_targets[i]), built);
    all.push_back({built.target_kind, built.target_width, std::move(built.classes), std::move(built.values),
                   std::move(built.class_names), std::move(built.target_names)});
  }
  return all;
}

}  // namespace treino::data
