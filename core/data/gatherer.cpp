#include "data/gatherer.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace treino::data {
namespace {

/// Room for so many rows.
class Copy {
 public:
  Copy(const Dataset& dataset, std::int64_t most_rows)
      : dataset_(dataset),
        size_(static_cast<std::size_t>(dataset.sample_size())),
        width_(static_cast<std::size_t>(dataset.target_width)) {
    const auto rows = static_cast<std::size_t>(most_rows);
    features_.resize(rows * size_);
    classes_.resize(dataset.classes.empty() ? 0 : rows);
    values_.resize(dataset.values.empty() ? 0 : rows * width_);
  }

  void fill(std::span<const std::uint32_t> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t row = rows[i];
      std::copy_n(dataset_.features.data() + row * size_, size_, features_.data() + i * size_);
      if (!classes_.empty()) classes_[i] = dataset_.classes[row];
      if (!values_.empty()) std::copy_n(dataset_.values.data() + row * width_, width_, values_.data() + i * width_);
    }
  }

  void show(Batch& batch) const {
    batch.features = features_.data();
    if (!classes_.empty()) batch.classes = classes_.data();
    if (!values_.empty()) batch.values = values_.data();
  }

 private:
  const Dataset& dataset_;
  std::size_t size_, width_;
  std::vector<float> features_, values_;
  std::vector<std::int32_t> classes_;
};

/// Copies when asked to; the memory's latency is hidden by asking the processor for the next rows in time.
class AtOnce final : public Gatherer {
 public:
  AtOnce(const Dataset& dataset, std::int64_t batch_size) : dataset_(dataset), copy_(dataset, batch_size) {}

  void expect(std::span<const std::uint32_t> rows) override {
#if defined(__GNUC__)
    constexpr std::size_t line = 64 / sizeof(float);
    const auto size = static_cast<std::size_t>(dataset_.sample_size());
    for (const std::size_t row : rows) {
      const float* features = dataset_.features.data() + row * size;
      // Into the second level only: it can wait for more lines at a time than the first.
      for (std::size_t i = 0; i < size; i += line) __builtin_prefetch(features + i, 0, 2);
      if (!dataset_.classes.empty()) __builtin_prefetch(dataset_.classes.data() + row);
    }
#endif
  }

  void take(std::span<const std::uint32_t> rows, Batch& batch) override {
    copy_.fill(rows);
    copy_.show(batch);
  }

 private:
  const Dataset& dataset_;
  Copy copy_;
};

/// Copies on a thread of its own while the batches before are trained on. The thread sleeps when there is nothing to do.
class Ahead final : public Gatherer {
 public:
  Ahead(const Dataset& dataset, std::int64_t batch_size, std::int64_t batches)
      : copies_{Copy(dataset, batch_size * batches), Copy(dataset, batch_size * batches)},
        batches_(batches),
        worker_([this] { work(); }) {}

  std::int64_t batches() const override { return batches_; }

  ~Ahead() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  void expect(std::span<const std::uint32_t> rows) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !busy_; });
    wanted_ = rows;
    busy_ = !rows.empty();
    lock.unlock();
    if (!rows.empty()) changed_.notify_all();
  }

  void take(std::span<const std::uint32_t>, Batch& batch) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !busy_; });
    copies_[filling_].show(batch);
    filling_ = 1 - filling_;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return busy_ || ending_; });
      if (ending_) return;
      lock.unlock();
      copies_[filling_].fill(wanted_);  // whose order and place nobody changes while busy_ is set
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  Copy copies_[2];
  std::int64_t batches_;
  std::size_t filling_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::span<const std::uint32_t> wanted_;
  bool busy_ = false, ending_ = false;
  std::thread worker_;  // last: it uses all the others
};

/// Below, handing rows over takes as long as copying them.
constexpr std::int64_t worth_a_thread = 128 * 1024;
/// What lies in a processor's own cache is copied as fast as it could be handed over.
constexpr std::int64_t cached = 2 * 1024 * 1024;

}  // namespace

std::unique_ptr<Gatherer> make_gatherer(const Dataset& dataset, std::int64_t batch_size) {
  const std::int64_t row_bytes = dataset.sample_size() * static_cast<std::int64_t>(sizeof(float));
  if (row_bytes * dataset.count < cached || std::thread::hardware_concurrency() < 2)
    return std::make_unique<AtOnce>(dataset, batch_size);
  const std::int64_t bytes = std::max<std::int64_t>(batch_size * row_bytes, 1);
  return std::make_unique<Ahead>(dataset, batch_size, (worth_a_thread + bytes - 1) / bytes);
}

}  // namespace treino::data
