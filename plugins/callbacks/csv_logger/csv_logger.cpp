// One row an epoch of all the run's numbers, in a CSV file (RFC 4180) that is whole at every instant and the same after kill and
// resume. Name and parameters are Keras'. Prints
//   epoch,loss,accuracy,val_loss
//   0,0.6931471805599453,0.5,0.7
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/csv.hpp>
#include <treino/durable_file.hpp>
#include <treino/monitor.hpp>
#include <treino/worker.hpp>

namespace {

using treino::Moment;
using Record = std::vector<std::string>;

/// What an epoch hands over.
struct Row {
  std::uint64_t epoch = 0;
  std::vector<double> values;        // of the run's numbers, in their order
  std::vector<unsigned char> there;  // whether each of them has one
};

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
        loaded_separator_(separator_) {}
  /// Where the plugin was put aside with rows that could not be written, they have a last chance here.
  ~CsvLogger() override {
    worker_.reset();
    try {
      flush();
    } catch (const std::exception& failure) {
      host().error(std::string(failure.what()) + "; " + rows_text() + " are lost");
    }
  }

  void on_run_begin(const Moment& moment) override {
    for (treino::Number number = 0; number < host().number_count(); ++number) names_.push_back(host().name(number));
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
    const bool there = std::filesystem::exists(path_);
    if (moment.resumed != 0 && loaded_)
      go_on(there);
    else if (there && (append_ || moment.resumed != 0))
      join();
    else
      treino::replace_file(path_, "");
    flush();
    worker_.emplace(host(), treino::Worker<Row>::Options{1000, std::chrono::milliseconds(10), "rows"},
                    [this](Row* first, Row* last) { write(first, last); });
  }

  void on_epoch_end(const Moment& moment) override {
    if (moment.outcome == TREINO_RUN_FAILED) return;
    worker_->offer([&](Row& row) {
      row.epoch = moment.epoch;
      row.values.resize(names_.size());
      row.there.resize(names_.size());
      for (treino::Number number = 0; number < names_.size(); ++number) {
        const std::optional<double> value = host().value(number);
        row.there[number] = value ? 1 : 0;
        row.values[number] = value.value_or(0);
      }
    });
    complain();
  }

  void on_run_end(const Moment&) override {
    if (!worker_) return;
    worker_->wait();
    flush();  // once more what could not be written before
    worker_->failure();
  }

  /// Waits for the worker: a state that knew of rows which are not on the disk would lose them.
  void save(treino::Writer& writer) const override {
    if (worker_) worker_->wait();
    writer.write(rows_);
    writer.write(columns_);
    writer.write(separator_);
    writer.write(unwritten_);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    const auto rows = reader.get<std::uint64_t>();
    Record columns;
    reader.read(columns);
    const char separator = reader.get<char>();
    std::vector<Record> unwritten;
    if (version > 1) reader.read(unwritten);
    reader.finish();
    rows_ = rows;
    columns_ = std::move(columns);
    loaded_separator_ = separator;
    unwritten_ = std::move(unwritten);
    loaded_ = true;
  }

 private:
  // On the worker's thread, and where that waits or has ended:

  /// One sync for all that has come together.
  void write(const Row* first, const Row* last) {
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
    std::vector<Record> added;
    for (const Record& fields : unwritten_) added.push_back(row_of(fields, columns));
    if (columns.size() == columns_.size()) {
      std::string text;
      for (const Record& record : added) text += treino::csv_line(record, separator_);
      treino::DurableFile(path_, O_WRONLY | O_APPEND).append(text);
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
  }

  /// Names and values in turn -> a record in the file's columns, to which new ones are added.
  static Record row_of(const Record& fields, Record& columns) {
    Record row(columns.size());
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const auto found = std::find(columns.begin(), columns.end(), fields[i]);
      const auto at = static_cast<std::size_t>(found - columns.begin());
      if (found == columns.end()) {
        columns.push_back(fields[i]);
        row.emplace_back();
      }
      row[at] = fields[i + 1];
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
      if (rows_ > 0) host().warn(path_ + " is gone; it begins anew");
      rows_ = 0;
      columns_.clear();
      return treino::replace_file(path_, "");
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
    if (records.empty()) return treino::replace_file(path_, "");
    columns_ = records.front();
    rows_ = records.size() - 1;
    treino::DurableFile probe(path_, O_WRONLY | O_APPEND);
    if (!ends_with_line_) write_all(std::move(records), columns_);
  }

  std::vector<Record> read(char separator) {
    const std::string text = treino::read_file(path_);
    ends_with_line_ = text.empty() || text.back() == '\n';
    return parse(text, separator);
  }

  /// Short records are filled up.
  void write_all(std::vector<Record> records, const Record& columns) const {
    std::string text;
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
  bool loaded_ = false, ends_with_line_ = true;
  mutable std::optional<treino::Worker<Row>> worker_;  // last: its thread uses the others
};

}  // namespace

TREINO_PLUGIN(CsvLogger, R"toml(
kind = "callback"
id = "csv_logger"
version = "1.1.0"
summary = "one row of numbers an epoch in a CSV file"
phase = "report"
events = ["run_begin", "epoch_end", "run_end"]
state_version = 2
help = """
Columns: epoch (from 0), then the numbers that have a value, in the run's order; one that has its first value later becomes the last
column and is empty before. Numbers are written with the fewest digits that read back as the same number; NaN as nan. Quoting follows
RFC 4180; lines end with a line feed.
The row is handed over when the epoch ends; a thread of its own writes and syncs it, at most 0.01 s later, and checkpoints and the end of
the run wait for that. A new column rewrites the file beside the old one and exchanges the two. Where the disk is full, the file stays as
it was, the failure is treated as on_error says, and the rows are tried again with the next one and at the end.
append = true joins the columns of an existing file by name. On resume rows of epochs that run again are replaced, others stay.
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

[parameters.append]
type = "bool"
default = false
doc = "add to a file that is there already instead of replacing it"
)toml")
