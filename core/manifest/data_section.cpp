// What a section of [data] leaves out is inherited from [data] train: the three files are read in this order.
#include "manifest/data_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "manifest/check.hpp"
#include "manifest/complete.hpp"
#include "manifest/data_inputs.hpp"
#include "manifest/plugin_sections.hpp"
#include "manifest/reading.hpp"
#include "manifest/sections.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/text_file.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

void check_exists(const Table& completed, const char* key, const std::string& what, Reading& reading) {
  const Value* value = find(completed, key);
  if (!value) return;
  const std::string fault = why_unreadable(*value->as<std::string>());
  const std::string shown_path = value->secret ? value->original : *value->as<std::string>();
  if (!fault.empty()) reading.faults.add(value->location, fmt::format("{} of {}: {} {}", key, what, shown(shown_path), fault));
}

template <class T>
std::vector<T> plain_list(const Table& completed, const char* key) {
  std::vector<T> result;
  for (const Value& element : get<List>(completed, key)) result.push_back(*element.as<T>());
  return result;
}

FileSection to_struct(const Table& completed, const Location& at) {
  FileSection file;
  file.location = at;
  file.file = located<std::string>(completed, "file");
  file.target_file = located<std::string>(completed, "target_file");
  file.format = located<std::string>(completed, "format");
  file.target = get<List>(completed, "target");
  file.features = get<List>(completed, "features");
  file.missing = get<std::string>(completed, "missing");
  if (find(completed, "missing_markers")) file.missing_markers = plain_list<std::string>(completed, "missing_markers");
  file.target_kind = get<std::string>(completed, "target_kind");
  file.class_names = plain_list<std::string>(completed, "class_names");
  file.shape = plain_list<std::int64_t>(completed, "shape");
  return file;
}

/// What train says of its file and another file does not say of itself.
Table with_inherited(Table given, const Table& train) {
  const Description& own = section("train");
  const Description& shared = section("file");
  for (const Entry& entry : train) {
    const bool one_files = entry.key == "file" || entry.key == "target_file";
    if (own.find(entry.key) && shared.find(entry.key) && !one_files && !find(given, entry.key)) given.push_back(entry);
  }
  return given;
}

constexpr const char* in_memory = "(in memory)";
constexpr std::string_view of_files[] = {"target_file", "format", "target", "features", "missing_markers"};

class DataReader {
 public:
  DataReader(Table& section_table, const Location& at, Reading& reading) : table_(section_table), at_(at), reading_(reading) {}

  DataSection read() {
    stand_in("train", reading_.in_memory.train);
    stand_in("validation", reading_.in_memory.validation);
    stand_in("test", reading_.in_memory.test);
    const Table completed = complete(section("data"), table_, at_, "[data]", reading_.faults, reading_.folder);
    plain(completed);
    if (Value* inputs = find(table_, "inputs"); inputs && inputs->as<Table>()) data_.inputs = read_data_inputs(*inputs, reading_);
    files();
    scaling(completed);
    class_weights(completed);
    fractions(completed);
    // The files and inputs are filled in already, each in its own table.
    constexpr std::string_view own[] = {"train", "validation", "test", "inputs"};
    Table rest;
    for (const Entry& entry : completed)
      if (std::find(std::begin(own), std::end(own), entry.key) == std::end(own)) rest.push_back(entry);
    fill(table_, rest);
    return std::move(data_);
  }

 private:
  /// For data in memory: a table that says of them what no program says, and names no file.
  void stand_in(const char* key, bool given_in_memory) {
    if (!given_in_memory) return;
    Value* given = find(table_, key);
    const Location at = given ? given->location : at_;
    Table table;
    if (const Table* said = given ? given->as<Table>() : nullptr)
      std::copy_if(said->begin(), said->end(), std::back_inserter(table), [](const Entry& entry) {
        return std::find(std::begin(of_files), std::end(of_files), entry.key) == std::end(of_files);
      });
    const Value name{std::string(in_memory), at, false, {}};
    if (Value* file = find(table, "file"))
      *file = name;
    else
      table.insert(table.begin(), {"file", at, name});
    if (given)
      given->data = std::move(table);
    else
      table_.push_back({key, at, Value{std::move(table), at, false, {}}});
  }

  bool is_in_memory(const std::string& key) const {
    return key == "train" ? reading_.in_memory.train : key == "test" ? reading_.in_memory.test : reading_.in_memory.validation;
  }

  void plain(const Table& completed) {
    data_.location = at_;
    data_.stratified = get<bool>(completed, "stratified");
    data_.batch_size = get<std::int64_t>(completed, "batch_size");
    data_.evaluation_batch_size = get<std::int64_t>(completed, "evaluation_batch_size");
    if (const Value* limit = find(completed, "memory_limit"))
      data_.memory_limit = static_cast<std::uint64_t>(*limit->as<std::int64_t>()) << 20;
    data_.shuffle = get<bool>(completed, "shuffle");
    data_.drop_last = get<bool>(completed, "drop_last");
  }

  void files() {
    if (Value* train = find(table_, "train")) {
      data_.train = file("train", *train);
      if (find(train_, "validation")) data_.validation_fraction = located<double>(train_, "validation");
      if (find(train_, "test")) data_.test_fraction = located<double>(train_, "test");
    }
    if (Value* validation = find(table_, "validation")) data_.validation = file("validation", *validation);
    if (Value* test = find(table_, "test")) data_.test = file("test", *test);
  }

  /// One of the three.
  std::optional<FileSection> file(const std::string& key, Value& value) {
    const Location at = value.location;
    const bool train = key == "train";
    if (value.as<std::string>()) value = Value{Table{{"file", at, value}}, at, false, {}};
    auto* given = std::get_if<Table>(&value.data);
    if (!given) {
      const bool number = value.as<double>() || value.as<std::int64_t>();
      const std::string hint = number && !train ? fmt::format(" (a share is split off by train = {{ ..., {} = ... }})", key) : "";
      reading_.faults.add(
          at, fmt::format("{} of [data]: expected a path or a table {{ file = \"...\" }}, got {}{}", key, describe(value), hint));
      return std::nullopt;
    }
    const Table all = train ? *given : with_inherited(*given, train_);
    const std::string what = fmt::format("[data] {}", key);
    const Description& host = section(train ? "train" : "file");
    auto [host_keys, rest] = split_by_keys(section("train"), all);
    Table completed = complete(host, host_keys, at, what, reading_.faults, reading_.folder);
    if (reading_.data_files && !is_in_memory(key)) {
      check_exists(completed, "file", what, reading_);
      check_exists(completed, "target_file", what, reading_);
    }
    if (is_in_memory(key)) refuse_misspelt(host, rest, what);
    if (const Value* format = find(completed, "format")) check_id(*format, "format of " + what, reading_);
    if (is_in_memory(key)) find(completed, "file")->data = std::string(in_memory);  // no path that could be made absolute
    if (!data_.inputs.empty()) check_file_of_inputs(*given, what, reading_);
    for (const Value& name : get<List>(completed, "class_names")) refuse_secret(name, "class_names of " + what, reading_);
    fill(*given, completed);
    FileSection result = to_struct(completed, at);
    result.inputs = data_.inputs;
    result.recorded = reading_.recorded;
    result.parameters = std::move(rest);
    if (!train && data_.train && data_.train->format.value == result.format.value)
      for (const Entry& entry : data_.train->parameters)
        if (!find(result.parameters, entry.key)) result.parameters.push_back(entry);
    if (train) train_ = std::move(completed);
    return result;
  }

  /// No reader is there that would say so.
  void refuse_misspelt(const Description& host, const Table& rest, const std::string& what) {
    std::vector<std::string> names;
    for (const ParameterDescription& key : host.parameters) names.push_back(key.name);
    for (const Entry& entry : rest)
      if (const std::string hint = suggestion(entry.key, names); !hint.empty())
        fault(entry.location, fmt::format("{} has no key '{}'.{}", what, shown(entry.key), hint));
  }

  void scaling(const Table& completed) {
    if (find(completed, "scaling")) data_.scaling = get<std::string>(completed, "scaling");
    const Value* scale = find(completed, "scale");
    if (!scale) return;
    data_.scale = *scale->as<double>();
    if (data_.scaling != "none")
      fault(scale->location, fmt::format("scale of [data]: the features are scaled already, by scaling = \"{}\"", data_.scaling));
    if (*data_.scale == 0) fault(scale->location, "scale of [data]: a factor of 0 leaves nothing of the features");
  }

  void class_weights(const Table& completed) {
    const Value* weights = find(completed, "class_weights");
    if (!weights) return;
    data_.class_weights_location = weights->location;
    const auto* text = weights->as<std::string>();
    const auto* table = weights->as<Table>();
    data_.balanced = text && *text == "balanced";
    if (!data_.balanced && !table)
      return fault(
          weights->location,
          "class_weights of [data]: expected \"balanced\" or a table { <class> = <weight>, ... }, got " + describe(*weights));
    ParameterDescription weight;
    weight.type = "float";
    weight.min = 0;
    for (const Entry& entry : table ? *table : Table{})
      if (auto checked =
              check(weight, entry.value, fmt::format("weight of the class '{}'", shown(entry.key)), {}, reading_.faults))
        data_.class_weights.emplace_back(entry.key, *checked->as<double>());
  }

  void fractions(const Table& completed) {
    const auto& validation = data_.validation_fraction;
    const auto& test = data_.test_fraction;
    exclusive("validation", validation, data_.validation);
    exclusive("test", test, data_.test);
    if (validation && test && validation->value + test->value >= 1)
      fault(test->location, "test of [data] train: with validation it leaves nothing for training");
    if (data_.stratified && !validation && !test && data_.train)
      fault(find(completed, "stratified")->location,
            "stratified of [data]: nothing is split off; train = { ..., validation = 0.2 } would");
  }

  void exclusive(const char* key, const std::optional<Located<double>>& share, const std::optional<FileSection>& file) {
    if (share && file)
      fault(share->location, fmt::format("{0} of [data] train: there is a {0} file too, at {1}", key, to_text(file->location)));
  }

  void fault(const Location& at, const std::string& text) { reading_.faults.add(at, text); }

  Table& table_;
  const Location& at_;
  Reading& reading_;
  Table train_;
  DataSection data_;
};

}  // namespace

DataSection read_data(Table& section_table, const Location& at, Reading& reading) {
  return DataReader(section_table, at, reading).read();
}

}  // namespace treino::manifest
