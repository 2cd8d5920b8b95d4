// From what a library's tables hold to full-size copies that the host can call through without looking again.
#pragma once
#include <treino/abi.h>

#include <memory>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/component.hpp"

namespace treino::host {

/// Checks and copies the components of a library that has just been loaded; they come in the order of candidate.descriptions.
/// Throws FormatError.
std::vector<std::shared_ptr<const Component>> read_components(const treino_plugin& plugin, const Candidate& candidate);

}  // namespace treino::host
