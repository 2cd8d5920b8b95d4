// Where the texts of failed system calls are put together, so that all of them read alike.
#include "store/store_error.hpp"

#include <fmt/format.h>

#include "base/file.hpp"

namespace treino::store {

void fail(const std::filesystem::path& path, std::string_view what, int error) {
  throw StoreError(fmt::format("{}: {}: {}", path.string(), what, base::reason_of(error)));
}

}  // namespace treino::store
