// Where the texts of failed system calls are put together, so that all of them read alike.
#include "store/store_error.hpp"

#include <fmt/format.h>

#include <system_error>

namespace treino::store {

void fail(const std::filesystem::path& path, std::string_view what, int error) {
  throw StoreError(fmt::format("{}: {}: {}", path.string(), what, std::generic_category().message(error)));
}

}  // namespace treino::store
