// Texts on their way to somebody who may not answer now: kept in a file that survives kill -9, each delivered once however often
// the run is cut off and continues.
#pragma once
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/state.hpp>

namespace treino {
inline namespace sdk0 {

/// Where in the run a text belongs; a later place compares greater.
using Place = std::array<std::uint64_t, 3>;

/// A text with the place in the run that it belongs to; without one it is sent whenever it is composed.
struct Letter {
  std::string text;
  std::optional<Place> place;
};

/// Every function may be called from any thread.
///
/// The file is a sequence of records, each with its length and hash: a text that was added, the number of one that was delivered,
/// or, at the beginning, how far it had all come. Where the last record is not whole (the process was killed writing it), it is
/// cut off.
class Spool {
 public:
  struct Entry {
    std::uint64_t number;  // from 0, in the order of adding
    std::string text;
  };

  /// Reads what is there. Throws std::runtime_error where the file cannot be opened or is not a spool.
  explicit Spool(std::string path) : path_(std::move(path)), file_(open()) {
    if (read()) tidy();
  }

  /// Keeps texts durably, with one sync for all. One with a place is left out where a text of this place or a later one was added
  /// before, that is, where a part of the run is done again. Returns how many were taken. Throws where they cannot be written:
  /// then they are kept in memory alone.
  std::size_t add(const std::vector<Letter>& letters) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string bytes;
    std::map<std::uint64_t, Pending> added;
    for (const Letter& letter : letters) {
      if (letter.place && last_ && *letter.place <= *last_) continue;
      if (letter.place) last_ = letter.place;
      const std::uint64_t number = next_++;
      pending_[number] = {0, 0, letter.text};
      const std::string one = text_record_of(number, letter);
      added[number] = {bytes.size(), one.size(), ""};
      bytes += one;
    }
    if (added.empty()) return 0;
    const std::uint64_t offset = file_.size();
    file_.append(bytes);
    for (auto& [number, pending] : added) {
      pending.offset += offset;
      pending_[number] = std::move(pending);
    }
    return added.size();
  }

  /// Never sent again. Not synced: after a power cut (not a kill) it may be.
  void delivered(std::uint64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_.erase(number);
    const std::string bytes = record(delivered_record, [&](Writer& writer) { writer.write(number); });
    const std::uint64_t before = file_.size();
    file_.append(bytes, false);
    if (pending_.empty() && before > (std::uint64_t{1} << 20)) rewrite();
  }

  /// The oldest undelivered text with at least this number.
  std::optional<Entry> next(std::uint64_t number = 0) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = pending_.lower_bound(number);
    if (found == pending_.end()) return std::nullopt;
    return Entry{found->first, text_of(found->second)};
  }
  std::size_t size() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pending_.size();
  }
  /// How many are in memory alone, because the file could not be written.
  std::size_t unkept() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::size_t count = 0;
    for (const auto& one : pending_) count += one.second.size == 0 ? 1 : 0;
    return count;
  }
  /// Rewrites the file without what has been delivered, and with what it lacks.
  void tidy() {
    const std::lock_guard<std::mutex> lock(mutex_);
    rewrite();
  }
  const std::string& path() const { return path_; }

 private:
  enum Kind : std::uint8_t { state_record = 0, text_record = 1, delivered_record = 2 };
  struct Pending {
    std::uint64_t offset;  // of the record in the file
    std::size_t size;      // of it; 0: not in the file
    std::string text;      // where it is not in the file
  };
  struct Head {
    char magic[8] = {'T', 'r', 'S', 'p', 'o', 'o', 'l', '1'};
    std::uint64_t size = 0;
    std::uint64_t hash = 0;
  };

  template <class Body>
  static std::string record(Kind kind, Body&& body) {
    Writer writer;
    writer.write(kind);
    body(writer);
    Head head;
    head.size = writer.bytes().size();
    head.hash = detail::hash(writer.bytes().data(), writer.bytes().size());
    std::string bytes(sizeof head, '\0');
    std::memcpy(bytes.data(), &head, sizeof head);
    return bytes.append(reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size());
  }
  static std::string text_record_of(std::uint64_t number, const Letter& letter) {
    return record(text_record, [&](Writer& writer) {
      writer.write(number);
      write_place(writer, letter.place);
      writer.write(letter.text);
    });
  }
  static void write_place(Writer& writer, const std::optional<Place>& place) {
    writer.write(place.has_value());
    for (const std::uint64_t part : place.value_or(Place{})) writer.write(part);
  }
  static std::optional<Place> read_place(Reader& reader) {
    const bool present = reader.get<bool>();
    Place place{};
    for (std::uint64_t& part : place) reader.read(part);
    return present ? std::optional<Place>(place) : std::nullopt;
  }

  DurableFile open() const { return DurableFile(path_, O_RDWR | O_CREAT | O_APPEND); }

  /// Whether there is anything that tidy() would leave out.
  bool read() {
    const std::string bytes = file_.read(0, static_cast<std::size_t>(file_.size()));
    const Head expected;
    const std::size_t known = std::min(bytes.size(), sizeof expected.magic);
    if (std::memcmp(bytes.data(), expected.magic, known) != 0)
      throw std::runtime_error(path_ + ": is there already and holds something else than undelivered texts");
    bool waste = false;
    std::size_t at = 0;
    for (Head head; at + sizeof head <= bytes.size(); at += sizeof head + static_cast<std::size_t>(head.size)) {
      std::memcpy(&head, bytes.data() + at, sizeof head);
      const auto* body = reinterpret_cast<const unsigned char*>(bytes.data()) + at + sizeof head;
      const std::size_t left = bytes.size() - at - sizeof head;
      if (std::memcmp(head.magic, expected.magic, sizeof head.magic) != 0 || head.size > left) break;
      const auto size = static_cast<std::size_t>(head.size);
      if (detail::hash(body, size) != head.hash) break;
      Reader reader(body, size);
      waste = take(reader, at, sizeof head + size) || waste;
    }
    if (at == bytes.size()) return waste;
    file_.cut(at);
    return true;
  }

  /// Returns whether the record is one that tidy() leaves out.
  bool take(Reader& reader, std::uint64_t offset, std::size_t size) {
    const Kind kind = reader.get<Kind>();
    const auto number = reader.get<std::uint64_t>();
    if (kind == delivered_record) return pending_.erase(number), true;
    const auto place = read_place(reader);
    if (place) last_ = place;
    if (kind == state_record) return next_ = number, false;
    next_ = number + 1;
    pending_[number] = {offset, size, ""};
    return false;
  }

  std::string text_of(const Pending& pending) const {
    if (pending.size == 0) return pending.text;
    const std::string bytes = file_.read(pending.offset, pending.size);
    if (bytes.size() != pending.size) throw std::runtime_error(path_ + ": has become shorter");
    Reader reader(reinterpret_cast<const unsigned char*>(bytes.data()) + sizeof(Head), bytes.size() - sizeof(Head));
    reader.get<Kind>();
    reader.get<std::uint64_t>();
    read_place(reader);
    return reader.get<std::string>();
  }

  /// The texts, then how far it had all come: their places come after that.
  void rewrite() {
    std::string bytes;
    std::map<std::uint64_t, Pending> moved;
    for (const auto& [number, pending] : pending_) {
      const std::string text = text_of(pending);
      const std::string one = text_record_of(number, {text, std::nullopt});
      moved[number] = {bytes.size(), one.size(), ""};
      bytes += one;
    }
    bytes += record(state_record, [&](Writer& writer) {
      writer.write(next_);
      write_place(writer, last_);
    });
    replace_file(path_, bytes);
    file_ = open();
    pending_ = std::move(moved);
  }

  const std::string path_;
  mutable std::mutex mutex_;
  DurableFile file_;
  std::map<std::uint64_t, Pending> pending_;  // by number
  std::uint64_t next_ = 0;
  std::optional<Place> last_;
};

}  // namespace sdk0
}  // namespace treino
