// Kernels chosen by measurement: kept in the user's cache and in the run, so that the same numbers come again.
#include "workshop.hpp"

using namespace treino::test;

namespace {

/// Digits through a layer whose products are worth choosing.
std::string measured_manifest() {
  std::string manifest = stateful_manifest();
  manifest.replace(manifest.find("units = 32"), 10, "units = 256");
  return manifest.insert(manifest.find("epochs = "), "threads = 2\nkernels = 'measured'\n");
}

/// With a cache folder, and perhaps another set of instructions, which makes it another processor.
Finished with_cache(const Workshop& workshop, const fs::path& cache, std::vector<std::string> arguments,
                    const std::string& instructions = "") {
  ProcessOptions options = workshop.command(std::move(arguments));
  options.environment["XDG_CACHE_HOME"] = cache;
  if (!instructions.empty()) options.environment["ONEDNN_MAX_CPU_ISA"] = instructions;
  return run_process(options);
}

std::vector<std::string> run_command(const Workshop& workshop, const std::string& name) {
  return {"run", workshop.write(name + ".toml", measured_manifest()), "--folder", workshop / name};
}

/// The only file in it.
fs::path file_in(const fs::path& cache) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(cache))
    if (entry.is_regular_file()) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  return files.front();
}

/// Each line's kernel becomes `kernel`; the first two lines stay.
std::string all_by(const std::string& record, const std::string& kernel) {
  std::string changed;
  std::size_t number = 0;
  for (const std::string& line : lines(record))
    changed += (++number < 3 ? line : line.substr(0, line.rfind(' ') + 1) + kernel) + "\n";
  return changed;
}

}  // namespace

TEST_CASE("what was measured is kept in the cache and in the run's folder, and makes the next run the same bit for bit") {
  const Workshop workshop;
  const fs::path cache = workshop / "cache";
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "first")).exit_code == kDone);
  const std::string record = read_text(workshop / "first/kernels.txt");
  CHECK(lines(record).front() == "treino kernels 1");
  CHECK(contains(lines(record).at(1), ", 2 threads, oneDNN "));
  CHECK(contains(record, "\n32 256 64 plain plain "));
  CHECK(contains(record, "\n64 256 32 transposed plain "));
  const fs::path file = file_in(cache);
  CHECK(contains(file, "/treino/kernels-"));
  CHECK(read_text(file) == record);
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "second")).exit_code == kDone);
  CHECK(read_text(workshop / "second/kernels.txt") == record);
  check_same_run(workshop / "first", workshop / "second");
  // The cache decides, not another measurement.
  const std::string by_onednn = all_by(record, "onednn");
  write_text(file, by_onednn);
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "third")).exit_code == kDone);
  CHECK(read_text(workshop / "third/kernels.txt") == by_onednn);
}

TEST_CASE("a cache that cannot be read is measured again, and one that cannot be written does no harm") {
  const Workshop workshop;
  const fs::path cache = workshop / "cache";
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "first")).exit_code == kDone);
  const fs::path file = file_in(cache);
  const std::string record = read_text(file);
  const std::size_t cut = record.size() - 3;
  for (const std::string& damaged :
       {std::string(), std::string("nonsense\0\xff", 10), record.substr(0, cut), record + "1 2 3\n"}) {
    write_text(file, damaged);
    const std::string name = "after_" + std::to_string(damaged.size());
    const Finished finished = with_cache(workshop, cache, run_command(workshop, name));
    CHECK(finished.exit_code == kDone);
    CHECK(finished.error.empty());
    CHECK(read_text(file) == read_text(workshop / name / "kernels.txt"));
    CHECK(lines(read_text(file)).size() == lines(record).size());
  }
  for (const std::string nowhere : {"/dev/null/none", "/proc"}) {
    const std::string name = nowhere == "/proc" ? "read_only" : "none";
    const Finished finished = with_cache(workshop, nowhere, run_command(workshop, name));
    CHECK(finished.exit_code == kDone);
    CHECK(finished.error.empty());
    CHECK(fs::exists(workshop / name / "kernels.txt"));
  }
}

TEST_CASE("two runs that begin at once leave a whole cache") {
  const Workshop workshop;
  const fs::path cache = workshop / "cache";
  ProcessOptions one = workshop.command(run_command(workshop, "one")), other = workshop.command(run_command(workshop, "other"));
  one.environment["XDG_CACHE_HOME"] = other.environment["XDG_CACHE_HOME"] = cache;
  Process first(one), second(other);
  CHECK(first.wait().exit_code == kDone);
  CHECK(second.wait().exit_code == kDone);
  const std::string record = read_text(file_in(cache));
  CHECK(lines(record).size() == lines(read_text(workshop / "one/kernels.txt")).size());
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "later")).exit_code == kDone);
  CHECK(read_text(workshop / "later/kernels.txt") == record);
}

TEST_CASE("a run resumes with the kernels that it began with, whatever the cache says by then") {
  const Workshop workshop;
  REQUIRE(workshop.run(stateful_manifest(), "warm").exit_code == kDone);
  const fs::path cache = workshop / "cache";
  REQUIRE(with_cache(workshop, cache, run_command(workshop, "reference")).exit_code == kDone);
  REQUIRE(
      with_cache(workshop, cache, {"run", workshop / "reference.toml", "--folder", workshop / "half", "--set", "run.epochs=4"})
          .exit_code == kDone);
  const std::string record = read_text(workshop / "half/kernels.txt");
  write_text(file_in(cache), all_by(record, contains(record, " onednn\n") ? "own" : "onednn"));
  const Finished fixed = with_cache(workshop, cache, {"resume", workshop / "half", "--set", "run.kernels=fixed"});
  CHECK(contains(fixed.error, "run.kernels cannot change when a run is resumed: it was measured, and fixed is given"));
  // The folder's record may be gone: the checkpoint has it too.
  fs::remove(workshop / "half/kernels.txt");
  REQUIRE(with_cache(workshop, cache, {"resume", workshop / "half", "--set", "run.epochs=8"}).exit_code == kDone);
  CHECK(read_text(workshop / "half/model.safetensors") == read_text(workshop / "reference/model.safetensors"));
}

TEST_CASE("on another processor a resumed run chooses again, and says so") {
  const Workshop workshop;
  const fs::path cache = workshop / "cache";
  std::vector<std::string> command = run_command(workshop, "run");
  command.insert(command.end(), {"--set", "run.epochs=2"});
  REQUIRE(with_cache(workshop, cache, command).exit_code == kDone);
  const std::string before = lines(read_text(workshop / "run/kernels.txt")).at(1);
  const Finished moved = with_cache(workshop, cache, {"resume", workshop / "run", "--set", "run.epochs=3"}, "SSE41");
  INFO(moved.output << moved.error);
  CHECK(moved.exit_code == kDone);
  const std::string after = lines(read_text(workshop / "run/kernels.txt")).at(1);
  CHECK(after != before);
  CHECK(contains(moved.output,
                 "kernels were chosen on " + before + ", and are chosen again on " + after + ": the last digits will differ"));
}
