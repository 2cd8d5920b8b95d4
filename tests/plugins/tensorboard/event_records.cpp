// Event files are read back with a reader of the tests' own, by the format's description.
#include "plugins/tensorboard/event_records.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "support/temporary_folder.hpp"

namespace treino::test {

namespace fs = std::filesystem;

namespace {

std::uint64_t little_endian(const std::string& bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  return value;
}

/// TFRecord stores a checksum turned right by 15 bits, plus a constant.
bool is_checksum(std::uint64_t stored, const std::string& bytes) {
  const std::uint32_t turned = static_cast<std::uint32_t>(stored) - 0xa282ead8u;
  return (turned >> 17 | turned << 15) == crc32c_bit_by_bit(bytes);
}

}  // namespace

std::uint32_t crc32c_bit_by_bit(const std::string& bytes) {
  std::uint32_t remainder = 0xFFFFFFFF;
  for (const char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const std::uint32_t differs = (remainder ^ static_cast<std::uint32_t>(static_cast<unsigned char>(byte) >> bit)) & 1;
      remainder = remainder >> 1 ^ (differs != 0 ? 0x82F63B78u : 0);
    }
  return ~remainder;
}

std::vector<std::string> records_of(const fs::path& file) {
  const std::string bytes = read_text(file);
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto fail = [&](const char* what) {
      throw std::runtime_error(file.string() + ", byte " + std::to_string(at) + ": " + what);
    };
    if (bytes.size() - at < 12) fail("ends within a record's head");
    const std::uint64_t length = little_endian(bytes, at, 8);
    if (!is_checksum(little_endian(bytes, at + 8, 4), bytes.substr(at, 8))) fail("the length's checksum differs");
    if (bytes.size() - at < 16 || bytes.size() - at - 16 < length) fail("ends within a record");
    records.push_back(bytes.substr(at + 12, length));
    if (!is_checksum(little_endian(bytes, at + 12 + length, 4), records.back())) fail("the record's checksum differs");
    at += 16 + length;
  }
  return records;
}

std::string decoded(const std::string& bytes, const std::string& type) {
  const TemporaryFolder folder;
  write_text(folder / "message", bytes);
  const std::string command =
      std::string("protoc --decode=") + type + " --proto_path=" TENSORBOARD_TESTS " public_events.proto < message";
  const Finished finished = run_process({{"bash", "-c", command}, folder.path(), {}, std::chrono::minutes(1)});
  if (finished.exit_code != 0) throw std::runtime_error("protoc: " + finished.error);
  return finished.output;
}

std::string field(const std::string& text, const std::string& name) {
  std::size_t at = 0;
  for (; (at = text.find(name + ": ", at)) != std::string::npos; ++at)
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n') break;
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 2;
  std::string value = text.substr(begin, text.find('\n', begin) - begin);
  if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
  return value;
}

std::string unescaped(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (const char letter = text[++i]; letter >= '0' && letter <= '7') {
      bytes += static_cast<char>(std::stoi(text.substr(i, 3), nullptr, 8));
      i += 2;
    } else {
      bytes += letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter == 't' ? '\t' : letter;
    }
  }
  return bytes;
}

std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void wait_for_epochs(Process& process, const fs::path& run, std::size_t epochs) {
  const auto ended = [&] {
    if (!fs::exists(run / "log.jsonl") || !fs::exists(run / "manifest.toml")) return false;
    const std::string log = read_text(run / "log.jsonl");
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("\"type\":\"epoch\"", at)) != std::string::npos; ++at) ++count;
    return count >= epochs;
  };
  while (process.running() && !ended()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

std::map<std::string, std::vector<Value>> values_in(const fs::path& folder) {
  std::map<std::string, std::vector<Value>> values;
  for (const fs::path& file : event_files(folder))
    for (const std::string& record : records_of(file)) {
      const std::string event = decoded(record);
      const std::string step = field(event.substr(0, event.find("summary {")), "step");
      for (std::size_t at = event.find("  value {\n"); at != std::string::npos;) {
        const std::size_t next = event.find("\n  value {\n", at);
        const std::string text = event.substr(at, next == std::string::npos ? next : next - at);
        values[field(text, "tag")].push_back({step.empty() ? 0 : std::stoll(step), text});
        at = next == std::string::npos ? next : next + 1;
      }
    }
  return values;
}

}  // namespace treino::test
