// One row per epoch of all the run's scalars, in a CSV file (RFC 4180) that is whole at every instant and the same after kill and
// resume. Name and parameters are Keras'. Prints
//   epoch,loss,accuracy,val_loss
//   0,0.6931471805599453,0.5,0.7
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>
#include <treino/state_version.hpp>
#include <unordered_map>

#include "shared/files/csv.hpp"
#include "shared/files/recorder.hpp"

namespace {

using treino::Event;
using Record = std::vector<std::string>;

/// What an epoch hands over.
struct Row {
  std::uint64_t epoch = 0;
  std::vector<double> values;        // of the run's numbers, in their order
  std::vector<unsigned char> there;  // whether each of them has one
};

constexpr char byte_order_mark[] = "\xEF\xBB\xBF";

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
      : Callback(setup),
        path_(setup.get<std::string>("filename")),
        append_(setup.get<bool>("append")),
        separator_(treino::csv_separator(setup.get<std::string>("separator"), "separator")),
        loaded_separator_(separator_),
        disk_(setup.get<std::string>("sync") == "every_epoch", [this] {
          treino::DurableFile file(path_, O_WRONLY);
          treino::Syncs syncs;
          syncs.add(file);
          syncs.add(entries_);
          syncs.finish();
        }) {}
  /// Where the plugin was put aside with rows that could not be written, they have a last chance here.
  ~CsvLogger() override {
    worker_.reset();
    try {
      flush();
    } catch (const std::exception& failure) {
      host().error(std::string(failure.what()) + "; " + rows_text() + " are lost");
    }
  }

  void on_run_begin(const Event& event) override {
    for (treino::Scalar number = 0; number < host().scalar_count(); ++number) names_.push_back(host().name(number));
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    entries_.make_folder(folder);
    entries_.add(folder);
    const bool there = std::filesystem::exists(path_);
    if (event.resumed != 0 && loaded_)
      go_on(there);
    else if (there && (append_ || event.resumed != 0))
      join();
    else
      treino::begin_file(path_);
    flush();
    treino::Worker<Row>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Row) + names_.size() * (sizeof(double) + 1));
    options.linger = treino::SyncPolicy::linger;
    options.rest = treino::SyncPolicy::rest;
    worker_.emplace(host(), options, [this](Row* first, Row* last) { write(first, last); });
  }

  /// Waits where the worker is too far behind: a row that is not written is a row lost.
  void on_epoch_end(const Event& event) override {
    if (!worker_ || treino::outcome_of(event) == treino::Outcome::failed) return;
    worker_->put([&](Row& row) {
      row.epoch = event.epoch;
      row.values.resize(names_.size());
      row.there.resize(names_.size());
      for (treino::Scalar number = 0; number < names_.size(); ++number) {
        const std::optional<double> value = host().value(number);
        row.there[number] = value ? 1 : 0;
        row.values[number] = value.value_or(0);
      }
    });
    complain();
  }

  void on_run_end(const Event&) override {
    if (!worker_) return;
    worker_->finish();
    flush();  // once more what could not be written before
    disk_.sync();
    worker_->failure();
  }

  /// Waits for the worker: a state that knew of rows which are not on the disk would lose them.
  void save(treino::Writer& writer) const override {
    if (worker_) worker_->flush();
    writer.write(rows_);
    writer.write(columns_);
    writer.write(separator_);
    writer.write(unwritten_);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    const auto rows = reader.get<std::uint64_t>();
    Record columns;
    reader.read(columns);
    const char separator = reader.get<char>();
    std::vector<Record> unwritten;
    reader.read(unwritten);
    reader.finish();
    rows_ = rows;
    columns_ = std::move(columns);
    loaded_separator_ = separator;
    unwritten_ = std::move(unwritten);
    loaded_ = true;
  }

 private:
  // On the worker's thread, and where that waits or has ended:

  void write(const Row* first, const Row* last) {
    if (first == last) return disk_.sync();
    for (const Row* row = first; row != last; ++row) {
      Record& fields = unwritten_.emplace_back(Record{"epoch", std::to_string(row->epoch)});
      for (std::size_t i = 0; i < names_.size(); ++i) {
        if (row->there[i] == 0 || names_[i] == "epoch") continue;
        fields.push_back(names_[i]);
        fields.push_back(treino::exact_text(row->values[i]));
      }
    }
    flush();
  }

  /// Appends what is unwritten; where a column is new, the file is written again. Throws, and then the file is as it was.
  void flush() {
    if (unwritten_.empty()) return;
    Record columns = columns_;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < columns.size(); ++i) places.emplace(columns[i], i);
    std::vector<Record> added;
    for (const Record& fields : unwritten_) added.push_back(row_of(fields, columns, places));
    const bool begins = columns_.empty() && rows_ == 0 && !marked_;  // in an empty file
    if (begins || columns.size() == columns_.size()) {
      std::string text = begins ? treino::csv_line(columns, separator_) : "";
      for (Record& record : added) {
        record.resize(columns.size());
        text += treino::csv_line(record, separator_);
      }
      treino::DurableFile(path_, O_WRONLY | O_APPEND).append(text, disk_.each_time());
    } else {
      std::vector<Record> records = read(separator_);
      if (records.empty()) records.emplace_back();
      records.front() = columns;
      records.insert(records.end(), added.begin(), added.end());
      write_all(std::move(records), columns);
    }
    columns_ = std::move(columns);
    rows_ += added.size();
    unwritten_.clear();
    disk_.each_time() ? entries_.sync() : disk_.wrote();  // the row itself is on the disk then
  }

  /// Names and values in turn -> a record in the file's columns, to which new ones are added. Of equal columns the first counts.
  static Record row_of(const Record& fields, Record& columns, std::unordered_map<std::string, std::size_t>& places) {
    Record row(columns.size());
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const auto [found, added] = places.emplace(fields[i], columns.size());
      if (added) {
        columns.push_back(fields[i]);
        row.emplace_back();
      }
      row[found->second] = fields[i + 1];
    }
    return row;
  }

  // On the training thread:

  void complain() {
    if (const std::string failure = worker_->failure(); !failure.empty())
      throw std::runtime_error(failure + "; the rows are kept in memory and written when that is possible again");
  }
  std::string rows_text() const {
    std::string text;
    for (const Record& fields : unwritten_) text += (text.empty() ? "the rows of the epochs " : ", ") + fields[1];
    return text;
  }

  /// After a resume: the rows that the saved state knows of, in its columns; those of epochs that will run again go.
  void go_on(bool there) {
    if (!there) {
      if (rows_ > 0) host().warn(path_ + " is gone; it begins again");
      rows_ = 0;
      columns_.clear();
      return treino::begin_file(path_);
    }
    std::vector<Record> records = read(loaded_separator_);
    const std::uint64_t found = records.empty() ? 0 : records.size() - 1;
    if (found < rows_)
      host().warn(path_ + " has lost rows: " + std::to_string(found) + " of " + std::to_string(rows_) + " are there");
    rows_ = std::min(rows_, found);
    if (records.empty()) return;
    records.resize(static_cast<std::size_t>(rows_) + 1);
    select(records);
    write_all(std::move(records), columns_);
  }

  /// Reduces records, the header first, to columns_.
  void select(std::vector<Record>& records) const {
    const Record header = records.front();
    if (header == columns_) return;
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < header.size(); ++i) places.emplace(header[i], i);
    for (Record& record : records) {
      Record selected;
      for (const std::string& name : columns_) {
        const auto found = places.find(name);
        const bool there = found != places.end() && found->second < record.size();
        selected.push_back(there ? record[found->second] : "");
      }
      record = std::move(selected);
    }
    records.front() = columns_;
  }

  /// Takes up the file of an earlier run.
  void join() {
    std::vector<Record> records = read(separator_);
    if (records.empty()) return treino::begin_file(path_);
    expect_epochs(records.front());
    columns_ = records.front();
    rows_ = records.size() - 1;
    treino::DurableFile probe(path_, O_WRONLY | O_APPEND);
    if (!ends_with_line_) write_all(std::move(records), columns_);
  }

  /// Each file of a csv_logger has a column of epochs: without one the columns are not ours to join.
  void expect_epochs(const Record& header) const {
    const auto has_epochs = [](const Record& record) { return std::find(record.begin(), record.end(), "epoch") != record.end(); };
    if (has_epochs(header)) return;
    const std::string line = treino::csv_line(header, separator_, "\n");
    for (const char other : {',', ';', '\t', '|', ' '})
      if (other != separator_ && has_epochs(parse(line, other).front()))
        throw std::runtime_error(path_ + ": its columns are separated by " + shown(other) + ", not by " + shown(separator_) +
                                 ": set separator to that, or name another file");
    throw std::runtime_error(path_ +
                             ": nothing is added to it, since its first line has no column 'epoch': it is not the file of a "
                             "csv_logger. Name another file, or set append = false to replace it");
  }
  static std::string shown(char separator) { return separator == '\t' ? "a tab" : "'" + std::string(1, separator) + "'"; }

  std::vector<Record> read(char separator) {
    std::string text = treino::read_file(path_);
    ends_with_line_ = text.empty() || text.back() == '\n';
    marked_ = text.compare(0, 3, byte_order_mark) == 0;
    if (marked_) text.erase(0, 3);
    return parse(text, separator);
  }

  /// Short records are filled up.
  void write_all(std::vector<Record> records, const Record& columns) const {
    std::string text = marked_ ? byte_order_mark : "";
    for (Record& record : records) {
      record.resize(std::max(record.size(), columns.size()));
      text += treino::csv_line(record, separator_);
    }
    treino::replace_file(path_, columns.empty() ? "" : text);
  }

  std::string path_;
  bool append_;
  char separator_, loaded_separator_;
  std::vector<std::string> names_;  // of the run's numbers

  Record columns_;                 // of the file; empty before the first row
  std::uint64_t rows_ = 0;         // in the file, the header not counted
  std::vector<Record> unwritten_;  // names and values in turn
  bool loaded_ = false;
  bool ends_with_line_ = true, marked_ = false;  // of the file that was read last; marked_: by a byte order mark
  treino::NewEntries entries_;                   // of the file and its folders, still to be synced
  treino::SyncPolicy disk_;
  mutable std::optional<treino::Worker<Row>> worker_;  // last: its thread uses the others
};

}  // namespace

TREINO_PLUGIN(CsvLogger, R"toml(
kind = "callback"
id = "csv_logger"
version = "1.2.0"
summary = "Writes the scalars of each epoch to a CSV file."
phase = "report"
events = ["run_begin", "epoch_end", "run_end"]
state_version = 2
help = """
Columns: epoch (from 0), then the scalars that have a value, in the run's order; one that has its first value later becomes the last
column and is empty before. Scalars are written with the fewest digits that read back as the same number; NaN as nan. Quoting follows
RFC 4180; lines end with a line feed.
The row is handed over when the epoch ends; a thread of its own writes it, at most 0.01 s later, and checkpoints and the end of the run
wait for that: nothing is lost when the run is killed. No row is left out: where the thread is too far behind, the run waits. The thread
also forces the file onto the disk, once per second at most, when it has nothing to write, and when a checkpoint has been taken: a power cut
takes at most the rows since then, of the last second or two, and a run that has ended has them all. sync = "every_epoch" does so after each row, and checkpoints wait for it.
A new column rewrites the file beside the old one and exchanges the two. Where the disk is full, the file stays as
it was, the failure is treated as on_error says, and the rows are tried again with the next one and at the end.
A file that is there keeps its permissions and owner, a symbolic link its place; a device or a FIFO is refused.
append = true joins the columns of an existing file by name; a byte order mark stays. A file without a column epoch, or with another
separator, is refused and left as it is. On resume rows of epochs that run again are replaced, others stay.
An epoch that was cut short has a row too (and, after a resume, the right one); one in which the run failed has none.
State: how many rows the file has, its columns and separator, and rows that could not be written yet.
"""

[parameters.filename]
type = "output"
required = true
doc = "the file; folders on the way are made"

[parameters.separator]
type = "string"
default = ","
doc = "one character between fields"
)toml" TREINO_APPEND_TOML R"toml(
[parameters.sync]
type = "string"
default = "background"
choices = ["background", "every_epoch"]
doc = "when rows are forced onto the disk: by and by, or after each epoch"
)toml")
