// What is true of an array in a file is true of one in memory: it is read as a source that has no file.
#include "data/in_memory.hpp"

#include <algorithm>
#include <cstring>

#include "data/source.hpp"

namespace treino::data {
namespace {

class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(std::shared_ptr<const InMemory> memory) : memory_(std::move(memory)) {
    schema_.rows = memory_->count;
    schema_.fields.push_back({"", FieldType::float32, memory_->sample_shape, FieldRole::feature});
    if (memory_->target_width > 0) schema_.fields.push_back({"", FieldType::float64, {memory_->target_width}, FieldRole::target});
  }

  const std::string& name() const override { return memory_->name; }
  const Schema& schema() const override { return schema_; }
  std::int64_t expected_rows() const override { return memory_->count; }
  std::optional<Place> locate(std::int64_t, std::size_t) override { return std::nullopt; }

  std::int64_t read(const RowNumbers& rows, std::span<const Destination> destinations) override {
    for (const Destination& to : destinations) {
      if (to.field == 0)
        copy(memory_->features, schema_.fields[0].size(), rows, to);
      else
        copy(memory_->targets, memory_->target_width, rows, to);
    }
    return rows.count;
  }

 private:
  template <class Number>
  static void copy(const std::vector<Number>& from, std::int64_t size, const RowNumbers& rows, const Destination& to) {
    for (std::int64_t i = 0; i < rows.count; ++i)
      std::memcpy(static_cast<char*>(to.data) + i * to.stride, from.data() + rows[i] * size,
                  static_cast<std::size_t>(size) * sizeof(Number));
  }

  const std::shared_ptr<const InMemory> memory_;
  Schema schema_;
};

}  // namespace

Source source_in_memory(const Source& source) {
  Source own = source;
  own.file = source.memory->name;
  own.target_file.clear();
  own.target = own.features = {};
  own.wanted_features = own.wanted_targets = {};
  for (Source::Input& input : own.inputs) input.key.clear();
  own.open = [memory = source.memory](const OpenRequest&) { return std::make_unique<MemoryReader>(memory); };
  return own;
}

}  // namespace treino::data
