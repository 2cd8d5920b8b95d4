// Which plugins there are, found out without running any of them.
#pragma once
#include <filesystem>
#include <vector>

#include "host/library/candidate.hpp"
#include "host/library/search_path.hpp"

namespace treino::host {

/// All `*.so` files of the folders and of their sub-folders for each kind, such as callbacks and losses (built-in plugins lie in
/// these, since a loss and a metric may share a name; a dropped-in one may lie in either), sorted by folder and then name. Never
/// blocks (FIFOs, devices), never crashes on bad files, reads each file once and at most 256 MiB of it. A folder that does not
/// exist is no error; one that cannot be read is a Candidate with a refusal. Of components of the same kind and id the first in
/// search order is meant, and hides the others; within the installation, the plugin that came with the program (losses/mse.so) is.
/// Two in one folder are refused, each naming the other - unless the bytes are the same.
std::vector<Candidate> find_plugins(const FinderOptions& options);
/// One file, by the same rules.
Candidate inspect(const std::filesystem::path& path, bool allow_unsafe_paths);
/// inspect(), with the bytes kept in the candidate for load().
Candidate inspect_and_keep(const std::filesystem::path& path, bool allow_unsafe_paths);

}  // namespace treino::host
