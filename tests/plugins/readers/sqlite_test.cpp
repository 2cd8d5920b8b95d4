// A SQLite database in manifests: a query gives the run that the same table gives as CSV; and the file stays as it is.
#include <sqlite3.h>

#include "table.hpp"

using namespace treino;
using namespace treino::test;

namespace {

class Database {
 public:
  explicit Database(const std::filesystem::path& path) { REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(database_); }
  void execute(const std::string& sql) const {
    CAPTURE(sql);
    REQUIRE(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }

 private:
  sqlite3* database_ = nullptr;
};

/// Thirty rows with a class; every seventh lacks its size. The same as CSV.
std::string fill(const Database& database) {
  std::string csv = "age,size,kind\n";
  database.execute("CREATE TABLE animals(id INTEGER PRIMARY KEY, age, size REAL, kind TEXT)");
  for (int row = 0; row < 30; ++row) {
    const std::string age = std::to_string(16777217 + row), size = row % 7 == 3 ? "" : std::to_string(0.25 * (row % 11)),
                      kind(1, static_cast<char>('p' + row % 3));
    csv += age + "," + size + "," + kind + "\n";
    database.execute("INSERT INTO animals(age, size, kind) VALUES(" + age + "," + (size.empty() ? "NULL" : size) + ",'" + kind +
                     "')");
  }
  return csv;
}

std::string query(const std::string& sql, const std::string& more = ", target = \"kind\"") {
  return "file = \"a.db\", query = \"" + sql + "\"" + more;
}

const std::string all_animals = "SELECT age, size, kind FROM animals ORDER BY id";

}  // namespace

TEST_CASE("a run on a query is that on the same table as CSV, bit for bit") {
  const ReaderWorkshop workshop;
  const Database database(workshop.path() / "a.db");
  workshop.file("a.csv", fill(database));
  for (const std::string missing : {"skip_row", "zero", "mean"})
    for (const std::string scaling : {"", "scaling = \"standardize\"\n"}) {
      CAPTURE(missing, scaling);
      const std::string more = ", target = \"kind\", validation = 0.2, missing = \"" + missing + "\"";
      CHECK(workshop.trained(reading(query(all_animals, more), scaling), "sqlite" + missing) ==
            workshop.trained(reading("file = \"a.csv\"" + more, scaling), "csv" + missing));
    }
}

TEST_CASE("the target is named as a column of the query; values that do not fit are told with row and column") {
  const ReaderWorkshop workshop;
  const Database database(workshop.path() / "a.db");
  fill(database);
  CHECK_THAT(workshop.faults(reading(query(all_animals, ", target = \"kin\""))),
             ContainsSubstring("a.db: no column 'kin'. Did you mean 'kind'? It has: 'age', 'size', 'kind'"));
  CHECK_THAT(workshop.thrown(reading(query(all_animals))),
             ContainsSubstring("a.db: row 4, column 'size': expected a number, found 'NULL', which stands for a missing value"));
  database.execute("UPDATE animals SET size = 1, kind = NULL WHERE id = 3");
  CHECK_THAT(workshop.thrown(reading(query(all_animals, ", target = \"kind\", missing = \"mean\""))),
             ContainsSubstring("a.db: row 3, column 'kind': the target is missing: found 'NULL'"));
  database.execute("UPDATE animals SET size = 'large' WHERE id = 2");
  CHECK_THAT(workshop.thrown(reading(query(all_animals))),
             ContainsSubstring("a.db: row 2, column 'size': expected a number, found 'large'"));
  CHECK_THAT(workshop.faults(reading("file = \"a.db\"")), ContainsSubstring("query"));
}

TEST_CASE("a query that writes leaves the file as it is") {
  const ReaderWorkshop workshop;
  const Database database(workshop.path() / "a.db");
  fill(database);
  const std::string before = read_text(workshop.path() / "a.db");
  for (const std::string sql :
       {"DELETE FROM animals", "INSERT INTO animals(age) VALUES(1) RETURNING age", "DROP TABLE animals",
        "PRAGMA journal_mode = DELETE", "ATTACH 'new.db' AS new", "VACUUM INTO 'new.db'", "BEGIN IMMEDIATE"}) {
    CAPTURE(sql);
    CHECK_THAT(workshop.faults(reading(query(sql))), ContainsSubstring("a.db: query: expected a statement that reads, SELECT"));
  }
  CHECK(read_text(workshop.path() / "a.db") == before);
  CHECK_FALSE(std::filesystem::exists("new.db"));
}

TEST_CASE("a view of the file that writes, or calls what is not safe, is refused") {
  const ReaderWorkshop workshop;
  const Database database(workshop.path() / "a.db");
  database.execute("CREATE TABLE a(x); INSERT INTO a VALUES(1); CREATE VIEW v AS SELECT load_extension('x.so') AS x FROM a");
  CHECK_THAT(workshop.thrown(reading(query("SELECT x FROM v", ""))), ContainsSubstring("a.db: "));
}
