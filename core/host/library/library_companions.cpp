// Follows the needs of a library through the folders of its run path, and remembers which file each name was loaded from.
#include "host/library/library_companions.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "base/sha256.hpp"
#include "host/library/library_file.hpp"
#include "host/library/library_needs.hpp"
#include "host/library/library_place.hpp"

namespace treino::host {
namespace {

namespace fs = std::filesystem;

class Collection {
 public:
  void add(const ElfDependencies& dependencies, const fs::path& library) {
    const std::vector<fs::path> folders = run_path_folders(dependencies.run_path, library);
    for (const std::string& name : dependencies.libraries) {
      const bool known = std::any_of(found_.begin(), found_.end(), [&](const Companion& one) { return one.name == name; });
      std::error_code ignored;
      const auto folder =
          std::find_if(folders.begin(), folders.end(), [&](const fs::path& f) { return fs::exists(f / name, ignored); });
      if (!known && folder != folders.end()) add(name, *folder / name);
    }
  }
  std::vector<Companion> take() { return std::move(found_); }

 private:
  void add(const std::string& name, const fs::path& path) {
    const base::OpenedFile file = [&] {
      try {
        return open_library(path);
      } catch (const FormatError& refusal) {
        throw FormatError("needs " + path.string() + ", which " + refusal.what());
      }
    }();
    std::vector<std::byte> bytes(file.size());
    bytes.resize(read_next(file, bytes));
    found_.push_back({name, path, base::sha256(bytes), true, unsafety_of(file.status, path)});
    const std::size_t place = found_.size() - 1;
    try {
      add(elf_dependencies(ElfReader(bytes)), path);
    } catch (const FormatError&) {
      found_[place].whole = false;  // the dynamic linker says so better
    }
  }

  std::vector<Companion> found_;
};

/// What has been loaded under a name, and for whom.
struct Owner {
  std::string sha256;
  fs::path file, library;
};

}  // namespace

std::vector<Companion> companions_of(const ElfDependencies& dependencies, const fs::path& library) {
  Collection collection;
  collection.add(dependencies, library);
  return collection.take();
}

std::string conflict_of(const std::vector<Companion>& companions, const fs::path& library) {
  static auto& owners = *new std::map<std::string, Owner>;  // nothing is ever unloaded
  for (const Companion& companion : companions) {
    const auto owner = owners.find(companion.name);
    if (owner == owners.end() || owner->second.sha256 == companion.sha256 || !companion.whole) continue;
    return "brings its own " + companion.file.string() + ", but " + owner->second.library.string() +
           " has brought another library of that name, " + owner->second.file.string() +
           ", and a process holds one of a name: give one of them another name (SONAME), link it statically, or leave out one of "
           "the plugins";
  }
  for (const Companion& companion : companions)
    if (companion.whole) owners.try_emplace(companion.name, Owner{companion.sha256, companion.file, library});
  return "";
}

}  // namespace treino::host
