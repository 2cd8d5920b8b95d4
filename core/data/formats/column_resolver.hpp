// From names and numbers of columns, as a manifest or a trained model gives them, to columns of a CSV file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/formats/csv_columns.hpp"
#include "data/source.hpp"

namespace treino::data {

/// Takes columns of `head` for features and targets; what is taken twice, missing or ambiguous is refused.
class ColumnResolver {
 public:
  using Use = ColumnRole::Use;
  using References = std::vector<Source::Column>;

  ColumnResolver(const CsvScanner& scanner, char delimiter, CsvHead& head)
      : scanner_(scanner), delimiter_(delimiter), head_(head) {}

  /// Columns of these names in this order, out of those that are still free. A name that is expected twice has to be there twice.
  void assign_names(const std::vector<std::string>& expected, Use use, std::size_t& count);
  /// Takes the target's columns, where they are there, out of what becomes features.
  void set_aside(const References& references);
  void drop_set_aside();
  void assign(const References& references, Use use, std::size_t& count);
  void assign_rest(Use use, std::size_t& count);

  /// What may be the matter with a file of one column.
  std::string single_column_hint() const;
  /// Throws DataError "name:line of the header: what".
  [[noreturn]] void fail_head(const std::string& what) const;

 private:
  using Places = std::unordered_map<std::string_view, std::vector<std::size_t>>;

  [[noreturn]] void fail(const std::string& what) const;
  void refuse_lacking(const std::vector<std::string>& expected, const Places& places) const;
  std::optional<std::size_t> look_for(const Source::Column& reference) const;
  std::string describe_column(std::size_t column) const;
  std::size_t find(const Source::Column& reference) const;
  std::size_t find_number(std::int64_t number) const;
  std::size_t find_name(const std::string& name) const;

  const CsvScanner& scanner_;
  char delimiter_;
  CsvHead& head_;
};

}  // namespace treino::data
