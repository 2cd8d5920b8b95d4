// A query of a SQLite database, which is opened for reading alone: https://sqlite.org/c3ref/intro.html.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace treino::readers {

class Query {
 public:
  /// Compiles the query. Throws std::runtime_error that begins with the path: for what is no database, a query that does more than read,
  /// and what the query is wrong about.
  Query(const std::string& path, const std::string& query);

  std::vector<std::string> columns() const;
  /// Goes to a row, by its number from 0; false where the query has ended before. Going back begins again.
  bool go_to(std::int64_t row);

  /// SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL: in the row that it stands at.
  int type(int column) const { return sqlite3_column_type(statement_.get(), column); }
  double number(int column) const { return sqlite3_column_double(statement_.get(), column); }
  /// What stands there, as text; good until the next row.
  std::string_view text(int column) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  void open();
  void execute(const char* sql);
  void compile(const std::string& query);
  std::vector<std::string> names(const char* sql) const;
  [[noreturn]] void fail_query(const std::string& query) const;
  [[noreturn]] void fail(const std::string& what) const;

  const std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
  Statement statement_;
  std::int64_t next_ = 0;  // the row that a step would go to; the one before is on hand
  bool ended_ = false;
};

}  // namespace treino::readers
