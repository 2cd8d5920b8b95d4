// One row per epoch of all the run's scalars, in a CSV file (RFC 4180) that is whole at every instant and the same after kill and
// resume. Name and parameters are Keras'. Prints
//   epoch,loss,accuracy,val_loss
//   0,0.6931471805599453,0.5,0.7
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/durable_folders.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/text.hpp>
#include <treino/state_version.hpp>

#include "file.hpp"
#include "shared/files/recorder.hpp"
#include "shared/training/scalar_values.hpp"

namespace csv_logger {
namespace {

using treino::Event;

/// What an epoch hands over.
struct Row {
  std::uint64_t epoch = 0;
  treino::ScalarValues scalars;
};

class CsvLogger final : public treino::Callback {
 public:
  explicit CsvLogger(const treino::Setup& setup)
      : Callback(setup),
        file_(setup.get<std::string>("filename"), treino::csv_separator(setup.get<std::string>("separator"), "separator")),
        append_(setup.get<bool>("append")),
        disk_(setup.get<std::string>("sync") == "every_epoch", [this] {
          treino::DurableFile file(file_.path(), O_WRONLY);
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
    const std::filesystem::path folder = std::filesystem::path(file_.path()).parent_path();
    entries_.make_folder(folder);
    entries_.add(folder);
    const bool there = std::filesystem::exists(file_.path());
    if (event.resumed != 0 && loaded_)
      file_.go_on(host(), there);
    else if (there && (append_ || event.resumed != 0))
      file_.join();
    else
      treino::begin_file(file_.path());
    flush();
    treino::Worker<Row>::Options options;
    options.capacity = treino::items_within_memory(sizeof(Row) + names_.size() * treino::ScalarValues::bytes);
    options.linger = treino::SyncPolicy::linger;
    options.rest = treino::SyncPolicy::rest;
    worker_.emplace(host(), options, [this](Row* first, Row* last) { write(first, last); });
  }

  /// Waits where the worker is too far behind: a row that is not written is a row lost.
  void on_epoch_end(const Event& event) override {
    if (!worker_ || treino::outcome_of(event) == treino::Outcome::failed) return;
    worker_->put([&](Row& row) {
      row.epoch = event.epoch;
      row.scalars.take(host(), names_.size());
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
    file_.save(writer);
    writer.write(unwritten_);
  }

  void load(treino::Reader& reader, std::uint32_t version) override {
    treino::expect_state_version(version, 2);
    CsvFile::Saved file = CsvFile::read_saved(reader);
    std::vector<Record> unwritten;
    reader.read(unwritten);
    reader.finish();
    file_.restore(std::move(file));
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
        if (!row->scalars.has(i) || names_[i] == "epoch") continue;
        fields.push_back(names_[i]);
        fields.push_back(treino::exact_text(row->scalars[i]));
      }
    }
    flush();
  }

  /// Throws, and then the file is as it was.
  void flush() {
    if (unwritten_.empty()) return;
    file_.append(unwritten_, disk_.each_time());
    unwritten_.clear();
    disk_.each_time() ? entries_.sync() : disk_.wrote();  // the row itself is on the disk then
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

  CsvFile file_;
  bool append_;
  std::vector<std::string> names_;  // of the run's scalars

  std::vector<Record> unwritten_;  // names and values in turn
  bool loaded_ = false;
  treino::NewEntries entries_;  // of the file and its folders, still to be synced
  treino::SyncPolicy disk_;
  mutable std::optional<treino::Worker<Row>> worker_;  // last: its thread uses the others
};

}  // namespace
}  // namespace csv_logger

TREINO_PLUGIN(csv_logger::CsvLogger, R"toml(
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

[parameters]
filename = { type = "output", required = true, doc = "the file; folders on the way are made" }

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
