// One row an epoch of all the run's numbers, in a CSV file (RFC 4180) that is whole at every instant and the same after kill and
// resume. Name and parameters are Keras'. Prints
//   epoch,loss,accuracy,val_loss
//   0,0.6931471805599453,0.5,0.7
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <treino/callback.hpp>
#include <treino/monitor.hpp>

namespace {

using treino::Moment;
using Record = std::vector<std::string>;

[[noreturn]] void fail(const std::string& path) { throw std::runtime_error(path + ": " + std::strerror(errno)); }

/// Bytes on their way to the disk; closed at the end, durable only after sync().
class File {
 public:
  File(const std::string& path, int flags) : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail(path);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(descriptor_); }

  void write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
      if (count < 0 && errno != EINTR) fail(path_);
      if (count > 0) done += static_cast<std::size_t>(count);
    }
  }
  void sync() {
    if (::fsync(descriptor_) != 0) fail(path_);
  }
  std::int64_t size() const {
    struct stat facts {};
    return ::fstat(descriptor_, &facts) == 0 ? facts.st_size : 0;
  }
  void cut(std::int64_t size) {
    if (::ftruncate(descriptor_, size) != 0) fail(path_);
  }

 private:
  std::string path_;
  int descriptor_;
};

/// The whole file at once: whoever looks sees the old one or the new one.
void replace(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  {
    File file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(text);
    file.sync();
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) fail(path);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  File(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY).sync();
}

/// A row at the end; a half-written one is taken back.
void append(const std::string& path, const std::string& text) {
  File file(path, O_WRONLY | O_APPEND);
  const std::int64_t size = file.size();
  try {
    file.write(text);
  } catch (...) {
    file.cut(size);
    throw;
  }
  file.sync();
}

std::string line(const Record& record, char separator) {
  std::string text;
  for (const std::string& field : record) {
    if (&field != &record.front()) text += separator;
    if (field.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) {
      text += field;
      continue;
    }
    text += '"';
    for (const char letter : field) text += letter == '"' ? std::string(2, '"') : std::string(1, letter);
    text += '"';
  }
  return text + '\n';
}

/// Every record that a line's end completes, and one more where `text` does not end with it.
std::vector<Record> parse(const std::string& text, char separator) {
  std::vector<Record> records;
  Record record(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted && letter == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      record.back() += text[++i];
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (!quoted && letter == separator) {
      record.emplace_back();
    } else if (!quoted && letter == '\n') {
      records.push_back(std::exchange(record, Record(1)));
    } else if (quoted || letter != '\r') {
      record.back() += letter;
    }
  }
  if (record.size() > 1 || !record.front().empty()) records.push_back(record);
  return records;
}

class CsvLogger final : public treino::Callback {
 public:
  explicit CsvLogger(const treino::Setup& setup)
      : Callback(setup), path_(setup.get<std::string>("filename")), append_(setup.get<bool>("append")) {
    const auto separator = setup.get<std::string>("separator");
    if (separator.size() != 1 || separator.find_first_of("\"\r\n") != std::string::npos)
      throw std::invalid_argument("separator must be one ASCII character, and neither a quotation mark nor the end of a line");
    separator_ = loaded_separator_ = separator.front();
  }

  void on_run_begin(const Moment& moment) override {
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
    const bool there = std::filesystem::exists(path_);
    if (moment.resumed != 0 && loaded_) return go_on(there);
    if (there && (append_ || moment.resumed != 0)) return join();
    replace(path_, "");
  }

  void on_epoch_end(const Moment& moment) override {
    if (moment.outcome == TREINO_RUN_FAILED) return;
    Record row(columns_.size());
    const std::size_t width = columns_.size();
    put(row, "epoch", std::to_string(moment.epoch));
    for (treino::Number number = 0; number < host().number_count(); ++number)
      if (const auto value = host().value(number); value && host().name(number) != "epoch")
        put(row, host().name(number), treino::exact_text(*value));
    if (columns_.size() == width)
      append(path_, line(row, separator_));
    else
      widen(row);
    ++rows_;
  }

  void save(treino::Writer& writer) const override {
    writer.write(rows_);
    writer.write(columns_);
    writer.write(separator_);
  }

  void load(treino::Reader& reader, std::uint32_t) override {
    const auto rows = reader.get<std::uint64_t>();
    Record columns;
    reader.read(columns);
    const char separator = reader.get<char>();
    reader.finish();
    rows_ = rows;
    columns_ = std::move(columns);
    loaded_separator_ = separator;
    loaded_ = true;
  }

 private:
  void put(Record& row, const std::string& name, std::string text) {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    const auto at = static_cast<std::size_t>(found - columns_.begin());
    if (found == columns_.end()) {
      columns_.push_back(name);
      row.emplace_back();
    }
    row[at] = std::move(text);
  }

  /// Adds `row`, which has columns that the file lacks.
  void widen(const Record& row) {
    std::vector<Record> records = read(separator_);
    if (records.empty()) records.emplace_back();
    records.front() = columns_;
    records.push_back(row);
    write(std::move(records));
  }

  /// After a resume: the rows that the saved state knows of, in its columns; those of epochs that will run again go.
  void go_on(bool there) {
    if (!there) {
      if (rows_ > 0) host().warn(path_ + " is gone; it begins anew");
      rows_ = 0;
      columns_.clear();
      return replace(path_, "");
    }
    std::vector<Record> records = read(loaded_separator_);
    const std::uint64_t found = records.empty() ? 0 : records.size() - 1;
    if (found < rows_)
      host().warn(path_ + " has lost rows: " + std::to_string(found) + " of " + std::to_string(rows_) + " are there");
    rows_ = std::min(rows_, found);
    if (records.empty()) return;
    records.resize(static_cast<std::size_t>(rows_) + 1);
    select(records);
    write(std::move(records));
  }

  /// Reduces records, the header first, to columns_.
  void select(std::vector<Record>& records) const {
    const Record header = records.front();
    for (Record& record : records) {
      Record selected;
      for (const std::string& name : columns_) {
        const auto at = static_cast<std::size_t>(std::find(header.begin(), header.end(), name) - header.begin());
        selected.push_back(at < record.size() ? record[at] : "");
      }
      record = std::move(selected);
    }
    records.front() = columns_;
  }

  /// Takes up the file of an earlier run.
  void join() {
    std::vector<Record> records = read(separator_);
    if (records.empty()) return replace(path_, "");
    columns_ = records.front();
    rows_ = records.size() - 1;
    File probe(path_, O_WRONLY | O_APPEND);
    if (!ends_with_line_) write(std::move(records));
  }

  std::vector<Record> read(char separator) {
    std::ifstream file(path_, std::ios::binary);
    if (!file) throw std::runtime_error(path_ + ": cannot be read");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    ends_with_line_ = text.empty() || text.back() == '\n';
    return parse(text, separator);
  }

  /// Short records are filled up.
  void write(std::vector<Record> records) {
    std::string text;
    for (Record& record : records) {
      record.resize(std::max(record.size(), columns_.size()));
      text += line(record, separator_);
    }
    replace(path_, columns_.empty() ? "" : text);
  }

  std::string path_;
  bool append_;
  char separator_ = ',', loaded_separator_ = ',';

  Record columns_;          // of the file; empty before the first row
  std::uint64_t rows_ = 0;  // in the file, the header not counted
  bool loaded_ = false, ends_with_line_ = true;
};

}  // namespace

TREINO_PLUGIN(CsvLogger, R"toml(
kind = "callback"
id = "csv_logger"
version = "1.0.0"
summary = "one row of numbers an epoch in a CSV file"
phase = "report"
events = ["run_begin", "epoch_end"]
help = """
Columns: epoch (from 0), then the numbers that have a value, in the run's order; one that has its first value later becomes the last
column and is empty before. Numbers are written with the fewest digits that read back as the same number; NaN as nan. Quoting follows
RFC 4180; lines end with a line feed.
The row is on the disk (fsync) when the epoch ends; that is done on the training thread and takes the time of one small write. A new
column rewrites the file beside the old one and exchanges the two.
append = true joins the columns of an existing file by name. On resume rows of epochs that run again are replaced, others stay.
An epoch that was cut short has a row too (and, after a resume, the right one); one in which the run failed has none.
State: how many rows the file has, its columns and separator.
"""

[parameters.filename]
type = "output"
required = true
doc = "the file; folders on the way are made"

[parameters.separator]
type = "string"
default = ","
doc = "one character between fields"

[parameters.append]
type = "bool"
default = false
doc = "add to a file that is there already instead of replacing it"
)toml")
