// A list of columns alone is a table with columns: both are read alike from there on. What inputs need of the file is seen when it is
// opened.
#include "manifest/data_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/complete.hpp"
#include "manifest/sections.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

constexpr const char* forms =
    "a list of columns or a table { columns = [...], shape = [...] }, or { key = \"...\" } of a npz file";

class InputReader {
 public:
  explicit InputReader(Reading& reading) : reading_(reading) {}

  void read(Entry& entry) {
    what_ = fmt::format("input '{}' of [data]", shown(entry.key));
    const Value name{entry.key, entry.location, false, {}};
    if (!check_name(name, "name of an input of [data]", reading_)) return;
    if (entry.key == "input") return fault(entry.location, "that is the name of a model's input where it has a single one");
    const Location at = entry.value.location;
    if (entry.value.as<List>()) entry.value = Value{Table{{"columns", at, entry.value}}, at, false, {}};
    auto* given = std::get_if<Table>(&entry.value.data);
    if (!given) return fault(at, fmt::format("expected {}, got {}", forms, describe(entry.value)));
    const Table completed = complete(section("data_input"), *given, at, what_, reading_.faults);
    DataInput input;
    input.name = {entry.key, entry.location};
    input.columns = get<List>(completed, "columns");
    input.key = get<std::string>(completed, "key");
    for (const Value& size : get<List>(completed, "shape")) input.shape.push_back(*size.as<std::int64_t>());
    input.scaling = get<std::string>(completed, "scaling");
    check(*given, completed, input);
    fill(*given, completed);
    inputs_.push_back(std::move(input));
  }

  /// One file holds columns or arrays.
  std::vector<DataInput> finish() {
    const auto different = std::find_if(inputs_.begin(), inputs_.end(),
                                        [&](const DataInput& each) { return each.key.empty() != inputs_.front().key.empty(); });
    if (different == inputs_.end()) return std::move(inputs_);
    what_ = fmt::format("input '{}' of [data]", shown(different->name.value));
    const auto kind = [](const DataInput& input) {
      return input.key.empty() ? "columns of a csv file" : "an array of a npz file";
    };
    fault(different->name.location,
          fmt::format("it is {}, and '{}' is {}", kind(*different), shown(inputs_.front().name.value), kind(inputs_.front())));
    return std::move(inputs_);
  }

 private:
  void fault(const Location& at, const std::string& text) { reading_.faults.add(at, what_ + ": " + text); }

  /// What was written in another type than it should be has been told of.
  void check(const Table& given, const Table& completed, const DataInput& input) {
    if (!find(given, "columns") && !find(given, "key")) return fault(input.name.location, fmt::format("expected {}", forms));
    const Value *columns = find(completed, "columns"), *key = find(completed, "key");
    if (columns && key) return fault(key->location, "columns and key: a csv file has columns, a npz file arrays");
    if (key && input.key.empty()) fault(key->location, "key: expected the name of an array");
    if (key) refuse_secret(*key, "key of " + what_, reading_);
    if (!columns) return;
    if (input.columns.empty()) return fault(columns->location, "columns: expected at least one");
    const Value* shape = find(completed, "shape");
    // No product of the shape can be right that overflows.
    std::int64_t size = 1;
    for (const std::int64_t length : input.shape) size = size > (std::int64_t{1} << 31) / length ? -1 : size * length;
    if (shape && (size < 0 || static_cast<std::size_t>(size) != input.columns.size()))
      fault(shape->location, fmt::format("shape: {} has {} elements, and there are {} columns", fmt::join(input.shape, "x"),
                                         size < 0 ? "too many" : std::to_string(size), input.columns.size()));
  }

  Reading& reading_;
  std::string what_;
  std::vector<DataInput> inputs_;
};

}  // namespace

std::vector<DataInput> read_data_inputs(Value& value, Reading& reading) {
  auto& table = std::get<Table>(value.data);
  if (table.empty()) reading.faults.add(value.location, "inputs of [data]: expected at least one, as in { image = [...] }");
  InputReader reader(reading);
  for (Entry& entry : table) reader.read(entry);
  return reader.finish();
}

void check_file_of_inputs(const Table& given, const std::string& what, Reading& reading) {
  for (const char* key : {"features", "shape"})
    if (const Value* value = find(given, key))
      reading.faults.add(value->location, fmt::format("{} of {}: inputs of [data] says it for each of them", key, what));
}

}  // namespace treino::manifest
