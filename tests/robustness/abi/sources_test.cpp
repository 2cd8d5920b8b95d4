// What every source has: a first line that says why it exists, the name of its header, and a length that can be read at once.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "robustness/abi/source_tree.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using treino::test::lines;
using treino::test::sources;

/// A comment that is more than the name of the file or a licence: some words.
bool says_why(const fs::path& file) {
  const std::vector<std::string> all = lines(file);
  if (all.empty()) return false;
  const std::string& first = all.front();
  const bool comment = first.rfind("// ", 0) == 0 || first.rfind("/* ", 0) == 0 || first.rfind("/** ", 0) == 0;
  return comment && std::count(first.begin(), first.end(), ' ') >= 3;
}

bool is_generated(const fs::path& file) { return file.filename() == "layout_0_4.inc"; }

/// One class, all of whose functions work under one mutex: in two files it would be harder to read.
bool may_be_longer(const fs::path& file) { return file == "sdk/include/treino/kit/worker.hpp"; }

}  // namespace

TEST_CASE("every source opens with a comment that says why it exists") {
  for (const char* folder : {"core", "sdk", "plugins", "tests"}) {
    for (const fs::path& file : sources(folder)) {
      CAPTURE(file);
      if (!is_generated(file)) CHECK(says_why(file));
    }
  }
}

TEST_CASE("no source of core, of plugins or of the SDK is longer than 250 lines") {
  for (const char* folder : {"core", "plugins", "sdk/include"}) {
    for (const fs::path& file : sources(folder)) {
      CAPTURE(file);
      if (!may_be_longer(file)) CHECK(lines(file).size() <= 250);
    }
  }
}

TEST_CASE("what a source defines is declared in the header of its name") {
  for (const char* room : {"core/base", "core/manifest", "core/store", "core/data", "core/host"}) {
    for (const fs::path& file : sources(room)) {
      CAPTURE(file);
      if (file.extension() == ".cpp") CHECK(fs::exists(fs::path(file).replace_extension(".hpp")));
    }
  }
}
