// Reading TensorBoard's event files with nothing of Treino's: checksums bit by bit, messages by protoc from the public schema.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/process.hpp"

namespace treino::test {

/// CRC-32C by its definition: division by the polynomial, a bit at a time.
std::uint32_t crc32c_bit_by_bit(const std::string& bytes);

/// The records of a file. Throws std::runtime_error where a length or checksum is wrong, or the file ends within one.
std::vector<std::string> records_of(const std::filesystem::path& file);

/// `bytes` as protoc prints a message of this type, "tensorflow.Event". Throws where it refuses them.
std::string decoded(const std::string& bytes, const std::string& type = "tensorflow.Event");

/// What stands behind "name: " in protoc's text, the quotation marks of strings removed; "" where it is missing.
std::string field(const std::string& text, const std::string& name);
/// The bytes of a string that protoc has escaped.
std::string unescaped(const std::string& text);

/// A value of a summary: the step of its event, and its message as text.
struct Value {
  std::int64_t step;
  std::string text;
};
/// The values of all files in a folder, in the order of their names and records, by tag.
std::map<std::string, std::vector<Value>> values_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

/// Until the run's log tells of the end of that many epochs, or the program has ended.
void wait_for_epochs(Process& process, const std::filesystem::path& run, std::size_t epochs);

}  // namespace treino::test
