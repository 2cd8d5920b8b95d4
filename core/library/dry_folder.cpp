// $TMPDIR, or /tmp.
#include "library/dry_folder.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace treino::library {

DryFolder::DryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "treino-dry-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": " + std::strerror(errno));
  path_ = pattern;
}

DryFolder::~DryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace treino::library
