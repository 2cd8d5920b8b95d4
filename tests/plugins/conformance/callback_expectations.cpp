// What a case says about a callback's scalars, requests and screen, held against what it did.
#include "plugins/conformance/callback_expectations.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "plugins/conformance/cases.hpp"
#include "support/catch.hpp"

namespace treino::conformance {
namespace {

using manifest::Table;

std::vector<std::string> names(const Files& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.first);
  return names;
}

/// "12ms/step" -> "#/step", " - 1:02 12ms/step" -> " - # #/step", "ETA: 3s" -> "ETA: #".
std::string without_times(std::string line) {
  const std::size_t pace = line.find("/step");
  if (pace != std::string::npos) {
    const std::size_t dash = line.rfind(" - ", pace);
    return line.replace(dash, pace - dash, " - # #");
  }
  const std::size_t eta = line.find("ETA: ");
  if (eta == std::string::npos) return line;
  const std::size_t end = std::min(line.find(' ', eta + 5), line.size());
  return line.replace(eta + 5, end - eta - 5, "#");
}

std::vector<std::string> without_times(std::vector<std::string> lines) {
  for (std::string& line : lines) line = without_times(line);
  return lines;
}

/// From info up, with paths in the run's folder.
std::vector<std::string> heard(ScriptedHost& host) {
  const std::string folder = host.folder().string() + "/";
  std::vector<std::string> heard;
  for (std::string line : host.log) {
    if (line.substr(0, 7) == "debug: ") continue;
    for (std::size_t at; (at = line.find(folder)) != std::string::npos;) line.erase(at, folder.size());
    heard.push_back(line);
  }
  return heard;
}

std::string first_shown(const std::vector<std::string>& statuses) {
  for (const std::string& status : statuses)
    if (!status.empty()) return without_times(status);
  return "";
}

std::vector<std::uint64_t> counts(const Table& table, const char* key) {
  std::vector<std::uint64_t> counts;
  for (const double number : numbers(table, key)) counts.push_back(static_cast<std::uint64_t>(number));
  return counts;
}

void check_rates(const std::vector<double>& rates, const std::vector<double>& expected) {
  REQUIRE(rates.size() == expected.size());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    INFO("epoch " << i);
    CHECK(rates[i] == Approx(expected[i]));
  }
}

std::string to_text(const std::vector<std::optional<double>>& values) {
  std::string text;
  for (const std::optional<double>& value : values)
    text += (text.empty() ? "" : ", ") + (value ? Catch::Detail::stringify(*value) : "none");
  return text;
}

void check_logged_values(const Table& expected, const Record::Values& found) {
  for (const manifest::Entry& entry : expected) {
    const auto values = found.find(entry.key);
    const auto& list = *entry.value.as<manifest::List>();
    INFO(entry.key << ": " << (values == found.end() ? "never" : to_text(values->second)));
    REQUIRE((values == found.end() ? 0 : values->second.size()) == list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::optional<double>& value = values->second[i];
      INFO("place " << i);
      const auto* integer = list[i].as<std::int64_t>();
      const auto* real = list[i].as<double>();
      CHECK(value.has_value() == (integer != nullptr || real != nullptr));
      if (value && (integer != nullptr || real != nullptr))
        CHECK(*value == Approx(real != nullptr ? *real : static_cast<double>(*integer)));
    }
  }
}

}  // namespace

Files files_in(const std::filesystem::path& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(folder).string()] = {std::istreambuf_iterator<char>(file),
                                                               std::istreambuf_iterator<char>()};
  }
  return files;
}

void check_expectations(const Table& expect, Play& play) {
  const Record& record = play.record();
  CHECK(std::string(outcome_name(record.outcome)) == text(expect, "outcome", "done"));
  const Files files = files_in(play.host().folder());
  for (const manifest::Entry& entry : expect) {
    const std::string& key = entry.key;
    INFO("expected: " << key);
    if (key == "outcome") continue;
    if (key == "reason")
      CHECK(record.reason == text(expect, key));
    else if (key == "epochs")
      CHECK(record.epochs == static_cast<std::uint64_t>(number(expect, key)));
    else if (key == "rates")
      check_rates(record.rates, numbers(expect, key));
    else if (key == "saved")
      CHECK(record.saved == texts(expect, key));
    else if (key == "files")
      CHECK(names(files) == texts(expect, key));
    else if (key == "lines")
      CHECK(without_times(play.host().lines) == texts(expect, key));
    else if (key == "status")
      CHECK(first_shown(play.host().statuses) == text(expect, key));
    else if (key == "statuses")
      CHECK(play.host().statuses == texts(expect, key));
    else if (key == "timed_lines")
      CHECK(play.host().lines == texts(expect, key));
    else if (key == "emitted")
      check_logged_values(table(expect, key), record.at_epochs);
    else if (key == "emitted_batches")
      check_logged_values(table(expect, key), record.at_batches);
    else if (key == "log")
      CHECK(heard(play.host()) == texts(expect, key));
    else if (key == "weights_of_step")
      CHECK(play.host().weights_are_of(static_cast<std::uint64_t>(number(expect, key))));
    else if (key == "skipped")
      CHECK(record.skipped == counts(expect, key.c_str()));
    else if (key == "returned")
      CHECK(record.returned == counts(expect, key.c_str()));
    else if (key == "text") {
      for (const manifest::Entry& file : table(expect, key)) {
        REQUIRE(files.count(file.key) == 1);
        CHECK(files.at(file.key) == std::get<std::string>(file.value.data));
      }
    } else {
      FAIL("there is no expectation '" << key << "'");
    }
  }
}

}  // namespace treino::conformance
