// Values that remember where they stood, and faults that say so. Everything of core that reads a manifest speaks in these.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace treino::manifest {

/// Where a value stood; line 0: nowhere in a file (a default, or --set, which `file` then names).
struct Location {
  std::string file;
  std::uint32_t line = 0, column = 0;
};
std::string to_text(const Location& location);  // "train.toml:14:1", "--set run.epochs=3", ""

struct Value;
using List = std::vector<Value>;
struct Entry;
/// In the order of the file.
using Table = std::vector<Entry>;

struct Value {
  std::variant<bool, std::int64_t, double, std::string, List, Table> data;
  Location location;
  bool secret = false;     // came out of ${...}: is never written to a log or a run folder
  std::string original{};  // of a secret: the text with the ${...} in it, which is shown and written instead

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  const char* type_name() const;  // "an integer", "a string", ...
};

struct Entry {
  std::string key;
  Location location;  // of the key
  Value value;
};

const Value* find(const Table& table, std::string_view key);

struct Fault {
  Location location;
  std::string text;
};
std::string to_text(
    const Fault& fault);  // "train.toml:14:1: early_stopping has no parameter 'patence'. Did you mean 'patience'? ..."

/// Collects; nothing is thrown before everything has been looked at.
class Faults {
 public:
  void add(const Location& location, std::string text) { faults_.push_back({location, std::move(text)}); }
  bool empty() const { return faults_.empty(); }
  /// In the order of file, line and column; those of no place last.
  std::vector<Fault> sorted() const;

 private:
  std::vector<Fault> faults_;
};

/// What the user gave cannot be used; the faults say why, one per line in what().
class ManifestError : public std::runtime_error {
 public:
  explicit ManifestError(const Faults& faults);
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  std::vector<Fault> faults_;
};

}  // namespace treino::manifest
