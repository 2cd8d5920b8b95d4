// What a library says it holds, found out from its first few kilobytes: where a hundred plugins are installed, a run that names
// ten has no business with the rest of the others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace treino::host {

using ComponentName = std::pair<std::string, std::string>;  // kind and id

/// Whatever inspect() finds in the file, it finds no component that is not among the names - or, where the glance is not certain,
/// there is no telling without inspect().
struct Preview {
  bool certain = true;
  std::vector<ComponentName> names;
};

/// Never blocks, never throws but without memory: what inspect() would refuse to read holds nothing.
Preview preview_components(const std::filesystem::path& path);
/// The same for the first bytes of a file of `size`.
Preview preview_components(std::span<const std::byte> head, std::uint64_t size);

}  // namespace treino::host
