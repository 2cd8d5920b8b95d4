// The file of one pass, which is whole or not there.
#pragma once
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/replaced_file.hpp>

namespace csv_writer {

/// Removed where the pass does not come to its end.
class Output {
 public:
  /// A new file gets its name at the end; one that is added to is cut back where the pass fails.
  Output(const std::filesystem::path& path, bool add) : path_(path.string()) {
    if (add && std::filesystem::exists(path)) {
      added_.emplace(path_, O_RDWR | O_APPEND);
      before_ = added_->size();
    } else {
      fresh_.emplace(path_);
    }
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (finished_ || !added_) return;
    try {
      added_->cut(before_);
    } catch (const std::exception&) {  // what made the pass fail has been said
    }
  }
  void begin(const std::string& header) {
    if (before_ == 0) return write(header);
    if (added_->read(0, header.size()) != header)
      throw std::runtime_error(path_ + ": has other columns than the rows that are to be added; its first line should be " +
                               header.substr(0, header.size() - 1));
  }
  void write(const std::string& text) { added_ ? added_->write(text) : fresh_->write(text); }
  void finish() {
    added_ ? added_->sync() : fresh_->put_in_place();
    finished_ = true;
  }

 private:
  std::string path_;
  std::optional<treino::Replacement> fresh_;  // one of the two
  std::optional<treino::DurableFile> added_;
  std::uint64_t before_ = 0;
  bool finished_ = false;
};

}  // namespace csv_writer
