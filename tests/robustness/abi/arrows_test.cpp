// Who may include whom: cli -> library (its public headers alone) -> train -> {host, nn, data, store} -> manifest -> base, plugins ->
// plugins/shared -> sdk. Run in the root of the sources.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "robustness/abi/source_tree.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;
using treino::test::lines;

/// The headers that other programs include.
bool is_public(const fs::path& file) { return file.string().find("/include/treino/") != std::string::npos; }

using treino::test::sources;

const std::map<std::string, std::set<std::string>> allowed = {
    {"base", {"base"}},
    {"manifest", {"base", "manifest"}},
    {"host", {"base", "manifest", "host"}},
    {"nn", {"base", "nn"}},
    {"data", {"base", "data"}},
    {"store", {"base", "store"}},
    {"train", {"base", "manifest", "host", "nn", "data", "store", "train"}},
    {"library", {"base", "manifest", "host", "nn", "data", "store", "train", "library"}},
    {"cli", {"base", "cli"}},  // and what other programs include of the library
};

/// What a file includes, as it stands there: "nn/layer.hpp" with its quotes, <vector> with its brackets.
std::vector<std::string> includes(const fs::path& path) {
  std::vector<std::string> found;
  for (const std::string& line : lines(path)) {
    const std::size_t hash = line.find_first_not_of(" \t");
    const std::size_t word =
        hash == std::string::npos || line[hash] != '#' ? std::string::npos : line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const std::size_t begin = line.find_first_of("\"<", word), end = line.find_first_of("\">", begin + 1);
    if (end != std::string::npos) found.push_back(line.substr(begin, end - begin + 1));
  }
  return found;
}

bool names(const std::string& include, const std::string& prefix) { return include.compare(1, prefix.size(), prefix) == 0; }

/// The text between quotes, outside of comments at the end of lines.
std::vector<std::string> literals(const fs::path& path) {
  std::vector<std::string> found;
  for (const std::string& line : lines(path)) {
    bool inside = false;
    std::string text;
    for (std::size_t i = 0; i < line.size() && (inside || line.compare(i, 2, "//") != 0); ++i) {
      if (!inside && line.compare(i, 3, "'\"'") == 0) {
        i += 2;  // a quote as a character
      } else if (line[i] == '"') {
        if (inside) found.push_back(text);
        inside = !inside;
        text.clear();
      } else {
        text += line[i];
        if (line[i] == '\\' && i + 1 < line.size()) text += line[++i];
      }
    }
  }
  return found;
}

std::set<std::string> plugin_ids() {
  std::set<std::string> ids;
  for (const auto& kind : fs::directory_iterator("plugins"))
    if (kind.is_directory())
      for (const auto& plugin : fs::directory_iterator(kind))
        if (plugin.is_directory() && kind.path().filename() != "shared") ids.insert(plugin.path().filename());
  return ids;
}

}  // namespace

TEST_CASE("includes and literals are read out of a source") {
  const treino::test::TemporaryFolder folder;
  std::ofstream(folder / "a.cpp") << "#include <vector>\n  # include \"nn/layer.hpp\"  // why\n// #include \"train/loop.hpp\"\n"
                                     "f(\"a\", \"say \\\"b\\\"\", '\"');  // \"c\"\n#if 0\n";
  CHECK(includes(folder / "a.cpp") == std::vector<std::string>{"<vector>", "\"nn/layer.hpp\""});
  CHECK(literals(folder / "a.cpp") == std::vector<std::string>{"nn/layer.hpp", "a", "say \\\"b\\\""});
}

TEST_CASE("each part of core includes only what lies below it") {
  for (const auto& [part, others] : allowed) {
    if (!fs::exists("core/" + part)) continue;
    for (const auto& file : sources("core/" + part)) {
      for (const std::string& include : includes(file)) {
        if (include[0] != '"' || is_public(file)) continue;
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
      if (!names(include, "treino/") || is_public(file)) continue;
      if (part == "library" && include == "<treino/treino.h>") continue;  // its own face
      if (part == "cli") {
        CHECK((include == "<treino/treino.hpp>" || include == "<treino/library/run.h>"));
        continue;
      }
      CHECK((include == "<treino/abi.h>" || names(include, "treino/abi/")));
      CHECK((part == "host" || part == "train" || part == "library" || include == "<treino/abi/callback.h>" ||
             names(include, "treino/abi/draft/")));  // manifest: the list of events, and the numbers of drafts
    }
  }
}

TEST_CASE("the program links the library, and the base for its texts; nothing else of core") {
  std::string linked;
  for (const std::string& line : lines("core/cli/CMakeLists.txt"))
    if (line.rfind("target_link_libraries(treino ", 0) == 0) linked = line;
  CHECK(linked.find("treino::treino treino_base") != std::string::npos);
  for (const auto& [part, others] : allowed) {
    CAPTURE(part);
    if (part != "base") CHECK(linked.find("treino_" + part) == std::string::npos);
  }
}

TEST_CASE("what other programs include of the library needs the SDK's contract and the standard library alone") {
  std::size_t found = 0;
  for (const auto& file : sources("core/library")) {
    if (!is_public(file)) continue;
    ++found;
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      CHECK((include[0] == '<' || names(include, "treino/abi/") || names(include, "treino/library/")));
    }
  }
  CHECK(found > 5);
}

TEST_CASE("within host, the library on disk knows nothing of the running session") {
  for (const auto& file : sources("core/host/library")) {
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      CHECK_FALSE(names(include, "host/session/"));
    }
  }
}

TEST_CASE("within train, what plans a run knows nothing of the run that is built from it") {
  for (const auto& file : sources("core/train/plan")) {
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      CHECK((!names(include, "train/") || names(include, "train/plan/")));
    }
  }
}

TEST_CASE("plugins include the SDK, plugins/shared, their own folder and libraries") {
  for (const auto& file : sources("plugins")) {
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      const bool own =
          include.find('/') == std::string::npos && fs::exists(file.parent_path() / include.substr(1, include.size() - 2));
      CHECK((include[0] == '<' || names(include, "shared/") || own));
      for (const auto& [part, others] : allowed) CHECK_FALSE(names(include, part + "/"));
    }
  }
}

TEST_CASE("only plugins/shared/lua knows Lua, and only plugins/shared/tensorboard protobuf") {
  for (const auto& file : sources("plugins/shared")) {
    const std::string part = std::next(file.begin(), 2)->string();
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      if (names(include, "lua5.4/")) CHECK(part == "lua");
      if (names(include, "google/")) CHECK(part == "tensorboard");
    }
  }
}

TEST_CASE("the SDK includes itself, the standard library and the system; Eigen only in the header that is for it") {
  for (const auto& file : sources("sdk/include")) {
    for (const std::string& include : includes(file)) {
      if (file.filename() == "language.hpp") continue;  // its include is none: it ends the compilation
      CAPTURE(file, include);
      CHECK(include[0] == '<');
      CHECK((include.find('/') == std::string::npos || names(include, "treino/") || names(include, "sys/") ||
             (names(include, "Eigen/") && file.filename() == "eigen.hpp")));
    }
  }
}

TEST_CASE(
    "the contract includes nothing of the kit, the kit's text and drawing no contract, and an author's folder stays small") {
  std::size_t headers = 0;
  for (const auto& file : sources("sdk/include/treino")) {
    const bool contract = file.parent_path().filename() != "kit";
    headers += file.parent_path().filename() == "treino";
    for (const std::string& include : includes(file)) {
      CAPTURE(file, include);
      if (contract) CHECK_FALSE(names(include, "treino/kit/"));
      if (file.filename() == "text.hpp") CHECK_FALSE(names(include, "treino/"));
      if (file.filename().string().rfind("svg", 0) == 0)
        CHECK((!names(include, "treino/") || names(include, "treino/kit/svg") || names(include, "treino/kit/text.hpp")));
    }
  }
  CHECK(headers <= 20);
}

TEST_CASE("no source of core names a plugin") {
  std::set<std::string> ids = plugin_ids();
  ids.erase("loss");       // the kind is what core means; the metric of that name is any loss as a metric
  ids.erase("precision");  // the key of [run]; the metric of that name is of classes
  ids.erase("text");       // a field of log.jsonl; the reader of that name reads texts
  for (const auto& file : sources("core")) {
    for (const std::string& literal : literals(file)) {
      CAPTURE(file, literal);
      CHECK(ids.count(literal) == 0);
    }
  }
}
