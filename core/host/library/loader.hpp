// From a file that was found to code that can be called.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"

namespace treino::host {

/// The text names the library.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Loads (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE, through Boost.DLL) the very bytes that were inspected: those that the candidate
/// kept in a sealed memory file, or else the file is copied to one, hashed, and compared with the candidate's hash. So a file
/// replaced under a long run changes nothing. Checks: descriptions equal the note's, functions present, `events` of the
/// description equal the mask, sizes sane. The floating-point mode is restored and a library that changed it (-ffast-math
/// start-up code) is named in `warnings`. Throws LoadError. Loading the same hash twice gives the same components.
std::vector<std::shared_ptr<const Component>> load(const Candidate& candidate, std::vector<std::string>& warnings);

}  // namespace treino::host
