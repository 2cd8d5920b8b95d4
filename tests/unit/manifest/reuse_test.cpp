// A run folder's manifest, read again: what of it does not count.
#include "manifest/read.hpp"
#include "support/catch.hpp"
#include "workshop.hpp"

using namespace treino;
using treino::test::kDigits;
using treino::test::replaced;
using Lines = std::vector<std::string>;

namespace {

struct Reading {
  manifest::Manifest manifest;
  Lines faults;
};

Reading read(const test::Workshop& workshop, const std::string& text, const manifest::Reuse& reuse,
             const std::vector<std::string>& settings = {}) {
  workshop.write("train.toml", text);
  manifest::Faults faults;
  Reading result{manifest::read(workshop.path("train.toml"), settings, faults, reuse), {}};
  result.faults = workshop.lines(faults);
  return result;
}

manifest::Reuse without(manifest::Kind unwanted) {
  manifest::Reuse reuse;
  reuse.leaves_out = [unwanted](manifest::Kind kind, const manifest::Table&) { return kind == unwanted; };
  return reuse;
}

}  // namespace

TEST_CASE("data files need not be there when a run is over") {
  const test::Workshop workshop;
  const std::string gone = replaced(kDigits, "digits.csv", "gone.csv");
  CHECK(read(workshop, gone, {}).faults.size() == 1);
  manifest::Reuse reuse;
  reuse.data_files = false;
  const Reading reading = read(workshop, gone, reuse);
  CHECK(reading.faults.empty());
  CHECK(reading.manifest.data.train->file.value == workshop.path("gone.csv").string());
}

TEST_CASE("sections that are left out are not read, and callbacks ordered relative to them are kept") {
  const test::Workshop workshop;
  manifest::Reuse reuse;
  reuse.leaves_out = [](manifest::Kind, const manifest::Table& table) {
    const manifest::Value* name = manifest::find(table, "name");
    return name != nullptr && *name->as<std::string>() == "out";
  };
  const Reading reading = read(workshop,
                               kDigits + "[[callback]]\nplugin = \"a\"\nname = \"out\"\ntoken = \"${TREINO_NOT_SET}\"\n" +
                                   "[[callback]]\nplugin = \"b\"\nafter = [\"out\", \"early_stopping\"]\n" +
                                   "[[callback]]\nplugin = \"c\"\nbefore = \"out\"\n",
                               reuse);
  CHECK(reading.faults.empty());
  REQUIRE(reading.manifest.callbacks.size() == 3);
  REQUIRE(reading.manifest.callbacks[1].after.size() == 1);
  CHECK(reading.manifest.callbacks[1].after[0].value == "early_stopping");
  CHECK(reading.manifest.callbacks[2].before.empty());
  CHECK(read(workshop, kDigits, without(manifest::Kind::scheduler)).manifest.schedulers.empty());
  CHECK(read(workshop, kDigits, without(manifest::Kind::metric)).manifest.metrics.empty());
}

TEST_CASE("an untrusted folder may not say where plugins are") {
  const test::Workshop workshop;
  const std::string text = kDigits + "[plugins]\npath = [\"p\", \"/q\"]\nallow_unsafe_paths = true\n";
  manifest::Reuse reuse;
  CHECK(read(workshop, text, reuse).manifest.distrusted_paths.empty());
  CHECK(read(workshop, text, reuse).manifest.allow_unsafe_paths);
  reuse.trusted = false;
  const manifest::Manifest distrusted = read(workshop, text, reuse).manifest;
  CHECK(distrusted.plugin_paths.empty());
  CHECK_FALSE(distrusted.allow_unsafe_paths);
  CHECK(distrusted.distrusted_paths == Lines{workshop.path("p").string(), "/q"});
  // --set is the user's own word.
  const manifest::Manifest set = read(workshop, text, reuse, {"plugins.path=/mine"}).manifest;
  CHECK(set.plugin_paths == Lines{"/mine"});
  CHECK(read(workshop, kDigits + "[plugins]\npath = \"p\"\n", reuse).manifest.distrusted_paths.size() == 1);
}
