// What can go wrong between a library that looks right and its functions.
#include "host/library/floating_point.hpp"
#include "host/library/loader.hpp"
#include "robustness/hostile/elf_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::load;
using treino::host::LoadError;

namespace {

std::string failure_of(const treino::host::Candidate& candidate) {
  std::vector<std::string> warnings;
  try {
    load(candidate, warnings);
    return "";
  } catch (const LoadError& error) {
    return error.what();
  }
}

std::string failure_of(const std::string& name) { return failure_of(sample(name)); }
std::string prefix(const std::string& name) { return sample_path(name).string() + ": "; }

}  // namespace

TEST_CASE("what was refused is not loaded") {
  CHECK(failure_of("others/no_note.so") == prefix("others/no_note.so") + "has no description (.note.treino)");
}

TEST_CASE("a library that needs another one which is not there names it") {
  CHECK(failure_of("others/missing_library.so") ==
        prefix("others/missing_library.so") +
            "needs the library libnowhere.so, which is not found: install it, or name its folder in LD_LIBRARY_PATH");
}

TEST_CASE("that a library needs another one which is not there is seen before it is loaded") {
  CHECK(sample("others/missing_library.so").refusal ==
        "needs the library libnowhere.so, which is not found: install it, or name its folder in LD_LIBRARY_PATH");
  CHECK(sample("others/companion.so").refusal == "");
}

TEST_CASE("a library that its author shipped beside the plugin is found there") {
  const SampleInstance plugin("others/companion.so");
  treino_schedule_value value{};
  REQUIRE(plugin->scheduler.learning_rate(plugin.self(), 0, 3.0, &value, nullptr) == TREINO_OK);
  CHECK(value.learning_rate == 1.5);  // the companion halves
}

TEST_CASE("a companion that is damaged is named") {
  const TemporaryFolder folder;
  std::filesystem::copy(sample_path("others/companion.so"), folder.path());
  std::filesystem::create_directory(folder / "beside");
  write_file(folder / "beside/libbeside.so", "no library");
  // Changed in a byte that nothing reads, since the same bytes would not be loaded twice.
  write_file(folder / "companion.so", read_file(folder / "companion.so") + "x");
  const std::string failure = failure_of(treino::host::inspect(folder / "companion.so", true));
  CHECK(failure.starts_with((folder / "companion.so").string() + ": needs " + (folder / "beside/libbeside.so").string() +
                            ", which cannot be loaded: file too short"));
}

TEST_CASE("a library that uses an unknown function names it, and not our copy of it") {
  const std::string failure = failure_of("others/undefined_symbol.so");
  CHECK(failure == prefix("others/undefined_symbol.so") + "cannot be loaded: undefined symbol: elsewhere");
}

TEST_CASE("a mask of events that differs from the description is refused, with both lists") {
  CHECK(failure_of("others/wrong_mask.so") ==
        prefix("others/wrong_mask.so") +
            "is at odds with itself: its description says events = run_end, epoch_end, its code handles epoch_end, step_end");
}

TEST_CASE("a symbol that is in the table but that the dynamic linker does not find is missed") {
  const std::string bytes = read_file(sample_path("good/plain.so"));
  const std::size_t filter =
      dynamic_table(bytes, DT_GNU_HASH) + 16;  // one word for a library with one symbol; empty, it denies all
  const TemporaryFolder folder;
  const auto path = write_file(folder / "plugin.so", with(bytes, filter, std::uint64_t{0}));
  CHECK(failure_of(treino::host::inspect(path, true)) ==
        path.string() + ": exports no treino_plugin_v0: its hash table is damaged");
}

TEST_CASE("the bytes that are loaded are the bytes that were looked at") {
  const TemporaryFolder folder;
  const auto path = folder / "plugin.so";
  write_file(path, read_file(sample_path("good/halving.so")) + "x");
  const auto candidate = treino::host::inspect(path, true);
  std::filesystem::copy(sample_path("good/plain.so"), path, std::filesystem::copy_options::overwrite_existing);
  CHECK(failure_of(candidate) == path.string() + ": has changed since it was looked at: start again");
  std::filesystem::remove(path);
  CHECK(failure_of(candidate) == path.string() + ": cannot be read: No such file or directory");
}

TEST_CASE("a file that is overwritten after loading changes nothing") {
  const TemporaryFolder folder;
  const auto path = write_file(folder / "plugin.so", read_file(sample_path("good/halving.so")) + "y");
  std::vector<std::string> warnings;
  const auto component = load(treino::host::inspect(path, true), warnings).at(0);
  write_file(path, std::string(20000, '\0'));
  treino_schedule_value value{};
  void* self = nullptr;
  REQUIRE(component->lifecycle.create(nullptr, nullptr, 0, &self, nullptr) == TREINO_OK);
  REQUIRE(component->scheduler.learning_rate(self, 2, 4.0, &value, nullptr) == TREINO_OK);
  CHECK(value.learning_rate == 1.0);
  component->lifecycle.destroy(self);
}

TEST_CASE("the same bytes are loaded once") {
  const TemporaryFolder folder;
  std::filesystem::copy(sample_path("good/halving.so"), folder / "copy.so");
  std::vector<std::string> warnings;
  CHECK(load(sample("good/halving.so"), warnings).at(0) == load(treino::host::inspect(folder / "copy.so", true), warnings).at(0));
}

TEST_CASE("start-up code that changes the floating-point mode is undone and named") {
  const auto before = treino::host::floating_point_mode();
  std::vector<std::string> warnings;
  load(sample("others/changes_mode.so"), warnings);
  CHECK(treino::host::floating_point_mode() == before);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0] ==
        prefix("others/changes_mode.so") +
            "changed the floating-point mode when it was loaded (subnormal numbers are flushed to zero, as by -ffast-math); "
            "the mode has been put back");
}

TEST_CASE("a library linked with -ffast-math leaves our results unchanged") {
  std::vector<std::string> warnings;
  load(sample("others/fast_math.so"), warnings);
  volatile double smallest = 2.2250738585072014e-308;
  CHECK(smallest / 2 > 0);
}

TEST_CASE("tables of a newer minor version are cut to ours") {
  const SampleInstance plugin("others/future.so");
  CHECK(plugin->lifecycle.size == sizeof(treino_lifecycle) + sizeof(void*));
  CHECK(plugin->lifecycle.extension == nullptr);
}
