// What a glance at the head of a file is certain of, inspection of the whole must not contradict.
#include <sys/stat.h>

#include <random>

#include "host/library/library_inspection.hpp"
#include "host/library/library_preview.hpp"
#include "robustness/hostile/elf_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "unit/sdk/sample.hpp"

using namespace treino::test;
using treino::host::Preview;
using treino::host::preview_components;

namespace {

constexpr std::size_t head_size = 4096;

Preview glance(const std::string& bytes) {
  const auto whole = std::as_bytes(std::span(bytes));
  return preview_components(whole.first(std::min(head_size, bytes.size())), bytes.size());
}

/// The first component that inspection finds and the glance denies; empty where there is none.
std::string denied(const std::string& bytes, const Preview& glance) {
  treino::host::Candidate candidate;
  candidate.path = "glanced.so";
  treino::host::inspect_bytes(std::as_bytes(std::span(bytes)), candidate);
  for (const auto& description : candidate.descriptions) {
    const treino::host::ComponentName name(description.kind, description.id);
    if (glance.certain && std::find(glance.names.begin(), glance.names.end(), name) == glance.names.end())
      return name.first + "/" + name.second;
  }
  return "";
}

}  // namespace

TEST_CASE("plugins' names are read from the heads of their files, stripped or not, whether the rest is faulty or not") {
  for (const char* name : {"good/halving.so", "stripped/halving.so"}) {
    const Preview seen = preview_components(sample_path(name));
    CHECK(seen.certain);
    CHECK(seen.names == std::vector<treino::host::ComponentName>{{"scheduler", "halving"}});
  }
  CHECK(preview_components(sample_path("others/not_toml.so")).names ==
        std::vector<treino::host::ComponentName>{{"scheduler", "variant"}});
  CHECK(preview_components(sample_path("others/twice.so")).names.size() == 2);
}

TEST_CASE("a file that is not a library certainly holds no plugin, and nothing waits for it") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "fifo.so").c_str(), 0600) == 0);
  write_file(folder / "text.so", "INPUT(libhuber.a)\n");
  write_file(folder / "empty.so", "");
  write_file(folder / "huge.so",
             "\x7f"
             "ELF");
  std::filesystem::resize_file(folder / "huge.so", std::uint64_t{1} << 40);
  for (const char* name : {"fifo.so", "text.so", "empty.so", "huge.so", "nothing.so"}) {
    CAPTURE(name);
    const Preview seen = preview_components(folder / name);
    CHECK(seen.certain);
    CHECK(seen.names.empty());
  }
  CHECK(preview_components(sample_path("others/no_note.so")).names.empty());
}

TEST_CASE("notes after the head, and descriptions that begin unusually, are left to inspection") {
  const std::string good = read_file(sample_path("good/plain.so"));
  CHECK(glance(good).certain);
  const auto whole = std::as_bytes(std::span(good));
  for (std::size_t count = 64; count < 600; count += 8) {
    CAPTURE(count);
    CHECK_FALSE(preview_components(whole.first(count), good.size()).certain);
  }
  std::string unusual = good;
  const std::size_t kind = unusual.find("kind = \"scheduler\"");
  REQUIRE(kind != std::string::npos);
  unusual.replace(kind, 18, "kind = 'scheduler'");
  CHECK_FALSE(glance(unusual).certain);
  CHECK(denied(unusual, glance(unusual)) == "");
}

TEST_CASE("no damage makes a preview certain of less than inspection finds, or crash") {
  std::mt19937_64 random(20240607);
  for (const char* name : {"good/plain.so", "stripped/halving.so", "others/twice.so"}) {
    const std::string good = read_file(sample_path(name));
    const std::size_t text = good.find("kind = ");
    for (int round = 0; round < 2000; ++round) {
      std::string bytes = good;
      for (auto faults = random() % 4 + 1; faults > 0; --faults) {
        // Half of them in the head, and half of these in the description's first lines.
        const std::size_t range = random() % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 1024);
        const std::size_t at = random() % 4 == 0 ? text + random() % 60 : random() % range;
        bytes[at] = random() % 2 == 0 ? static_cast<char>(random()) : "\"'#=\n\\ \0k"[random() % 9];
      }
      const std::string wrong = denied(bytes, glance(bytes));
      if (!wrong.empty()) FAIL(name << ", round " << round << ": the glance denies " << wrong);
    }
  }
}
