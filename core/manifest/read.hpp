// From a manifest's file to its structs, or to all of its faults at once.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "manifest/manifest.hpp"

namespace treino::manifest {

/// What is asked of the manifest of a run's folder, which is read again when the run continues or its model is used.
struct Reuse {
  bool data_files = true;  // the files of [data] have to be there
  bool optimizer = true;   // [optimizer] has to be there
  // True: a program that has a training loop of its own reads it for the plugins round that. [data], [model], [optimizer] and [loss]
  // are the program's, and may not be there.
  bool own_loop = false;
  // A program hands over these data in memory: what [data] says of a file for them is not looked at, but for the kind of the
  // target, names of classes, a sample's shape, missing values, and what is split off.
  struct InMemory {
    bool train = false, validation = false, test = false;
  } in_memory;
  // False: where plugins lie is the user's business (--set, --plugin-path), not that of a folder that may come from anywhere: the
  // file's own path and allow_unsafe_paths of [plugins] are not followed.
  bool trusted = true;
  // The file is one that a run's folder keeps, perhaps of an older release: keys that have been renamed since are taken.
  bool recorded = false;
  // True for a section of a kind that may have several, such as [[metric]], that is not needed: it is as if it were not there, also
  // in others' `after` and `before`. Empty: all are needed.
  std::function<bool(Kind, const Table&)> leaves_out;
};

/// Reads `file`, applies `--set key=value` (value as TOML, or a bare string; dotted keys; `callback.0.patience` and
/// `callback.early_stopping.patience` reach into lists by number or instance name), replaces ${NAME} in strings, checks
/// everything that needs no plugin. Faults are added, not thrown, so that more can be found; the result is then as complete as
/// could be. Syntax errors of TOML are one fault with its place.
Manifest read(const std::filesystem::path& file, const std::vector<std::string>& settings, Faults& faults,
              const Reuse& reuse = {});

/// The same from a text. `file` names it in faults, and paths in it are relative to that file's folder.
Manifest read_text(const std::string& text, const std::filesystem::path& file, const std::vector<std::string>& settings,
                   Faults& faults, const Reuse& reuse = {});

}  // namespace treino::manifest
