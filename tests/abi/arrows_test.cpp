// Who may include whom: cli -> train -> {host, nn, data, store} -> manifest -> base, plugins -> sdk. Run in the root of the
// sources.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>> allowed = {
    {"base", {"base"}},
    {"manifest", {"base", "manifest"}},
    {"host", {"base", "manifest", "host"}},
    {"nn", {"base", "nn"}},
    {"data", {"base", "data"}},
    {"store", {"base", "store"}},
    {"train", {"base", "manifest", "host", "nn", "data", "store", "train"}},
    {"cli", {"base", "manifest", "host", "nn", "data", "store", "train", "cli"}},
};

std::vector<fs::path> sources(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".hpp" || extension == ".c" || extension == ".h") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) found.push_back(line);
  return found;
}

/// What a file includes, as it stands there: "nn/layer.hpp" with its quotes, <vector> with its brackets.
std::vector<std::string> includes(const fs::path& path) {
  static const std::regex directive(R"(^\s*#\s*include\s*(["<][^">]*[">]).*)");
  std::vector<std::string> found;
  for (const std::string& line : lines(path)) {
    std::smatch match;
    if (std::regex_match(line, match, directive)) found.push_back(match[1]);
  }
  return found;
}

bool names(const std::string& include, const std::string& prefix) { return include.compare(1, prefix.size(), prefix) == 0; }

/// The text between quotes, outside of comments at the end of lines.
std::vector<std::string> literals(const fs::path& path) {
  static const std::regex literal(R"re("((?:[^"\\]|\\.)*)"|//.*)re");
  std::vector<std::string> found;
  for (const std::string& line : lines(path))
    for (std::sregex_iterator match(line.begin(), line.end(), literal); match != std::sregex_iterator(); ++match)
      if ((*match)[1].matched) found.push_back((*match)[1]);
  return found;
}

std::set<std::string> plugin_ids() {
  std::set<std::string> ids;
  for (const auto& kind : fs::directory_iterator("plugins"))
    if (kind.is_directory())
      for (const auto& plugin : fs::directory_iterator(kind))
        if (plugin.is_directory()) ids.insert(plugin.path().filename());
  return ids;
}

}  // namespace

TEST_CASE("each part of core includes only what lies below it") {
  for (const auto& [part, others] : allowed) {
    if (!fs::exists("core/" + part)) continue;
    for (const auto& file : sources("core/" + part)) {
      for (const std::string& include : includes(file)) {
        if (include[0] != '"') continue;
        CAPTURE(file, include);
        CHECK(others.count(include.substr(1, include.find('/') - 1)) == 1);
      }
    }
  }
}

TEST_CASE("only manifest knows toml++, only host Boost.DLL, and only what speaks with plugins their contract") {
  for (const auto& file : sources("core")) {
    const std::string part = std::next(file.begin())->string();
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      if (names(include, "toml")) CHECK(part == "manifest");
      if (names(include, "boost/dll")) CHECK(part == "host");
      if (names(include, "treino/")) CHECK(include == "<treino/abi.h>");
      if (names(include, "treino/")) CHECK((part == "host" || part == "train" || part == "cli"));
    }
  }
}

TEST_CASE("plugins include the SDK and libraries, nothing of ours") {
  for (const auto& file : sources("plugins")) {
    CAPTURE(file);
    CHECK(file.extension() == ".cpp");
    for (const std::string& include : includes(file)) {
      CAPTURE(include);
      CHECK(include[0] == '<');
      for (const auto& [part, others] : allowed) CHECK_FALSE(names(include, part + "/"));
    }
  }
}

TEST_CASE("the SDK includes itself, the standard library and Eigen") {
  for (const auto& file : sources("sdk/include")) {
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      CHECK(include[0] == '<');
      CHECK((include.find('/') == std::string::npos || names(include, "treino/") || names(include, "Eigen/")));
    }
  }
}

TEST_CASE("no source of core names a plugin") {
  const std::set<std::string> ids = plugin_ids();
  for (const auto& file : sources("core")) {
    for (const std::string& literal : literals(file)) {
      CAPTURE(file, literal);
      CHECK(ids.count(literal) == 0);
    }
  }
}
