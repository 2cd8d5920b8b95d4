// A file's name says its format, or else its first bytes do.
#include "data/formats/file_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "data/dataset.hpp"
#include "data/formats/byte_source.hpp"
#include "data/formats/message.hpp"

namespace treino::data {

namespace {

const std::vector<std::string>& formats() {
  static const std::vector<std::string> names = {"csv", "idx", "npy", "npz"};
  return names;
}

std::string format_from_name(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  for (const std::string& format : formats()) {
    if (name.ends_with("." + format)) return format;
  }
  // MNIST's own names: train-images-idx3-ubyte.
  return name.ends_with("-ubyte") && name.find("idx") != std::string::npos ? "idx" : "";
}

std::string format_from_content(const std::filesystem::path& path) {
  std::array<char, 4> head{};
  const std::size_t got = open_bytes(std::make_shared<InputFile>(path))->read(head);
  const std::string_view text(head.data(), got);
  if (text == "\x93NUM") return "npy";
  if (text == "PK\x03\x04") return "npz";
  return got == 4 && head[0] == 0 && head[1] == 0 ? "idx" : "csv";
}

}  // namespace

std::string format_of(const std::filesystem::path& path, const std::string& told) {
  if (!told.empty()) {
    if (std::find(formats().begin(), formats().end(), told) != formats().end()) return told;
    throw DataError(fmt::format("{}: no format {}.{} It may be: {}", path.string(), in_quotes(told),
                                nearest_hint(told, formats()), listed(formats())));
  }
  const std::string format = format_from_name(path);
  return format.empty() ? format_from_content(path) : format;
}

}  // namespace treino::data
