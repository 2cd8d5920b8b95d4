// A source as a manifest would describe it, opened by the plugin that reads it.
#pragma once
#include <map>
#include <memory>
#include <variant>

#include "data/reading/read.hpp"
#include "train/plan/plugin_reader.hpp"

namespace treino::test {

/// What data/ is told of a source, and the keys of its reader; those that the reader does not have are left out.
struct TestSource : data::Source {
  std::string format;  // empty: found out
  std::variant<std::monostate, bool> header;
  char delimiter = ',';
  std::int64_t skip_lines = 0, window = 3;
  std::string feature_key = "x", target_key = "y";
  std::string query = "SELECT * FROM a";
  std::vector<std::int64_t> size;  // of images
  std::int64_t channels = 3;
};

namespace detail {

/// A plan that has a catalogue and nothing else, and a section of [data].
struct Section {
  train::Plan plan;
  manifest::FileSection file;
};

inline std::shared_ptr<const Section> section_of(const TestSource& source) {
  static const auto catalogue = std::make_shared<host::Catalogue>(host::FinderOptions{{PLUGINS}, true});
  auto section = std::make_shared<Section>();
  section->plan.catalogue = catalogue;
  section->file.file.value = source.file.string();
  section->file.target_file.value = source.target_file.string();
  section->file.format.value = source.format;
  section->file.recorded = true;
  const auto set = [&](const char* key, auto value) {
    section->file.parameters.push_back({key, {}, manifest::Value{std::move(value), {}, false, {}}});
  };
  if (const bool* header = std::get_if<bool>(&source.header)) set("header", *header);
  set("delimiter", std::string(1, source.delimiter));
  set("skip_lines", source.skip_lines);
  set("window", source.window);
  set("feature_key", source.feature_key);
  set("target_key", source.target_key);
  set("query", source.query);
  set("channels", source.channels);
  manifest::List size;
  for (const std::int64_t side : source.size) size.push_back(manifest::Value{side, {}, false, {}});
  set("size", size);
  return section;
}

}  // namespace detail

/// The same with the reader that opens it.
inline data::Source opened(const TestSource& source) {
  data::Source with_reader = source;
  const auto section = detail::section_of(source);
  with_reader.open = [section](const data::OpenRequest& request) {
    return train::reader_opener(section->plan, section->file)(request);
  };
  return with_reader;
}

inline data::Dataset read(const TestSource& source) { return data::read(opened(source)); }
inline data::Outline outline(const TestSource& source) { return data::outline(opened(source)); }
inline data::Head read_head(const TestSource& source, std::int64_t rows) { return data::read_head(opened(source), rows); }

}  // namespace treino::test
