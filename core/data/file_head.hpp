// How a file begins, whatever it is packed in: that tells its format where its name does not.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace treino::data {

/// The first bytes, 16 or fewer, inflated where they are gzip's. Nothing where there is no regular file that can be read.
std::optional<std::string> file_head(const std::filesystem::path& path);
/// "a folder", "a FIFO" or what else is there in place of a regular file; "" where there is one, or nothing.
std::string odd_kind_of(const std::filesystem::path& path);

}  // namespace treino::data
