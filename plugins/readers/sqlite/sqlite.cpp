// The rows of a query of a SQLite database. SQLite's values have types of their own, one by one: a column is read as texts, which
// numbers are as well as words.
#include <fmt/format.h>

#include <limits>
#include <treino/reader.hpp>

#include "query.hpp"
#include "shared/readers/lent_texts.hpp"
#include "shared/readers/message.hpp"

namespace {

using namespace treino::readers;

class Sqlite final : public treino::DataReader {
 public:
  explicit Sqlite(const treino::Setup& setup) : sql_(setup.get<std::string>("query")) {}

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    const std::vector<std::string> missing = source.missing();
    if (!missing.empty()) null_ = missing.front();
    query_.emplace(path_, sql_);
    names_ = query_->columns();
    treino::DataSchema schema;
    schema.head = path_ + ": query";
    for (const std::string& name : names_) schema.column(name, treino::ReadType::text);
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    texts_.clear();
    std::int64_t done = 0;
    for (; done < rows.count() && query_->go_to(rows[done]); ++done)
      for (std::size_t i = 0; i < to.size(); ++i) read_value(rows[done], done, to[i]);
    to.end_after(done);
    texts_.lend();
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    const auto column = static_cast<int>(field);
    if (!query_->go_to(row)) return std::nullopt;
    return treino::ValuePlace{place_of(row, field),
                              query_->type(column) == SQLITE_NULL ? "NULL" : std::string(query_->text(column).substr(0, 40))};
  }

 private:
  std::string place_of(std::int64_t row, std::size_t field) const {
    return fmt::format("{}: row {}, column {}", path_, row + 1, in_quotes(names_[field]));
  }

  void read_value(std::int64_t row, std::int64_t i, const treino::FieldDestination& to) {
    const auto column = static_cast<int>(to.field());
    const bool as_text = to.type() == treino::ReadType::text;
    switch (query_->type(column)) {
      case SQLITE_NULL:
        return as_text ? texts_.add(to.row<treino_read_text>(i), null_) : to.set(i, std::numeric_limits<double>::quiet_NaN());
      case SQLITE_BLOB:
        throw std::runtime_error(place_of(row, to.field()) + ": expected a number or a text, found a BLOB");
      case SQLITE_INTEGER:
      case SQLITE_FLOAT:
        if (!as_text) return to.set(i, query_->number(column));
        break;
      default:
        if (!as_text) return to.set(i, query_->text(column));
    }
    const std::string_view text = query_->text(column);
    if (!is_utf8(text)) throw std::runtime_error(place_of(row, to.field()) + ": no UTF-8 text");
    texts_.add(to.row<treino_read_text>(i), text);
  }

  const std::string sql_;
  std::string path_;
  std::string null_;  // a text that the host takes for a missing value
  std::optional<Query> query_;
  std::vector<std::string> names_;
  LentTexts texts_;
};

}  // namespace

TREINO_PLUGIN(Sqlite, R"toml(
kind = "reader"
draft = 1
id = "sqlite"
version = "1.0.0"
summary = "The rows of a query of a SQLite database."
help = """
Each column of the result is a column here, by its name there; `target` names the one of targets, as for CSV. NULL is a missing value; a BLOB is refused.
The database is opened for reading, and a query that does more is refused. All rows come from one moment, whoever writes meanwhile; their order
is the query's, so that runs are only repeatable with ORDER BY in it."""
files = ["*.sqlite", "*.sqlite3", "*.db"]
magic = ["53 51 4c 69 74 65 20 66 6f 72 6d 61 74 20 33 00"]
[parameters.query]
type = "string"
required = true
doc = "SELECT age, size, kind FROM animals ORDER BY id"
)toml")
