// Whether somebody else could put another file in the place of one that is to be loaded.
#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace treino::host {

/// Why strangers could have written the file, or could replace it, in one line; empty where they could not. Looks at the file, and
/// at every folder and link on the way to it: whoever may write one of the folders may rename what is in it, unless its sticky bit
/// is set (as on /tmp). `status` are of the open file.
std::string unsafety_of(const struct stat& status, const std::filesystem::path& path);

}  // namespace treino::host
