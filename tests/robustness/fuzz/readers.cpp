// Every reader of bytes from outside, behind one signature for libFuzzer and for the suite.
#include "robustness/fuzz/readers.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "data/preparation.hpp"
#include "data/preparation_json.hpp"
#include "host/library/library_inspection.hpp"
#include "manifest/complete.hpp"
#include "manifest/description.hpp"
#include "manifest/description_head.hpp"
#include "manifest/manifest.hpp"
#include "manifest/placeholders.hpp"
#include "manifest/read.hpp"
#include "manifest/toml_reader.hpp"
#include "store/safetensors_read.hpp"
#include "store/store_error.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_source.hpp"

namespace treino::test {

namespace {

/// A file in memory, with a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(memfd_create("fuzzed", MFD_CLOEXEC)) {
    if (descriptor_ < 0 || write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("no memory for a file");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// The same for who looks up what a path's links lead to, or opens it in another process, where a file in memory is not found.
std::string named_file(std::string_view bytes) {
  static const TemporaryFolder folder;
  const std::filesystem::path path = folder / "fuzzed";
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

/// The first byte chooses among the options that a manifest could give; the rest is the file.
bool accepts_data(const char* format, std::string_view bytes) {
  if (bytes.empty()) return false;
  const auto options = static_cast<unsigned char>(bytes[0]);
  const MemoryFile file(bytes.substr(1));
  TestSource source;
  source.file = file.path();
  source.format = format;
  if (source.format == "hdf5" || source.format == "sqlite") source.file = named_file(bytes.substr(1));
  source.missing =
      std::array{data::Missing::error, data::Missing::skip_row, data::Missing::zero, data::Missing::mean}[options & 3];
  if ((options & 4) != 0 && (source.format == "csv" || source.format == "sqlite")) source.target = {std::int64_t{-1}};
  if ((options & 8) != 0) source.target_kind = (options & 16) != 0 ? data::TargetKind::values : data::TargetKind::index;
  if ((options & 32) != 0) source.header = (options & 64) != 0;
  if ((options & 128) != 0) source.delimiter = ' ';
  source.channels = (options & 32) != 0 ? 1 : 3;
  if ((options & 64) != 0) source.size = {3, 5};
  try {
    outline(source);
    data::Dataset dataset = read(source);
    data::Preparation::fit(dataset, data::Scaling::standardize).apply(dataset);
    return true;
  } catch (const data::DataError&) {
    return false;
  }
}

bool accepts_preparation(std::string_view bytes) {
  try {
    data::preparation_from_json(std::string(bytes));
    return true;
  } catch (const data::DataError&) {
    return false;
  }
}

bool accepts_toml(std::string_view bytes) {
  manifest::Faults faults;
  manifest::parse_toml(bytes, "fuzzed.toml", faults);
  return faults.empty();
}

bool accepts_manifest(std::string_view bytes) {
  const MemoryFile file(bytes);
  manifest::Faults faults;
  manifest::read(file.path(), {}, faults);
  return faults.empty();
}

bool accepts_setting(std::string_view bytes) {
  return manifest::parse_toml_value(std::string(bytes), {"--set", 1, 1}).has_value();
}

bool accepts_description(std::string_view bytes) {
  try {
    manifest::kind_and_id(bytes);
    const manifest::Description description = manifest::parse_description(bytes, "fuzzed.so");
    manifest::Faults faults;
    manifest::complete(description, {}, {"fuzzed.toml", 1, 1}, description.id, faults);
    return true;
  } catch (const manifest::ManifestError&) {
    return false;
  }
}

bool accepts_template(std::string_view bytes) {
  manifest::Faults faults;
  manifest::placeholders(std::string(bytes), {}, faults);
  return faults.empty();
}

bool accepts_library(std::string_view bytes) {
  host::Candidate candidate;
  candidate.path = "fuzzed.so";
  host::inspect_bytes(std::as_bytes(std::span(bytes)), candidate);
  return candidate.refusal.empty();
}

bool accepts_tensors(std::string_view bytes) {
  const MemoryFile file(bytes);
  try {
    store::TensorFile tensors(file.path());
    return true;
  } catch (const store::StoreError&) {
    return false;
  }
}

constexpr FuzzedReader readers[] = {
    {"csv", [](std::string_view bytes) { return accepts_data("csv", bytes); }},
    {"idx", [](std::string_view bytes) { return accepts_data("idx", bytes); }},
    {"npy", [](std::string_view bytes) { return accepts_data("npy", bytes); }},
    {"npz", [](std::string_view bytes) { return accepts_data("npz", bytes); }},
    {"hdf5", [](std::string_view bytes) { return accepts_data("hdf5", bytes); }},
    {"images", [](std::string_view bytes) { return accepts_data("images", bytes); }},
    {"libsvm", [](std::string_view bytes) { return accepts_data("libsvm", bytes); }},
    {"sqlite", [](std::string_view bytes) { return accepts_data("sqlite", bytes); }},
    {"text", [](std::string_view bytes) { return accepts_data("text", bytes); }},
    {"preparation", accepts_preparation},
    {"toml", accepts_toml},
    {"manifest", accepts_manifest},
    {"setting", accepts_setting},
    {"description", accepts_description},
    {"template", accepts_template},
    {"library", accepts_library},
    {"safetensors", accepts_tensors},
};

}  // namespace

/// But for readers of data that this build leaves out, whose libraries are missing.
std::span<const FuzzedReader> fuzzed_readers() {
  static const std::vector<FuzzedReader> built = [] {
    std::vector<FuzzedReader> all(std::begin(readers), std::end(readers));
    std::erase_if(all, [](const FuzzedReader& reader) {
      const bool optional = reader.name == "hdf5" || reader.name == "images" || reader.name == "sqlite";
      return optional && !std::filesystem::exists(PLUGINS "/readers/" + std::string(reader.name) + ".so");
    });
    return all;
  }();
  return built;
}

const FuzzedReader& fuzzed_reader(std::string_view name) {
  std::string names;
  for (const FuzzedReader& reader : fuzzed_readers()) {
    if (reader.name == name) return reader;
    names += (names.empty() ? "" : ", ") + std::string(reader.name);
  }
  throw std::invalid_argument("there is no reader '" + std::string(name) + "'. There are: " + names);
}

}  // namespace treino::test
