// The worker's side of the event files: makes records of what the training thread handed over, and writes them.
#pragma once
#include <tensorboard.pb.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <treino/callback.hpp>
#include <treino/kit/durable_folders.hpp>
#include <treino/kit/replaced_file.hpp>
#include <utility>
#include <vector>

#include "graph.hpp"
#include "job.hpp"
#include "shared/files/recorder.hpp"
#include "shared/tensorboard/tensorboard.hpp"

namespace event_files {

using Record = treino::events::Event;  // TensorBoard calls it Event

inline Record record_at(std::uint64_t step, double time = wall_time()) {
  Record record;
  record.set_wall_time(time);
  record.set_step(static_cast<std::int64_t>(step));
  return record;
}

inline void add(Record& record, const std::string& tag, double value) {
  auto* added = record.mutable_summary()->add_value();
  added->set_tag(tag);
  added->set_simple_value(static_cast<float>(value));
}

inline bool starts_with(const std::string& text, const char* head) { return text.compare(0, std::strlen(head), head) == 0; }

class Writer {
 public:
  /// `rate_by_epoch`: the learning rate is written after epochs, not after steps.
  Writer(const treino::Host& host, std::string folder, bool sync_each_time, bool rate_by_epoch)
      : host_(host), folder_(std::move(folder)), rate_by_epoch_(rate_by_epoch), disk_(sync_each_time, [this] { sync(); }) {}

  // Before the worker is there, and after:

  /// Files that cannot be written are found here.
  void begin(const treino::Event& event) {
    begin_file(train_, "train", event);
    if (host_.run().validation_samples > 0) begin_file(validation_, "validation", event);
    name_scalars();
    last_.assign(scalars_.size(), std::nullopt);
  }
  void write_graph(const treino::Event& event) {
    Record record = record_at(event.step);
    record.set_graph_def(graph_of(host_));
    train_->add(record.SerializeAsString());
    train_->flush();
  }
  /// `whole`: everything could be written.
  void end(bool whole) {
    if (whole) disk_.sync();
    train_.reset();
    validation_.reset();
  }

  // On any thread:

  std::size_t scalar_count() const { return scalars_.size(); }
  /// Copies of the weights that are on their way.
  std::size_t copies() const { return copies_; }
  void expect_copy() { ++copies_; }

  // On the worker's thread:

  void work(Job* first, Job* last) {
    if (first == last) return disk_.sync();
    for (Job* job = first; job != last; ++job) record(*job);
    train_->flush();
    train_->expect_there();
    if (validation_) validation_->flush(), validation_->expect_there();
    disk_.wrote();
  }

 private:
  /// One of the run's scalars.
  struct Scalar {
    bool validation = false, test = false;
    std::string epoch_tag, batch_tag;
  };

  static bool same(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

  void begin_file(std::optional<treino::tensorboard::EventFile>& file, const char* name, const treino::Event& event) const {
    file.emplace(std::filesystem::path(folder_) / name);
    Record version = record_at(0);
    version.set_file_version("brain.Event:2");
    file->add(version.SerializeAsString());
    // The first of a folder is a beginning; every further one voids what is there from its step, the next to be written, on.
    Record start = record_at(event.resumed == 0 ? 0 : event.step + 1);
    start.mutable_session_log()->set_status(treino::events::SessionLog::START);
    file->add(start.SerializeAsString());
    file->flush();
  }

  void name_scalars() {
    scalars_.clear();
    for (treino::Scalar number = 0; number < host_.scalar_count(); ++number) {
      const std::string name = host_.name(number);
      const bool validation = starts_with(name, "val_");
      scalars_.push_back({validation, starts_with(name, "test_"), "epoch_" + (validation && validation_ ? name.substr(4) : name),
                          "batch_" + name});
    }
  }

  void record(Job& job) {
    switch (job.kind) {
      case Job::after_step:
        return record_step(job);
      case Job::after_epoch:
        return record_epoch(job);
      case Job::table:
        return record_table(std::exchange(job.picture, {}), record_at(job.epoch, job.time));
      case Job::weights:
        return record_weights(std::exchange(job.arrays, {}), record_at(job.epoch, job.time));
      case Job::trace: {
        const treino::trace::Recording recording = std::exchange(job.recording, {});
        treino::replace_file(recording.path, treino::trace::text(recording, treino::trace::nested(recording.spans)));
      }
    }
  }

  void record_step(const Job& job) {
    Record record = record_at(job.step, job.time);
    for (std::size_t i = 0; i < scalars_.size(); ++i) {
      if (!job.scalars.has(i) || scalars_[i].validation || scalars_[i].test) continue;
      if (last_[i] && same(*last_[i], job.scalars[i])) continue;  // not given again since
      last_[i] = job.scalars[i];
      add(record, scalars_[i].batch_tag, job.scalars[i]);
    }
    add(record, "learning_rate", job.rate);
    if (job.steps_per_second) add(record, "batch_steps_per_second", *job.steps_per_second);
    train_->add(record.SerializeAsString());
  }

  void record_epoch(const Job& job) {
    Record train = record_at(job.epoch, job.time), validation = train;
    for (std::size_t i = 0; i < scalars_.size(); ++i)
      if (job.scalars.has(i) && !scalars_[i].test)
        add(scalars_[i].validation && validation_ ? validation : train, scalars_[i].epoch_tag, job.scalars[i]);
    if (job.steps_per_second) add(train, "epoch_steps_per_second", *job.steps_per_second);
    if (rate_by_epoch_) {
      Record rate = record_at(job.step, job.time);
      add(rate, "learning_rate", job.rate);
      train_->add(rate.SerializeAsString());
    }
    train_->add(train.SerializeAsString());
    if (validation_) validation_->add(validation.SerializeAsString());
  }

  void record_table(const Table& table, Record record) {
    const bool validation = starts_with(table.name, "val_") && validation_;
    add_array(record, table.image("epoch_" + (validation ? table.name.substr(4) : table.name)));
    (validation ? *validation_ : *train_).add(record.SerializeAsString());
  }

  void record_weights(const std::vector<Array>& arrays, Record record) {
    for (const Array& array : arrays) add_array(record, array);
    --copies_;
    train_->add(record.SerializeAsString());
  }

  void sync() {
    treino::Syncs syncs;
    train_->join(syncs);
    if (validation_) validation_->join(syncs);
    syncs.finish();
    train_->expect_there();
    if (validation_) validation_->expect_there();
  }

  void add_array(Record& record, const Array& array) const {
    if (array.histogram) add_histogram(record, array);
    if (!array.image || array.values.empty()) return;
    auto* value = record.mutable_summary()->add_value();
    value->set_tag(array.name + (array.histogram ? "/image" : ""));
    draw(array, *value->mutable_image());
  }
  void add_histogram(Record& record, const Array& array) const {
    treino::tensorboard::Histogram histogram;
    histogram.add(array.values.data(), array.values.size());
    if (histogram.not_finite() > 0)
      host_.warn(std::to_string(histogram.not_finite()) + " values of " + array.name +
                 " are not finite and not in its histogram of epoch " + std::to_string(record.step()));
    auto* value = record.mutable_summary()->add_value();
    value->set_tag(array.name + "/histogram");
    histogram.fill(*value->mutable_histo());
  }

  const treino::Host host_;
  const std::string folder_;
  const bool rate_by_epoch_;
  std::vector<Scalar> scalars_;
  std::vector<std::optional<double>> last_;  // of each scalar, what was last written by step
  std::atomic<std::size_t> copies_{0};
  std::optional<treino::tensorboard::EventFile> train_, validation_;
  treino::SyncPolicy disk_;
};

}  // namespace event_files
