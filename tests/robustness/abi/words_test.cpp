// The words of the field, and not a dialect of our own: what a user reads, and searches for, is called as Keras, PyTorch and
// scikit-learn call it.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "robustness/abi/prose.hpp"
#include "robustness/abi/source_tree.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using treino::test::prose_of;

struct Rule {
  std::string phrase, instead;
};

std::vector<Rule> rules() {
  std::vector<Rule> all = {
      {"anew", "again"},
      {"answered to be", "predicted as"},
      {"for ever", "permanently, without end"},
      {"for want of", "without"},
      {"hears", "receives"},
      {"heard by", "received by"},
      {"is emitted", "is logged"},
      {"number to watch", "metric to monitor"},
      {"numbers to watch", "metrics to monitor"},
      {"rehearse", "trial steps"},
      {"rehearsal", "trial steps"},
      {"same bits", "bit for bit, bit-exactly"},
      {", say,", "for example"},
      {", say;", "for example"},
      {", say)", "for example"},
      {"treino_moment", "treino_event_info"},
      {"truths", "targets, booleans"},
      {"was not taken", "was ignored"},
      {"has it not", "does not list it"},
      {"a rate factor", "a learning-rate factor"},
      {"samples a second", "samples per second"},
      {"goes on from", "continues from"},
      {"go on from", "continue from"},
      {"going on from", "continuing from"},
      {"goes on with", "continues with"},
      {"go on with", "continue with, resume with"},
      {"to the bit", "bit for bit"},
      {"afresh", "from scratch"},
      {"behind all", "after all"},
      {"behind that", "after that"},
      {"behind them", "after them"},
      {"behind these", "after these"},
      {"comes behind", "comes after"},
      {"standing behind", "standing after"},
      {"run's numbers", "run's scalars"},
      {"its numbers are", "its values are"},
      {"monitored number", "monitored metric"},
      {"number to monitor", "metric to monitor"},
      {"gives a number for each", "gives a value for each"},
      {"every number that", "every scalar that"},
      {"number that says which way", "scalar that says which way"},
      {"emits", "logs"},
      {"emitted at", "logged at"},
      {"are emitted", "are logged"},
      // American spelling, as the field has it.
      {"colour", "color"},
      {"colours", "colors"},
      {"labelled", "labeled"},
      {"behaviour", "behavior"},
      {"favours", "favors"},
      {"initialise", "initialize"},
      {"maximise", "maximize"},
      {"minimise", "minimize"},
      {"minimised", "minimized"},
      {"neighbour", "neighbor"},
      {"neighbouring", "neighboring"},
      {"normalise", "normalize"},
      {"normalised", "normalized"},
      {"optimise", "optimize"},
      {"recognise", "recognize"},
      {"recognised", "recognized"},
      {"standardise", "standardize"},
      {"standardised", "standardized"},
  };
  for (const char* noun :
       {"samples", "batches", "steps", "rows", "row", "lines", "line", "one", "once", "values", "bytes", "times", "epochs"})
    for (const char* unit : {"a batch", "an epoch", "a step", "a sample", "a column", "a class", "a component", "a layer"})
      all.push_back({std::string(noun) + " " + unit,
                     std::string(noun) + " per " + std::string(unit).substr(std::string(unit).find(' ') + 1)});
  return all;
}

/// Names of tests are short claims, where these words are never meant otherwise.
std::vector<Rule> rules_of_names() {
  std::vector<Rule> all = rules();
  const std::vector<Rule> more = {
      {"answered", "refused, returned"},
      {"answers", "returns, predictions"},
      {"are none", "are invalid"},
      {"are said", "are reported"},
      {"behind", "after"},
      {"bits every", "bit for bit every"},
      {"emitted", "logged"},
      {"glance", "preview"},
      {"hear", "receive"},
      {"is none", "is invalid"},
      {"is said", "is reported"},
      {"misspelt", "misspelled"},
      {"nobody's", "no plugin's, no user's"},
      {"put back", "restored"},
      {"puts it back", "restores it"},
      {"standardised", "standardized"},
      {"that are no", "that are not"},
      {"that is no", "that is not a"},
      {"the rate", "the learning rate"},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// Lines that are right all the same, by file and phrase.
const std::vector<std::pair<std::string, std::string>> allowed_words = {
    {"sdk/ABI.md", "treino_moment"},                          // tells which name took the place of which
    {"sdk/ABI.md", "rehearse"},                               // likewise
    {"sdk/ABI.md", "emits"},                                  // likewise, and of a compiler
    {"sdk/include/treino/kit/fast_select.hpp", "same bits"},  // of a bit cast
};

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether the phrase stands in the line as whole words, in upper or lower case.
bool holds(const std::string& lower_line, const std::string& phrase) {
  for (std::size_t at = lower_line.find(phrase); at != std::string::npos; at = lower_line.find(phrase, at + 1)) {
    const std::size_t end = at + phrase.size();
    const bool begins = !is_word_character(phrase.front()) || at == 0 || !is_word_character(lower_line[at - 1]);
    const bool ends = !is_word_character(phrase.back()) || end == lower_line.size() || !is_word_character(lower_line[end]);
    if (begins && ends) return true;
  }
  return false;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// "file:line: "again" instead of "anew"", for each find in the file's lines.
std::vector<std::string> finds(const fs::path& file, const std::map<std::size_t, std::string>& lines,
                               const std::vector<Rule>& all) {
  std::vector<std::string> found;
  for (const auto& [number, text] : lines) {
    const std::string line = lower(text);
    for (const Rule& rule : all) {
      if (!holds(line, rule.phrase)) continue;
      if (std::find(allowed_words.begin(), allowed_words.end(), std::pair(file.generic_string(), rule.phrase)) !=
          allowed_words.end())
        continue;
      found.push_back(file.generic_string() + ":" + std::to_string(number) + ": \"" + rule.instead + "\" instead of \"" +
                      rule.phrase + "\"");
    }
  }
  return found;
}

std::map<std::size_t, std::string> numbered(const std::vector<std::string>& lines) {
  std::map<std::size_t, std::string> by_number;
  for (const std::string& line : lines) by_number[by_number.size() + 1] = line;
  return by_number;
}

/// Names of a file's tests and their sections, by line. A name may be several literals in a row.
std::map<std::size_t, std::string> test_names(const fs::path& file) {
  const std::string text = treino::test::read_text(file);
  std::map<std::size_t, std::string> names;
  for (const std::string macro : {"TEST_CASE(", "SECTION("}) {
    for (std::size_t at = text.find(macro); at != std::string::npos; at = text.find(macro, at + 1)) {
      std::string& name = names[1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + std::ptrdiff_t(at), '\n'))];
      std::size_t next = text.find_first_not_of(" \n", at + macro.size());
      while (next < text.size() && text[next] == '"') {
        std::size_t end = next + 1;
        while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
        name += text.substr(next + 1, end - next - 1);
        next = text.find_first_not_of(" \n", end + 1);
      }
    }
  }
  return names;
}

/// What people read: pages, and comments and strings of sources. The change log tells of old names.
std::vector<fs::path> read_by_people() {
  std::vector<fs::path> files = {"README.md", "CONTRIBUTING.md", "SECURITY.md"};
  for (const char* folder : {"core", "sdk", "plugins", "examples", "tests/bench"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension();
      const bool page = extension == ".md" || extension == ".toml";
      const bool source = std::string(folder) != "tests/bench" && (extension == ".cpp" || extension == ".hpp" ||
                                                                   extension == ".h" || extension == ".c" || extension == ".inc");
      const std::string path = entry.path().generic_string();
      if ((page || source) && path.find("/runs/") == std::string::npos) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("prose is what stands in comments and strings, and all of a page") {
  const treino::test::TemporaryFolder folder;
  treino::test::write_lines(folder / "a.cpp", {"int anew = 1;  // why anew", "f(\"say \\\"x\\\"\", 'a', R\"toml(", "doc = 1",
                                               ")toml\"); /* b", "c */ d"});
  const std::vector<std::string> lines = prose_of(folder / "a.cpp");
  REQUIRE(lines.size() == 5);
  CHECK(lines[0].find("int") == std::string::npos);
  CHECK(lines[0].find("// why anew") != std::string::npos);
  CHECK(lines[1].find("say") != std::string::npos);
  CHECK(lines[1].find("f(") == std::string::npos);
  CHECK(lines[2] == "doc = 1");
  CHECK(lines[4].find("c */") != std::string::npos);
  CHECK(lines[4].find('d') == std::string::npos);
  CHECK(holds("it begins anew.", "anew"));
  CHECK_FALSE(holds("a renewal; for every epoch", "for ever"));
}

TEST_CASE("the field's words are used where people read: pages, descriptions, messages, comments") {
  const std::vector<Rule> all = rules();
  for (const fs::path& file : read_by_people())
    for (const std::string& find : finds(file, numbered(prose_of(file)), all)) FAIL_CHECK(find);
}

TEST_CASE("names of tests are read out of a source, with those of several literals") {
  const treino::test::TemporaryFolder folder;
  treino::test::write_lines(folder / "a.cpp", {"TEST_CASE(\"one\") {", "  SECTION(\"two\") {}", "}", "TEST_CASE(",
                                               "    \"three \"", "    \"\\\"four\\\"\") {}"});
  CHECK(test_names(folder / "a.cpp") == std::map<std::size_t, std::string>{{1, "one"}, {2, "two"}, {4, R"(three \"four\")"}});
}

TEST_CASE("the field's words are used in the names of tests") {
  const std::vector<Rule> all = rules_of_names();
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator("tests")) {
    if (entry.path().extension() != ".cpp" || entry.path().filename() == "words_test.cpp") continue;
    const auto names = test_names(entry.path());
    count += names.size();
    for (const std::string& find : finds(entry.path(), names, all)) FAIL_CHECK(find);
  }
  CHECK(count > 1000);
}
