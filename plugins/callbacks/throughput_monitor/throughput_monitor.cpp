// How many samples per second are trained on, and how long the loop waits for data: where that is a large share of the time faster
// data loading helps, where it is a small one a faster model.
#include <treino/callback.hpp>

#include "shared/training/clock.hpp"

namespace {

using treino::Event;

class ThroughputMonitor final : public treino::Callback {
 public:
  explicit ThroughputMonitor(const treino::Setup& setup)
      : Callback(setup),
        clock_(setup.host()),
        every_(setup.get<std::uint64_t>("every_n_batches")),
        samples_per_second_(host().declare("samples_per_second", treino::Direction::higher)),
        data_wait_share_(host().declare("data_wait_share", treino::Direction::lower)),
        data_wait_time_(host().declare("data_wait_time", treino::Direction::lower)) {
    if (const auto items = setup.find<std::uint64_t>("items_per_sample")) {
      items_per_sample_ = static_cast<double>(*items);
      items_per_second_ = host().declare("items_per_second", treino::Direction::higher);
    }
  }

  void on_run_begin(const Event&) override {
    host().profile_start(std::uint64_t{1} << TREINO_SPAN_DATA, 0);
    go_on();
  }
  void on_epoch_begin(const Event&) override {
    samples_ = spent_ = waited_ = 0;
    go_on();
  }
  void on_batch_end(const Event& event) override {
    const std::uint64_t now = clock_.now(), waited = total_wait();
    spent_ += now - std::min(begin_, now);
    waited_ += waited - std::min(waited_before_, waited);
    begin_ = now;
    waited_before_ = waited;
    samples_ += event.samples;
    if ((event.batch + 1) % every_ == 0 || event.batch + 1 >= event.batches) emit();
  }
  void on_run_end(const Event&) override { host().profile_stop(); }

  void save(treino::Writer& writer) const override {
    writer.write(samples_);
    writer.write(spent_);
    writer.write(waited_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    const auto samples = reader.get<std::uint64_t>(), spent = reader.get<std::uint64_t>(), waited = reader.get<std::uint64_t>();
    reader.finish();
    samples_ = samples;
    spent_ = spent;
    waited_ = waited;
  }

 private:
  std::uint64_t total_wait() const { return host().profile_total(TREINO_SPAN_DATA).nanoseconds; }
  void go_on() {
    begin_ = clock_.now();
    waited_before_ = total_wait();
  }
  void emit() const {
    host().log_scalar(data_wait_time_, static_cast<double>(waited_) * 1e-9);
    if (spent_ == 0) return;  // quicker than the clock
    const double samples_per_second = static_cast<double>(samples_) / (static_cast<double>(spent_) * 1e-9);
    host().log_scalar(samples_per_second_, samples_per_second);
    if (items_per_second_) host().log_scalar(*items_per_second_, samples_per_second * items_per_sample_);
    host().log_scalar(data_wait_share_, static_cast<double>(waited_) / static_cast<double>(spent_));
  }

  treino::Clock clock_;
  std::uint64_t every_;
  treino::Scalar samples_per_second_, data_wait_share_, data_wait_time_;
  std::optional<treino::Scalar> items_per_second_;
  double items_per_sample_ = 0;

  std::uint64_t begin_ = 0, waited_before_ = 0;         // at the end of the batch before
  std::uint64_t samples_ = 0, spent_ = 0, waited_ = 0;  // in this epoch; nanoseconds
};

}  // namespace

TREINO_PLUGIN(ThroughputMonitor, R"toml(
kind = "callback"
id = "throughput_monitor"
version = "1.0.0"
summary = "Logs samples per second and the time spent waiting for data."
phase = "measure"
events = ["run_begin", "epoch_begin", "batch_end", "run_end"]
scalars = ["samples_per_second", "items_per_second", "data_wait_share", "data_wait_time"]
help = """
samples_per_second = training samples of the epoch so far / seconds they took; other callbacks included, validation not.
items_per_second = samples_per_second * items_per_sample, where that is given: tokens, pixels, or what else a sample is made of.
data_wait_time = the part of these seconds in which the loop waited for a batch, as the host's profile measures it.
data_wait_share = data_wait_time / these seconds, from 0 to 1.
State: samples and times of the epoch so far. They are times of the machine: the same run gives others.
"""

[parameters.items_per_sample]
type = "int"
min = 1
doc = "how many tokens, pixels or other items per sample has; left out: no items_per_second"

[parameters.every_n_batches]
type = "int"
default = 1
min = 1
doc = "batches from one value to the next; the epoch's last one gives one in any case"
)toml")
