// A file of a plugins folder as its bytes describe it. Everything between search and loading speaks in these, so that a user can be
// told of every file why it takes part or not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "manifest/description.hpp"

namespace treino::host {

class SealedCopy;

/// What a file in a plugins folder turned out to be. Read from its bytes: nothing of it has run.
struct Candidate {
  std::filesystem::path path;
  std::string refusal;                              // why it is left out, in one line; empty: it can be loaded
  std::vector<manifest::Description> descriptions;  // one per component; may be known although refused
  std::vector<std::string> texts;                   // the TOML of each
  std::uint32_t built_minor = 0, needed_minor = 0;
  std::string sha256;                // of the file, empty where it could not be read
  std::shared_ptr<SealedCopy> copy;  // the bytes that were inspected, where they were kept
  std::size_t folder = 0;            // of those that were searched
  bool installed = false;            // that folder is the program's own
  bool ambiguous = false;            // refused, since another file of the folder holds a component of the same name
  /// One per component: the file that is taken in its place, since it comes first in the search order; empty: this one is meant.
  std::vector<std::filesystem::path> hidden_by;
};

}  // namespace treino::host
