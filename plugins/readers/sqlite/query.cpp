// SQLite itself keeps a query from writing: the file is opened for reading, and an authorizer refuses all but reading.
#include "query.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "shared/readers/message.hpp"
#include "shared/readers/open_file.hpp"

namespace treino::readers {

namespace {

int allow_reading(void*, int action, const char*, const char*, const char*, const char*) {
  const bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  return reads ? SQLITE_OK : SQLITE_DENY;
}

/// What follows "no such column: " in SQLite's words, without a table's name before a point; empty where it says something else.
std::string wrong_name(std::string_view said, std::string_view beginning) {
  if (!said.starts_with(beginning)) return "";
  said.remove_prefix(beginning.size());
  return std::string(said.substr(said.rfind('.') + 1));
}

}  // namespace

Query::Query(const std::string& path, const std::string& query) : path_(path) {
  open();
  // Rows that are read twice are the same, whoever writes meanwhile.
  execute("BEGIN");
  execute("PRAGMA schema_version");  // reads the first page, and so begins
  compile(query);
}

void Query::fail(const std::string& what) const { throw std::runtime_error(path_ + ": " + what); }

void Query::open() {
  const OpenFile regular(path_);  // else its place and reason are told; SQLite has one sentence for all
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);
  if (status != SQLITE_OK) fail(fmt::format("cannot be opened: {}", sqlite3_errstr(status)));
  // What a hostile file brings along, views and virtual tables, runs without what could do harm.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_busy_timeout(opened, 10'000);  // milliseconds, until another program has written
  execute("PRAGMA cell_size_check = ON");
  execute("PRAGMA mmap_size = 0");  // a mapped file that shrinks kills the process
}

void Query::execute(const char* sql) {
  const int status = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (status == SQLITE_NOTADB) fail("no SQLite database");
  if (status != SQLITE_OK) fail(fmt::format("cannot be read: {}", sqlite3_errmsg(database_.get())));
}

void Query::compile(const std::string& query) {
  sqlite3_set_authorizer(database_.get(), allow_reading, nullptr);
  sqlite3_stmt* compiled = nullptr;
  const char* rest = nullptr;
  const int status = sqlite3_prepare_v2(database_.get(), query.c_str(), static_cast<int>(query.size()) + 1, &compiled, &rest);
  statement_.reset(compiled);
  if (status != SQLITE_OK) fail_query(query);
  if (compiled == nullptr) fail("query is empty; expected SELECT ...");
  sqlite3_stmt* second = nullptr;
  const int after = sqlite3_prepare_v2(database_.get(), rest, -1, &second, nullptr);
  const Statement closed(second);
  if (after != SQLITE_OK || second != nullptr)
    fail(fmt::format("query: expected one statement, found {} after it", in_quotes(rest)));
  if (sqlite3_column_count(compiled) == 0 || sqlite3_stmt_readonly(compiled) == 0)
    fail("query: expected a statement that reads, SELECT ...");
  if (sqlite3_bind_parameter_count(compiled) > 0) fail("query: there is nothing to put in the place of its parameters (?)");
}

std::vector<std::string> Query::names(const char* sql) const {
  std::vector<std::string> all;
  sqlite3_set_authorizer(database_.get(), nullptr, nullptr);
  sqlite3_stmt* compiled = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql, -1, &compiled, nullptr) != SQLITE_OK) return all;
  const Statement statement(compiled);
  constexpr std::size_t most = 10000;
  while (all.size() < most && sqlite3_step(compiled) == SQLITE_ROW)
    if (const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(compiled, 0))) all.emplace_back(text);
  return all;
}

void Query::fail_query(const std::string& query) const {
  const std::string said = sqlite3_errmsg(database_.get());
  const int code = sqlite3_errcode(database_.get()), offset = sqlite3_error_offset(database_.get());
  if (code == SQLITE_NOTADB) fail("no SQLite database");
  if (code == SQLITE_AUTH || code == SQLITE_READONLY)
    fail(fmt::format("query: expected a statement that reads, SELECT ..., found {}", in_quotes(query)));
  if (code != SQLITE_ERROR) fail(fmt::format("cannot be read: {}", said));
  std::string hint;
  if (const std::string table = wrong_name(said, "no such table: "); !table.empty()) {
    const auto there = names("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name");
    hint = fmt::format(".{} It has: {}", nearest_hint(table, there), there.empty() ? "none" : listed(there));
  } else if (const std::string column = wrong_name(said, "no such column: "); !column.empty()) {
    hint = "." + nearest_hint(column, names("SELECT DISTINCT c.name FROM sqlite_schema t, pragma_table_info(t.name) c"));
  }
  fail(fmt::format("query{}: {}{}", offset < 0 ? "" : fmt::format(", character {}", offset + 1), said, hint));
}

std::vector<std::string> Query::columns() const {
  std::vector<std::string> all;
  for (int i = 0; i < sqlite3_column_count(statement_.get()); ++i) {
    const char* name = sqlite3_column_name(statement_.get(), i);
    if (name == nullptr) throw std::bad_alloc();
    all.emplace_back(name);
  }
  return all;
}

bool Query::go_to(std::int64_t row) {
  if (row == next_ - 1 && !ended_) return true;
  if (row < next_) {
    sqlite3_reset(statement_.get());
    next_ = 0;
    ended_ = false;
  }
  while (!ended_ && next_ <= row) {
    const int status = sqlite3_step(statement_.get());
    if (status == SQLITE_NOMEM) throw std::bad_alloc();
    if (status != SQLITE_ROW && status != SQLITE_DONE)
      fail(fmt::format("row {} cannot be read: {}", next_ + 1, sqlite3_errmsg(database_.get())));
    ended_ = status == SQLITE_DONE;
    ++next_;
  }
  return !ended_;
}

std::string_view Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

}  // namespace treino::readers
