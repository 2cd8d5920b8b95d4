// Readers. A case:
//   parameters, refused              as everywhere; a source that is refused is so by open or by reading all of it
//   text = "..." or hex = "00 ff"    the bytes of the source; "00*9" is nine of them
//   fields = ["age float64", "image uint8 1x2x2 target"]   name ("-": none), type, shape of a tensor, role where it is no feature
//   numbers = { 0 = [...], ... }     all values of a field by its number, texts as the numbers that they spell
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "plugins/conformance/reader_under_test.hpp"
#include "plugins/conformance/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace treino::conformance {
namespace reader_checks {
namespace {

using manifest::Table;
using Rows = ReaderUnderTest::Rows;

constexpr std::int64_t most_rows = 64;  // of a case, and more than any has

std::string bytes_of_case(const Table& one) {
  if (!has(one, "hex")) return text(one, "text");
  std::string bytes;
  std::istringstream words(text(one, "hex"));
  for (std::string word; words >> word;) {
    const std::size_t star = word.find('*');
    bytes.append(star == word.npos ? 1 : std::stoul(word.substr(star + 1)), static_cast<char>(std::stoi(word, nullptr, 16)));
  }
  return bytes;
}

/// A file with these bytes.
class Source {
 public:
  explicit Source(const std::string& bytes) { std::ofstream(path(), std::ios::binary) << bytes; }
  std::filesystem::path path() const { return folder_ / "source"; }

 private:
  test::TemporaryFolder folder_;
};

std::string type_name(std::uint32_t type) {
  static constexpr const char* names[] = {"bool",   "uint8", "int8",    "uint16",  "int16",   "uint32", "int32",
                                          "uint64", "int64", "float16", "float32", "float64", "text"};
  REQUIRE(type >= TREINO_READ_BOOL);
  REQUIRE(type <= TREINO_READ_TEXT);
  return names[type - TREINO_READ_BOOL];
}

std::string describe(const treino_reader_field& field) {
  std::string words = std::string(field.name == nullptr ? "-" : field.name) + " " + type_name(field.type);
  if (field.rank > 0) words += fmt::format(" {}", fmt::join(field.shape, field.shape + field.rank, "x"));
  return words + (field.role == TREINO_FIELD_TARGET ? " target" : field.role == TREINO_FIELD_OTHER ? " other" : "");
}

void check_refusal(const PluginUnderTest& plugin, const Table& parameters, const Table& one) {
  const Source source(bytes_of_case(one));
  std::string said = "nothing was refused";
  try {
    ReaderUnderTest reader(plugin, parameters, source.path());
    reader.read(0, std::max<std::int64_t>(reader.schema().rows, 1));
    if (reader.schema().rows < 0) reader.read(0, most_rows);
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  check_reason(said, text(one, "refused"));
  INFO("an error begins with the place in the source");
  CHECK_THAT(said, StartsWith(source.path().string()));
}

Rows all_of(ReaderUnderTest& reader) {
  const std::int64_t known = reader.schema().rows;
  return reader.read(0, known < 0 ? most_rows : known);
}

void check_values(const PluginUnderTest& plugin, const Table& parameters, const Table& one) {
  const Source source(bytes_of_case(one));
  ReaderUnderTest reader(plugin, parameters, source.path());
  std::vector<std::string> fields;
  for (std::uint32_t i = 0; i < reader.schema().field_count; ++i) fields.push_back(describe(reader.schema().fields[i]));
  CHECK(fields == texts(one, "fields"));
  const Table expected = table(one, "numbers");
  const auto count = static_cast<std::int64_t>(all_of(reader).size());
  for (const manifest::Entry& entry : expected) {
    const auto field = static_cast<std::uint32_t>(std::stoul(entry.key));
    INFO("field " << fields.at(field));
    const std::vector<double> found = reader.numbers(field, count), wanted = numbers(expected, entry.key);
    REQUIRE(found.size() == wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      INFO("value " << i << ": " << found[i] << " for " << wanted[i]);
      CHECK(((std::isnan(found[i]) && std::isnan(wanted[i])) || found[i] == wanted[i]));
    }
  }
}

void check_any_rows(ReaderUnderTest& reader, const Rows& all) {
  INFO("any rows in any order are those of the whole");
  const auto count = static_cast<std::int64_t>(all.size());
  for (std::int64_t row = count; row-- > 0;) CHECK(reader.read(row, 1) == Rows{all[static_cast<std::size_t>(row)]});
  std::vector<std::int64_t> some;
  Rows expected;
  for (std::int64_t i = 0; i < 2 * count; ++i) {
    some.push_back(count - 1 - (i * 7 + 3) % count);
    expected.push_back(all[static_cast<std::size_t>(some.back())]);
  }
  CHECK(reader.read(0, 0, some) == expected);
  CHECK(all_of(reader) == all);
}

void check_end(ReaderUnderTest& reader, const Rows& all) {
  INFO("rows after the end are none, or an error where the reader knew its rows");
  const auto count = static_cast<std::int64_t>(all.size());
  if (reader.schema().rows < 0) {
    CHECK(reader.read(count, 3).empty());
    CHECK(reader.read(count - 1, 3) == Rows{all.back()});
    return;
  }
  CHECK(reader.schema().rows == count);
  for (const std::int64_t first : {count, count - 1, std::int64_t{1} << 40}) CHECK_THROWS_AS(reader.read(first, 3), Refusal);
  CHECK_THROWS_AS(reader.read(0, 0, {0, count}), Refusal);
}

/// A shorter source is an error, or has the first of its rows: numbers that end a text may have become others.
void check_truncated(const PluginUnderTest& plugin, const Table& parameters, const std::string& bytes) {
  const std::size_t step = std::max<std::size_t>(bytes.size() / 100, 1);
  for (std::size_t length = 0; length < bytes.size(); length += step) {
    INFO("of " << bytes.size() << " bytes the first " << length);
    const Source source(bytes.substr(0, length));
    try {
      ReaderUnderTest reader(plugin, parameters, source.path());
      all_of(reader);
    } catch (const Refusal& refusal) {
      CHECK_THAT(refusal.what(), StartsWith(source.path().string()));
    }
  }
}

/// Of a source that is cut off while it is open, what is read is an error or what was there: never something else.
void check_shrinking(const PluginUnderTest& plugin, const Table& parameters, const std::string& bytes, const Rows& all) {
  const Source source(bytes);
  ReaderUnderTest reader(plugin, parameters, source.path());
  std::filesystem::resize_file(source.path(), bytes.size() / 2);
  for (std::size_t row = all.size(); row-- > 0;) {
    try {
      const Rows found = reader.read(static_cast<std::int64_t>(row), 1);
      INFO("a row of a source that has become shorter is the row, or an error");
      CHECK((found.empty() || row * 2 + 2 >= all.size() || found == Rows{all[row]}));
    } catch (const Refusal&) {
    }
  }
}

void check_two(const PluginUnderTest& plugin, const Table& parameters, const std::string& bytes, const Rows& all) {
  INFO("two instances must not disturb each other");
  const Source source(bytes);
  ReaderUnderTest first(plugin, parameters, source.path()), second(plugin, parameters, source.path());
  for (std::size_t row = 0; row < all.size(); ++row) {
    CHECK(first.read(static_cast<std::int64_t>(row), 1) == Rows{all[row]});
    CHECK(second.read(static_cast<std::int64_t>(all.size() - 1 - row), 1) == Rows{all[all.size() - 1 - row]});
  }
}

void check_missing_source(const PluginUnderTest& plugin, const Table& parameters) {
  INFO("a source that is not there is an error with its path");
  std::string said = "it was opened";
  try {
    const ReaderUnderTest reader(plugin, parameters, "/nowhere/at all");
  } catch (const Refusal& refusal) {
    said = refusal.what();
  }
  CHECK_THAT(said, StartsWith("/nowhere/at all"));
}

Table parameters_of_case(const PluginUnderTest& plugin, const Table& one) {
  std::string refusal;
  const auto parameters = completed(plugin, has(one, "parameters") ? table(one, "parameters") : Table{}, refusal);
  INFO(refusal);
  REQUIRE(parameters);
  return *parameters;
}

}  // namespace
}  // namespace reader_checks

void check_reader(const PluginUnderTest& plugin) {
  using namespace reader_checks;
  CHECK(plugin.lifecycle->save == nullptr);
  const std::vector<Table> cases = cases_of(plugin);
  CHECK_FALSE(cases.empty());
  for (const Table& one : cases) {
    INFO("case " << text(one, "name"));
    const Table parameters = parameters_of_case(plugin, one);
    check_missing_source(plugin, parameters);
    if (has(one, "refused")) {
      check_refusal(plugin, parameters, one);
      continue;
    }
    check_values(plugin, parameters, one);
    const std::string bytes = bytes_of_case(one);
    const Source source(bytes);
    ReaderUnderTest reader(plugin, parameters, source.path());
    const Rows all = all_of(reader);
    REQUIRE_FALSE(all.empty());
    check_any_rows(reader, all);
    check_end(reader, all);
    check_two(plugin, parameters, bytes, all);
    check_truncated(plugin, parameters, bytes);
    check_shrinking(plugin, parameters, bytes, all);
  }
}

}  // namespace treino::conformance
