// zlib reads through what is not compressed.
#include "data/file_head.hpp"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>

#include "base/file.hpp"

namespace treino::data {

std::optional<std::string> file_head(const std::filesystem::path& path) {
  base::OpenedFile opened = base::open_regular(path);
  if (!opened) return std::nullopt;
  gzFile file = gzdopen(opened.descriptor.get(), "rb");
  if (file == nullptr) return std::nullopt;
  opened.descriptor.release();  // gzclose() closes it
  std::string head(16, '\0');
  const int got = gzread(file, head.data(), static_cast<unsigned>(head.size()));
  gzclose(file);
  head.resize(static_cast<std::size_t>(std::max(got, 0)));
  return head;
}

std::string odd_kind_of(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 ? "" : base::odd_kind(status.st_mode);
}

}  // namespace treino::data
