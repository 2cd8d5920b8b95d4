// Readers in C++ (a draft kind, see abi/draft/reader.h): samples out of a file, a folder, or whatever holds them.
//
// The class is DataReader, since treino::Reader reads back the state of a plugin (state.hpp).
#pragma once
#include <treino/abi/draft/reader.h>

#include <treino/detail/component.hpp>
#include <treino/detail/read_destination.hpp>
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

/// What a field is where the manifest does not say; other: read only where it is named.
enum class FieldRole : std::uint32_t { feature = TREINO_FIELD_FEATURE, target = TREINO_FIELD_TARGET, other = TREINO_FIELD_OTHER };

/// What is to be opened; see treino_reader_source. Valid during open().
class DataSource {
 public:
  explicit DataSource(const treino_reader_source& source) : source_(&source) {}
  std::string path() const { return source_->path; }
  /// Whether it is a file beside the training data, which should have the names that these have.
  bool is_further() const { return source_->further != 0; }
  /// Whether targets are wanted; where they are not, they may lack.
  bool wants_targets() const { return source_->targets != 0; }
  std::vector<std::string> feature_names() const { return names(source_->feature_names, source_->feature_name_count); }
  std::vector<std::string> target_names() const { return names(source_->target_names, source_->target_name_count); }
  /// The classes that targets may be, by their numbers; none: they are to be found.
  std::vector<std::string> class_names() const {
    const bool told = source_->size >= sizeof(treino_reader_source);
    return told ? names(source_->class_names, source_->class_name_count) : std::vector<std::string>();
  }
  /// Texts that stand for a missing value.
  std::vector<std::string> missing() const { return names(source_->missing, source_->missing_count); }

 private:
  static std::vector<std::string> names(const char* const* from, std::uint32_t count) {
    return count == 0 ? std::vector<std::string>() : std::vector<std::string>(from, from + count);
  }
  const treino_reader_source* source_;
};

/// What a source holds, as open() returns it.
struct DataSchema {
  struct Field {
    std::string name;  // empty: the source names none
    ReadType type = ReadType::float32;
    std::vector<std::int64_t> shape;  // of one row; empty: a column
    FieldRole role = FieldRole::feature;
  };
  std::vector<Field> fields;
  std::int64_t rows = -1;  // -1: known only once the source has been read to its end
  std::string head;        // the place of the names, for errors about them; empty: the source's path
  std::string hint;        // appended to errors about fields
  /// Where the reader numbers the classes of targets itself: what they are called.
  std::vector<std::string> class_names;

  void column(std::string name, ReadType type, FieldRole role = FieldRole::feature) {
    fields.push_back({std::move(name), type, {}, role});
  }
  void tensor(std::string name, ReadType type, std::vector<std::int64_t> shape, FieldRole role = FieldRole::feature) {
    fields.push_back({std::move(name), type, std::move(shape), role});
  }
};

/// Where a value stands, for errors: "wine.csv:14:3", and the text that is there, if any.
struct ValuePlace {
  std::string where, found;
};

class DataReader : public Plugin {
 public:
  /// Opens the source, and looks at as little of it as tells what it holds. Throws what is wrong with it, with its place.
  virtual DataSchema open(const DataSource& source) = 0;
  /// Reads rows, in whatever order, into the fields that are wanted. Throws what is wrong with them, with its place.
  virtual void read(const Rows& rows, const Destination& to) = 0;
  /// Where a value stands; without an override errors name the source's path, the row and the field.
  virtual std::optional<ValuePlace> locate(std::int64_t /*row*/, std::size_t /*field*/) { return std::nullopt; }

 private:
  template <class, class>
  friend struct detail::Kind;
  std::string path_;
  std::vector<std::string> missing_;
  DataSchema schema_;
  std::vector<treino_reader_field> lent_fields_;
  std::vector<const char*> lent_names_;
  ValuePlace lent_place_;
};

namespace detail {

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<DataReader, T>>> {
  using Base = DataReader;
  static constexpr const char* kind = "reader";
  static DataReader& get(void* self) { return Lifecycle<T, DataReader>::get(self); }

  static treino_status open(void* self, const treino_reader_source* source, treino_reader_schema* schema, treino_error* error) {
    return guarded(error, [&] {
      DataReader& reader = get(self);
      const DataSource opened(*source);
      reader.path_ = opened.path();
      reader.missing_ = opened.missing();
      reader.schema_ = reader.open(opened);
      for (const DataSchema::Field& field : reader.schema_.fields)
        reader.lent_fields_.push_back({field.name.empty() ? nullptr : field.name.c_str(), field.shape.data(),
                                       static_cast<std::uint32_t>(field.shape.size()), static_cast<std::uint32_t>(field.type),
                                       static_cast<std::uint32_t>(field.role), 0});
      schema->field_count = static_cast<std::uint32_t>(reader.lent_fields_.size());
      schema->fields = reader.lent_fields_.data();
      schema->rows = reader.schema_.rows;
      schema->head = reader.schema_.head.empty() ? nullptr : reader.schema_.head.c_str();
      schema->hint = reader.schema_.hint.empty() ? nullptr : reader.schema_.hint.c_str();
      if (schema->size < sizeof(treino_reader_schema)) return;
      for (const std::string& name : reader.schema_.class_names) reader.lent_names_.push_back(name.c_str());
      schema->class_names = reader.lent_names_.data();
      schema->class_name_count = static_cast<std::uint32_t>(reader.lent_names_.size());
    });
  }
  static treino_status read(void* self, treino_read* read, treino_error* error) {
    return guarded(error, [&] {
      DataReader& reader = get(self);
      read->given = read->count;
      const Rows rows(*read);
      try {
        reader.read(rows, Destination(*read, reader.missing_));
      } catch (const NotANumber& fault) {
        throw std::runtime_error(place_of(reader, rows[fault.row], fault.field) + ": " + fault.what());
      }
    });
  }
  static std::string place_of(DataReader& reader, std::int64_t row, std::uint32_t field) {
    if (const auto place = reader.locate(row, field)) return place->where;
    const std::string& name = reader.schema_.fields[field].name;
    return reader.path_ + ": row " + std::to_string(row + 1) + ", " +
           (name.empty() ? "field " + std::to_string(field + 1) : "'" + name + "'");
  }
  static treino_status locate(void* self, std::int64_t row, std::uint32_t field, treino_read_place* place, treino_error* error) {
    bool known = false;
    const treino_status status = guarded(error, [&] {
      DataReader& reader = get(self);
      std::optional<ValuePlace> found = reader.locate(row, field);
      if (!found) return;
      known = true;
      reader.lent_place_ = std::move(*found);
      place->where = reader.lent_place_.where.c_str();
      place->found = reader.lent_place_.found.empty() ? nullptr : reader.lent_place_.found.c_str();
    });
    return status == TREINO_OK && !known ? TREINO_MISSING : status;
  }
  static constexpr treino_reader table() { return {sizeof(treino_reader), 0, open, read, locate}; }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
