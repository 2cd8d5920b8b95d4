// What a plugin says of a source is looked at before anything is made of it: fields, shapes and numbers of rows may be anything.
#include "train/plan/plugin_reader.hpp"

#include <fmt/format.h>
#include <treino/abi/draft/reader.h>

#include <limits>
#include <set>

#include "data/message.hpp"
#include "host/session/session.hpp"
#include "train/plan/plan_parts.hpp"

namespace treino::train {

namespace {

using data::DataError;

static_assert(sizeof(data::ReadText) == sizeof(treino_read_text) &&
              offsetof(data::ReadText, size) == offsetof(treino_read_text, size));

constexpr std::uint64_t longest_text = std::uint64_t{1} << 20;
constexpr std::uint32_t most_classes = 1000000;

std::optional<data::FieldType> type_of(std::uint32_t type) {
  if (type < TREINO_READ_BOOL || type > TREINO_READ_TEXT) return std::nullopt;
  return static_cast<data::FieldType>(type - TREINO_READ_BOOL);
}
std::uint32_t number_of(data::FieldType type) { return static_cast<std::uint32_t>(type) + TREINO_READ_BOOL; }
static_assert(static_cast<std::uint32_t>(data::FieldType::text) + TREINO_READ_BOOL == TREINO_READ_TEXT);

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> result;
  for (const std::string& text : texts) result.push_back(text.c_str());
  return result;
}

class PluginReader final : public data::Reader {
 public:
  /// `warn` takes what the plugin logs.
  PluginReader(std::shared_ptr<const host::Component> component, const manifest::Table& parameters,
               const data::OpenRequest& request, std::function<void(const std::string&)> warn)
      : name_(request.path.string()),
        screen_(std::move(warn)),
        log_(screen_),
        session_(log_),
        id_(component->description.id),
        instance_(create(std::move(component), parameters)) {
    open(request);
  }

  const std::string& name() const override { return name_; }
  const data::Schema& schema() const override { return schema_; }
  std::int64_t expected_rows() const override { return expected_; }

  std::int64_t read(const data::RowNumbers& rows, std::span<const Destination> destinations) override {
    destinations_.clear();
    for (const Destination& each : destinations)
      destinations_.push_back({each.data, each.stride, static_cast<std::uint32_t>(each.field), number_of(each.type)});
    treino_read asked{};
    asked.size = sizeof asked;
    asked.destination_count = static_cast<std::uint32_t>(destinations_.size());
    asked.rows = rows.numbers;
    asked.first = rows.first;
    asked.count = rows.count;
    asked.destinations = destinations_.data();
    call("read", [&](void* self, treino_error* error) { return instance_.component().reader.read(self, &asked, error); });
    if (asked.given < 0 || asked.given > rows.count)
      fail(fmt::format("gives {} rows where it was asked for {}", asked.given, rows.count));
    if (schema_.rows >= 0 && asked.given < rows.count)
      fail(fmt::format("gives {} of the {} rows from row {} on, and said that there are {}: has the source changed?", asked.given,
                       rows.count, rows[0] + 1, schema_.rows));
    expected_ = std::max<std::int64_t>(asked.expected, 0);
    check_texts(destinations, asked.given);
    return asked.given;
  }

  std::optional<Place> locate(std::int64_t row, std::size_t field) override {
    if (instance_.component().reader.locate == nullptr) return std::nullopt;
    treino_read_place place{};
    place.size = sizeof place;
    treino_status status = TREINO_FAILED;
    try {
      instance_.call("locate", [&](void* self, treino_error* error) {
        status = instance_.component().reader.locate(self, row, static_cast<std::uint32_t>(field), &place, error);
        return TREINO_OK;
      });
    } catch (const host::CallError&) {  // there is an error to be told already
      return std::nullopt;
    }
    if (status != TREINO_OK || place.where == nullptr) return std::nullopt;
    return Place{place.where, place.found == nullptr ? std::nullopt : std::optional<std::string>(place.found)};
  }

 private:
  host::Instance& create(std::shared_ptr<const host::Component> component, const manifest::Table& parameters) {
    try {
      return session_.create(std::move(component), id_, false, parameters);
    } catch (const host::CallError& error) {
      throw DataError(error.what());
    }
  }

  /// What a plugin says is wrong with its source is an error of the data; what else goes wrong in it names the plugin.
  template <class Function>
  void call(const char* doing, Function function) {
    std::string fault;
    try {
      instance_.call(doing, [&](void* self, treino_error* error) -> treino_status {
        const treino_status status = function(self, error);
        if (status != TREINO_FAILED || error->text[0] == '\0') return status;
        fault.assign(error->text, strnlen(error->text, error->capacity));
        return TREINO_OK;
      });
    } catch (const host::CallError& error) {
      throw DataError(fmt::format("{}: reader {}", name_, error.what()));
    }
    if (fault.starts_with(name_)) throw DataError(fault);
    if (!fault.empty()) throw DataError(fmt::format("{}: reader {}: {}", name_, id_, fault));
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(fmt::format("{}: the reader {} {}", name_, id_, what));
  }

  void open(const data::OpenRequest& request) {
    const auto features = pointers(request.feature_names), targets = pointers(request.target_names),
               missing = pointers(request.missing), classes = pointers(request.class_names);
    treino_reader_source source{};
    source.size = sizeof source;
    source.further = request.further ? 1 : 0;
    source.targets = request.targets ? 1 : 0;
    source.path = name_.c_str();
    source.feature_names = features.data();
    source.target_names = targets.data();
    source.missing = missing.data();
    source.feature_name_count = static_cast<std::uint32_t>(features.size());
    source.target_name_count = static_cast<std::uint32_t>(targets.size());
    source.missing_count = static_cast<std::uint32_t>(missing.size());
    source.class_names = classes.data();
    source.class_name_count = static_cast<std::uint32_t>(classes.size());
    treino_reader_schema schema{};
    schema.size = sizeof schema;
    schema.rows = -1;
    call("open",
         [&](void* self, treino_error* error) { return instance_.component().reader.open(self, &source, &schema, error); });
    take(schema);
  }

  void take(const treino_reader_schema& given) {
    if (given.field_count == 0 || given.fields == nullptr) fail("finds no fields");
    if (given.field_count > TREINO_READER_MOST_FIELDS)
      fail(fmt::format("finds {} fields; there are {} at most", given.field_count, TREINO_READER_MOST_FIELDS));
    if (given.rows < -1) fail(fmt::format("finds {} rows", given.rows));
    if (given.rows > std::numeric_limits<std::uint32_t>::max()) throw DataError(name_ + ": more samples than 32 bits can number");
    schema_.rows = given.rows;
    if (given.head != nullptr) schema_.head = given.head;
    if (given.hint != nullptr) schema_.hint = given.hint;
    take_classes(given);
    std::int64_t numbers = 0;
    for (std::uint32_t i = 0; i < given.field_count; ++i) {
      schema_.fields.push_back(field_of(given.fields[i], i));
      numbers += schema_.fields.back().size();
      if (numbers > TREINO_READER_MOST_NUMBERS) fail(fmt::format("gives a row more than {} numbers", TREINO_READER_MOST_NUMBERS));
    }
  }

  void take_classes(const treino_reader_schema& given) {
    if (given.class_name_count > most_classes || (given.class_name_count > 0 && given.class_names == nullptr))
      fail(fmt::format("names {} classes; there are {} at most", given.class_name_count, most_classes));
    std::set<std::string_view> taken;
    for (std::uint32_t i = 0; i < given.class_name_count; ++i) {
      const char* name = given.class_names[i];
      if (name == nullptr || *name == '\0') fail(fmt::format("gives class {} no name", i));
      if (!taken.insert(name).second) fail(fmt::format("gives the name {} to two classes", data::in_quotes(name)));
      schema_.class_names.emplace_back(name);
    }
  }

  data::Field field_of(const treino_reader_field& given, std::uint32_t number) const {
    data::Field field;
    if (given.name != nullptr) field.name = given.name;
    const std::string shown = fmt::format("field {}", field.name.empty() ? std::to_string(number + 1) : "'" + field.name + "'");
    if (!data::is_utf8(field.name)) throw DataError(fmt::format("{}: the name of field {} is no UTF-8 text", name_, number + 1));
    const auto type = type_of(given.type);
    if (!type) fail(fmt::format("gives {} the type {}, which there is not", shown, given.type));
    if (given.role > TREINO_FIELD_OTHER) fail(fmt::format("gives {} the role {}, which there is not", shown, given.role));
    if (given.rank > TREINO_READER_MOST_RANK || (given.rank > 0 && given.shape == nullptr))
      fail(fmt::format("gives {} a shape of {} axes; there are {} at most", shown, given.rank, TREINO_READER_MOST_RANK));
    field.type = *type;
    field.role = static_cast<data::FieldRole>(given.role);
    if (field.type == data::FieldType::text && given.rank > 0) fail(fmt::format("gives {} texts and a shape", shown));
    std::int64_t size = 1;
    for (std::uint32_t axis = 0; axis < given.rank; ++axis) {
      field.shape.push_back(given.shape[axis]);
      if (given.shape[axis] < 1 || __builtin_mul_overflow(size, given.shape[axis], &size) || size > TREINO_READER_MOST_NUMBERS)
        fail(fmt::format("gives {} a shape with the size {}: sizes are at least 1, and their product at most {}", shown,
                         given.shape[axis], TREINO_READER_MOST_NUMBERS));
    }
    return field;
  }

  void check_texts(std::span<const Destination> destinations, std::int64_t rows) const {
    for (const Destination& each : destinations) {
      if (each.type != data::FieldType::text) continue;
      for (std::int64_t row = 0; row < rows; ++row) {
        const auto& text = *reinterpret_cast<const data::ReadText*>(static_cast<const char*>(each.data) + row * each.stride);
        if (text.size > longest_text || (text.size > 0 && text.bytes == nullptr))
          fail(fmt::format("gives a text of {} bytes; there are {} at most", text.size, longest_text));
      }
    }
  }

  const std::string name_;
  host::Screen screen_;
  host::Log log_;
  host::Session session_;
  const std::string id_;
  host::Instance& instance_;
  data::Schema schema_;
  std::vector<treino_read_destination> destinations_;
  std::int64_t expected_ = 0;
};

}  // namespace

data::OpenReader reader_opener(const Plan& plan, const manifest::FileSection& file) {
  return [&plan, &file](const data::OpenRequest& request) -> std::unique_ptr<data::Reader> {
    const std::string& name = request.path.native();
    if (name.empty()) throw DataError("no data file is named");
    if (name.find('\0') != std::string::npos) throw DataError(fmt::format("{}: a NUL byte in the name", name.c_str()));
    manifest::Faults faults;
    const auto reader = plan_reader(plan, file, request.path, faults);
    if (!faults.empty()) throw manifest::ManifestError(faults);
    const auto catalogue = plan.catalogue;
    try {
      return std::make_unique<PluginReader>(catalogue->component(manifest::Kind::reader, reader->section.id.value),
                                            reader->parameters, request,
                                            [catalogue](const std::string& line) { catalogue->add_warning(line); });
    } catch (const host::LoadError& error) {
      throw DataError(error.what());
    }
  };
}

}  // namespace treino::train
