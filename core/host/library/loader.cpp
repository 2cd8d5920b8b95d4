// The bytes that were hashed are the bytes that are loaded; the same hash is loaded once.
#include "host/library/loader.hpp"

#include <map>
#include <mutex>

#include "base/sha256.hpp"
#include "host/library/candidate.hpp"
#include "host/library/component.hpp"
#include "host/library/load_library.hpp"
#include "host/library/load_tables.hpp"

namespace treino::host {
namespace {

using Components = std::vector<std::shared_ptr<const Component>>;

/// Whether the path is safe was asked when the candidate was found; that the bytes are the same is what counts now.
std::shared_ptr<SealedCopy> copy_again(const Candidate& candidate) {
  auto copy = std::make_shared<SealedCopy>(open_library(candidate.path), candidate.path.filename().string());
  if (base::sha256(copy->bytes()) != candidate.sha256) throw FormatError("has changed since it was looked at: start again");
  return copy;
}

Components load_bytes(const Candidate& candidate, std::vector<std::string>& warnings) {
  const std::shared_ptr<SealedCopy> copy = candidate.copy ? candidate.copy : copy_again(candidate);
  const LoadedLibrary library = load_library(*copy, candidate.path);
  if (!library.floating_point_change.empty())
    warnings.push_back(candidate.path.string() + ": changed the floating-point mode when it was loaded (" +
                       library.floating_point_change + "); the mode has been put back");
  return read_components(*library.plugin, candidate);
}

}  // namespace

std::vector<std::shared_ptr<const Component>> load(const Candidate& candidate, std::vector<std::string>& warnings) {
  static std::mutex mutex;
  static auto& loaded = *new std::map<std::string, Components>;  // outlives whatever a plugin does at exit
  const std::lock_guard lock(mutex);
  try {
    if (!candidate.refusal.empty()) throw FormatError(candidate.refusal);
    const auto known = loaded.find(candidate.sha256);
    if (known != loaded.end()) return known->second;
    return loaded.emplace(candidate.sha256, load_bytes(candidate, warnings)).first->second;
  } catch (const FormatError& refusal) {
    throw LoadError(candidate.path.string() + ": " + refusal.what());
  }
}

}  // namespace treino::host
