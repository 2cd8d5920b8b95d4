// From names and numbers of fields, as a manifest or a trained model gives them, to the fields of a source.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/reading/field_uses.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Takes fields for features and targets; what is taken twice, missing or ambiguous is refused.
class FieldResolver {
 public:
  using Use = FieldUse::Use;
  using References = std::vector<Source::Column>;

  /// Both outlive it.
  FieldResolver(const Reader& reader, FieldUses& uses) : reader_(reader), schema_(reader.schema()), uses_(uses) {}

  /// Fields of these names in this order, out of those that are still free. A name that is expected twice has to be there twice.
  void assign_names(const std::vector<std::string>& expected, Use use, std::size_t& count);
  /// Takes the target's fields, where they are there, out of what becomes features.
  void set_aside(const References& references);
  void drop_set_aside();
  void assign(const References& references, Use use, std::size_t& count);
  /// Those that are still free and have this role by themselves.
  void assign_rest(FieldRole role, Use use, std::size_t& count);

  /// Throws DataError "place of the names: what".
  [[noreturn]] void fail_head(const std::string& what) const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;

  std::vector<std::string> names() const;
  void refuse_lacking(const std::vector<std::string>& expected, const Places& places) const;
  std::optional<std::size_t> look_for(const Source::Column& reference) const;
  std::string describe_field(std::size_t field) const;
  std::size_t find_number(std::int64_t number) const;
  std::size_t find_name(const std::string& name) const;
  /// "column", or "array" where the source has tensors.
  const char* noun() const;

  const Reader& reader_;
  const Schema& schema_;
  FieldUses& uses_;
};

}  // namespace treino::data
