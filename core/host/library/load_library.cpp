// Start-up code of a library may throw, change the floating-point mode, or need companions from its own folder.
#include "host/library/load_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <list>
#include <vector>  // Boost.DLL 1.74 forgets it

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <boost/dll/shared_library.hpp>

#include "base/text.hpp"
#include "host/library/call_place.hpp"
#include "host/library/code_places.hpp"
#include "host/library/elf_dynamic.hpp"
#include "host/library/floating_point.hpp"
#include "host/library/library_companions.hpp"
#include "host/library/library_needs.hpp"

namespace treino::host {
namespace {

// Rationale: threads and exit handlers of a plugin may outlive its last instance, so nothing is ever unmapped.
constexpr auto mode = static_cast<boost::dll::load_mode::type>(
    unsigned{boost::dll::load_mode::rtld_now} | unsigned{boost::dll::load_mode::rtld_local} | unsigned{RTLD_NODELETE});

/// The dynamic linker's message without the copy's path, which says nothing to anybody.
std::string cleaned(std::string text, const std::filesystem::path& copy, const std::filesystem::path& path) {
  const std::string prefix = copy.string() + ": ";
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  text = base::replaced(std::move(text), copy.string(), path.string());
  const std::size_t missing = text.find(": cannot open shared object file");
  if (missing == std::string::npos) return "cannot be loaded: " + text;
  return "needs the library " + text.substr(0, missing) + not_found;
}

std::string last_error() {
  const char* text = dlerror();
  return text == nullptr ? "for an unknown reason" : text;
}

/// Start-up code may throw, whatever the contract says of it.
boost::dll::shared_library open_guarded(const std::filesystem::path& path, std::error_code& error) {
  try {
    return boost::dll::shared_library(path, mode, error);
  } catch (const std::exception& exception) {
    throw FormatError(std::string("cannot be loaded: its start-up code threw: ") +
                      (exception.what() == nullptr ? "" : exception.what()));
  } catch (...) {
    throw FormatError("cannot be loaded: its start-up code threw something that is not a std::exception");
  }
}

/// The copy lies in no folder, so the linker would look for companions in the wrong place: load them first, from theirs.
void load_companions(const ElfDependencies& dependencies, const std::filesystem::path& path) {
  std::error_code error;
  const auto folders = companion_folders(dependencies.run_path, path);
  for (const std::string& library : dependencies.libraries) {
    const auto folder =
        std::find_if(folders.begin(), folders.end(), [&](const auto& f) { return std::filesystem::exists(f / library, error); });
    if (folder == folders.end()) continue;
    const std::filesystem::path file = *folder / library;
    const boost::dll::shared_library companion = open_guarded(file, error);
    if (!error) remember_code(companion.native(), file.string());
    if (error) throw FormatError("needs " + file.string() + ", which " + cleaned(last_error(), file, file));
  }
}

}  // namespace

LoadedLibrary load_library(SealedCopy& copy, const std::filesystem::path& path) {
  FloatingPointGuard guard;
  const CallMark mark(path.c_str(), "loading");
  const ElfDependencies dependencies = elf_dependencies(ElfReader(copy.bytes()));
  if (const std::string conflict = conflict_of(companions_of(dependencies, path), path); !conflict.empty())
    throw FormatError(conflict);
  load_companions(dependencies, path);
  std::error_code error;
  boost::dll::shared_library library = open_guarded(copy.path(), error);
  const FloatingPointMode after = floating_point_mode();
  guard.restore();
  if (error) throw FormatError(cleaned(last_error(), copy.path(), path));
  copy.keep();
  remember_code(library.native(), path.string());
  if (!library.has(TREINO_PLUGIN_SYMBOL)) throw FormatError("exports no " TREINO_PLUGIN_SYMBOL ": its hash table is damaged");
  const auto& plugin = library.get<const treino_plugin>(TREINO_PLUGIN_SYMBOL);
  static auto& handles = *new std::list<boost::dll::shared_library>;  // never destroyed, since destructors close
  handles.push_back(std::move(library));
  return {&plugin, difference(guard.before(), after)};
}

}  // namespace treino::host
