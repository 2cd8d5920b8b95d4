// What lies beside images, notes and thumbnails, is passed over; but images of a format that is not read are not.
#include "image_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <stdexcept>

#include "shared/readers/csv_scanner.hpp"
#include "shared/readers/message.hpp"

namespace treino::readers {

namespace {

namespace fs = std::filesystem;

std::string ending_of(const std::string& name) {
  std::string ending = fs::path(name).extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending;
}

template <std::size_t n>
bool is_one_of(const std::string& ending, const std::array<const char*, n>& endings) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

[[noreturn]] void fail(const std::string& path, const std::string& what) { throw std::runtime_error(path + ": " + what); }

/// As fs::path compares: a folder's files are together, whatever other names begin with its own.
template <class Iterator>
std::vector<fs::path> sorted_entries(const std::string& root, const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (Iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) entries.push_back(entry->path());
  if (error) fail(root, fmt::format("{} cannot be listed: {}", folder.string(), error.message()));
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<std::string> images_below(const std::string& root, const fs::path& folder) {
  std::vector<std::string> images;
  constexpr std::array others{".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif", ".heic", ".jp2", ".jxl", ".ppm", ".pgm"};
  for (const fs::path& path : sorted_entries<fs::recursive_directory_iterator>(root, folder)) {
    std::error_code ignored;
    if (is_hidden(path) || fs::is_directory(path, ignored)) continue;
    const std::string name = path.string();
    if (is_one_of(ending_of(name), others)) fail(name, "expected PNG or JPEG images");
    if (is_image_name(name)) images.push_back(name);
  }
  if (images.size() > std::numeric_limits<std::uint32_t>::max()) fail(root, "more samples than 32 bits can number");
  return images;
}

}  // namespace

bool is_image_name(const std::string& name) {
  constexpr std::array endings{".png", ".jpg", ".jpeg"};
  return is_one_of(ending_of(name), endings);
}

ImageList list_folder(const std::string& path, bool targets) {
  ImageList list;
  if (!targets) {
    list.paths = images_below(path, path);
    if (list.paths.empty()) fail(path, "no PNG or JPEG image in this folder or below it");
    return list;
  }
  list.columns.emplace_back("class");
  for (const fs::path& entry : sorted_entries<fs::directory_iterator>(path, path)) {
    if (is_hidden(entry)) continue;
    std::error_code ignored;
    const std::string name = entry.filename().string();
    if (!fs::is_directory(entry, ignored)) {
      if (is_image_name(name)) fail(path, fmt::format("{} lies in no class's folder", in_quotes(name)));
      continue;
    }
    if (!is_utf8(name)) fail(path, fmt::format("the name of the class {} is no UTF-8 text", in_quotes(name)));
    std::vector<std::string> images = images_below(path, entry);
    if (images.empty()) fail(entry.string(), "a class without a PNG or JPEG image");
    list.texts.insert(list.texts.end(), images.size(), name);
    std::move(images.begin(), images.end(), std::back_inserter(list.paths));
  }
  if (list.paths.empty()) fail(path, "expected a folder for each class, with PNG or JPEG images in it");
  return list;
}

ImageList list_csv(const std::string& path) {
  ImageList list;
  CsvScanner scanner(open_bytes(std::make_shared<const InputFile>(path)), path, ',');
  const fs::path folder = fs::path(path).parent_path();
  std::vector<std::string> row;
  for (bool first = true; scanner.next_record(); first = false) {
    const std::int64_t line = scanner.line();
    row.clear();
    while (scanner.more_fields()) {
      row.emplace_back(scanner.text());
      if (!is_utf8(row.back())) scanner.fail("no UTF-8 text");
    }
    if (first) {
      const bool header = !is_image_name(row.front());
      for (std::size_t i = 1; i < row.size(); ++i) list.columns.push_back(header ? row[i] : "");
      if (header) continue;
    }
    if (row.size() != list.columns.size() + 1)
      scanner.fail_at(line, static_cast<std::int64_t>(row.size()),
                      fmt::format("expected {} fields, found {}", list.columns.size() + 1, row.size()));
    if (row.front().empty()) scanner.fail_at(line, 1, "expected the path of an image, found none");
    if (row.front().find('\0') != std::string::npos) scanner.fail_at(line, 1, "a NUL byte in the path of an image");
    list.paths.push_back((folder / row.front()).string());
    list.places.push_back(fmt::format("{}:{}", path, line));
    std::move(row.begin() + 1, row.end(), std::back_inserter(list.texts));
  }
  if (list.paths.empty()) fail(path, "no paths of images in it; expected one in the first field of each line");
  return list;
}

}  // namespace treino::readers
