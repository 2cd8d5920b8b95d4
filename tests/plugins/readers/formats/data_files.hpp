// Files for the tests of readers, written as bytes.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/dataset.hpp"
#include "manifest/value.hpp"
#include "support/data_fault.hpp"
#include "support/temporary_folder.hpp"
#include "support/test_source.hpp"

namespace treino::test {

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot open " + path.string());
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// zlib's windowBits: 31 for gzip, -15 for a zip member.
inline std::string deflated(const std::string& bytes, int window_bits = 31) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string result(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

inline std::string big_endian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16), static_cast<char>(number >> 8),
          static_cast<char>(number)};
}

inline std::string idx(unsigned char type, const std::vector<std::uint32_t>& shape, const std::string& elements) {
  std::string bytes{0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) bytes += big_endian(size);
  return bytes + elements;
}

/// A file in a folder of its own, and the source that reads it.
struct TestFile {
  TestFile(const std::string& name, const std::string& bytes) {
    write_file(folder / name, bytes);
    source.file = folder / name;
  }
  data::Dataset read() const { return test::read(source); }

  /// The text of the DataError that reading ends with, from the file's name on, without its folder; empty: none.
  std::string fault() const {
    return fault_of([&] { test::read(source); });
  }

  template <class Action>
  std::string fault_of(Action action) const {
    try {
      action();
    } catch (const data::DataError& error) {
      return without_folder(error.what());
    } catch (const manifest::ManifestError& error) {
      return without_folder(error.what());
    }
    return "";
  }
  std::string without_folder(std::string text) const {
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  TemporaryFolder folder;
  TestSource source;
};

}  // namespace treino::test
