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
struct Glance {
  bool certain = true;
  std::vector<ComponentName> names;
};

/// Never blocks, never throws but for want of memory: what inspect() would refuse to read holds nothing.
Glance glance_at(const std::filesystem::path& path);
/// The same for the first bytes of a file of `size`.
Glance glance_at(std::span<const std::byte> head, std::uint64_t size);

}  // namespace treino::host
