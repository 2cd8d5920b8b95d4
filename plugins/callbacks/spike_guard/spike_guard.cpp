// Does not take steps whose loss jumps far above those before, or goes back to earlier weights. As in A. Chowdhery et al., PaLM:
// Scaling Language Modeling with Pathways, JMLR 24 (2023), section 5.1; the judge is Hampel's: median and median absolute
// deviation, which a spike does not move (F. R. Hampel, J. Amer. Stat. Assoc. 69, 1974).
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

namespace {

using treino::Event;
using treino::short_text;

/// The last losses, in order of age and of size. Both orders are kept up as losses come and go: to sort them again at each step
/// took as long as a small step itself.
class Window {
 public:
  explicit Window(std::size_t capacity) : capacity_(capacity) {
    by_age_.reserve(capacity);
    by_size_.reserve(capacity);
  }

  std::size_t size() const { return by_age_.size(); }
  /// In the place of the oldest, where the window is full.
  void add(double loss) {
    if (size() < capacity_) {
      by_age_.push_back(loss);
    } else {
      by_size_.erase(std::lower_bound(by_size_.begin(), by_size_.end(), by_age_[oldest_]));
      by_age_[oldest_] = loss;
      oldest_ = (oldest_ + 1) % capacity_;
    }
    by_size_.insert(std::upper_bound(by_size_.begin(), by_size_.end(), loss), loss);
  }

  double median() const {
    const std::size_t middle = size() / 2;
    return size() % 2 == 1 ? by_size_[middle] : (by_size_[middle] + by_size_[middle - 1]) / 2;
  }
  /// The median of the distances from the median.
  double median_deviation() const {
    const double middle = median();
    const std::size_t rank = size() / 2;
    const double upper = deviation(rank, middle);
    return size() % 2 == 1 ? upper : (upper + deviation(rank - 1, middle)) / 2;
  }

  /// The oldest first.
  std::vector<double> losses() const {
    std::vector<double> losses;
    for (std::size_t i = 0; i < size(); ++i) losses.push_back(by_age_[(oldest_ + i) % size()]);
    return losses;
  }

 private:
  /// The distance that `rank` others come before. Those nearest to the middle are a stretch of the order by size; it is found by
  /// where it begins: moved up while the loss after its end is nearer than its first.
  double deviation(std::size_t rank, double middle) const {
    std::size_t low = 0, high = size() - rank - 1;
    while (low < high) {
      const std::size_t begin = (low + high) / 2;
      if (middle - by_size_[begin] > by_size_[begin + rank + 1] - middle)
        low = begin + 1;
      else
        high = begin;
    }
    return std::max(std::abs(by_size_[low] - middle), std::abs(by_size_[low + rank] - middle));
  }

  std::size_t capacity_, oldest_ = 0;
  std::vector<double> by_age_;  // a ring, once it is full
  std::vector<double> by_size_;
};

class SpikeGuard final : public treino::Callback {
 public:
  explicit SpikeGuard(const treino::Setup& setup)
      : Callback(setup),
        rolls_back_(setup.get<std::string>("action") == "rollback"),
        threshold_(setup.get<double>("threshold")),
        margin_(setup.get<double>("margin")),
        window_(setup.get<std::uint64_t>("window")),
        losses_(window_),
        warmup_(setup.get<std::uint64_t>("warmup_steps")),
        remember_every_(setup.get<std::uint64_t>("remember_every")),
        most_in_a_row_(setup.get<std::uint64_t>("max_in_a_row")),
        spikes_number_(setup.host().declare("loss_spikes", treino::Direction::lower)) {
    if (warmup_ > window_) throw std::invalid_argument("warmup_steps is at most window, from which the losses are judged");
  }

  /// Of a batch whose gradients are only gathered: its loss counts in the step that they belong to.
  void on_batch_end(const Event& event) override {
    if (event.epoch == judged_epoch_ && event.batch == judged_batch_) return;
    gathered_ += event.loss * static_cast<double>(event.samples);
    samples_ += event.samples;
  }

  void on_backward_end(const Event& event) override {
    judged_epoch_ = event.epoch;
    judged_batch_ = event.batch;
    const double loss = samples_ == 0 ? event.loss : loss_of_group(event);
    const double limit = losses_.size() < warmup_ ? std::numeric_limits<double>::infinity() : highest();
    if (std::isfinite(loss) && loss <= limit)
      accept(loss);
    else
      refuse(loss, limit, event);
  }

  void on_epoch_end(const Event&) override { host().log_scalar(spikes_number_, static_cast<double>(spikes_)); }

  void save(treino::Writer& writer) const override {
    writer.write(losses_.losses());
    for (const std::uint64_t count : {accepted_, spikes_, in_a_row_, samples_, judged_epoch_, judged_batch_}) writer.write(count);
    writer.write(gathered_);
    writer.write(remembers_);
  }
  void load(treino::Reader& reader, std::uint32_t) override {
    std::vector<double> losses;
    reader.read(losses);
    std::uint64_t counts[6];
    for (std::uint64_t& count : counts) reader.read(count);
    const auto gathered = reader.get<double>();
    const bool remembers = reader.get<bool>();
    reader.finish();
    if (!std::all_of(losses.begin(), losses.end(), [](double loss) { return std::isfinite(loss); }))
      throw std::runtime_error("the losses in the saved state are not finite");
    losses_ = Window(window_);
    for (const double loss : losses) losses_.add(loss);
    accepted_ = counts[0], spikes_ = counts[1], in_a_row_ = counts[2];
    samples_ = counts[3], judged_epoch_ = counts[4], judged_batch_ = counts[5];
    gathered_ = gathered;
    remembers_ = remembers;
  }

 private:
  double loss_of_group(const Event& event) {
    const double sum = std::exchange(gathered_, 0.0) + event.loss * static_cast<double>(event.samples);
    return sum / static_cast<double>(std::exchange(samples_, 0) + event.samples);
  }

  /// Above which a loss is a spike.
  double highest() const {
    const double middle = losses_.median();
    const double deviation = 1.4826 * losses_.median_deviation();  // of a normal distribution it is the standard deviation
    return middle + std::max(threshold_ * deviation, margin_ * std::abs(middle));
  }

  void accept(double loss) {
    in_a_row_ = 0;
    losses_.add(loss);
    // The weights that this loss is of have proved themselves; those after the step have not yet.
    if (rolls_back_ && accepted_ % remember_every_ == 0) {
      host().remember();
      remembers_ = true;
    }
    ++accepted_;
  }

  void refuse(double loss, double limit, const Event& event) {
    ++spikes_;
    ++in_a_row_;
    const std::string what = "the loss is " + short_text(loss) +
                             (std::isfinite(loss) ? ", above " + short_text(limit) + "," : std::string()) + " at epoch " +
                             std::to_string(event.epoch + 1) + ", batch " + std::to_string(event.batch + 1);
    host().skip_step(what);
    if (in_a_row_ >= most_in_a_row_)
      return host().stop(what + ", the last of " + std::to_string(in_a_row_) + " in a row", treino::Outcome::diverged);
    if (rolls_back_ && remembers_) host().roll_back(what);
  }

  bool rolls_back_;
  double threshold_, margin_;
  std::uint64_t window_;
  Window losses_;  // of steps taken
  std::uint64_t warmup_, remember_every_, most_in_a_row_;
  treino::Scalar spikes_number_;

  std::uint64_t accepted_ = 0, spikes_ = 0, in_a_row_ = 0;
  bool remembers_ = false;
  double gathered_ = 0;  // losses of samples that wait for their step
  std::uint64_t samples_ = 0;
  std::uint64_t judged_epoch_ = ~std::uint64_t{0}, judged_batch_ = 0;
};

}  // namespace

TREINO_PLUGIN(SpikeGuard, R"toml(
kind = "callback"
id = "spike_guard"
version = "1.1.0"
summary = "Skips steps whose loss spikes, or rolls back to before them."
phase = "decide"
events = ["epoch_end", "batch_end", "backward_end"]
ranks = "all"
scalars = ["loss_spikes"]
help = """
A step's loss (the mean over its samples) is a spike when it is above m + max(threshold * 1.4826 * MAD, margin * |m|), where m is the
median and MAD the median absolute deviation of the losses of the last `window` steps that were taken; or when it is NaN or infinite.
Until warmup_steps have been taken only the latter counts.
action = "skip" does not take the step; "rollback" also brings weights and optimizer state back to those kept last, and training continues
with the next batch, past the data that made the spike. They are kept every `remember_every` steps, and only once their loss was no spike.
After max_in_a_row spikes without a good step between them the run ends as diverged.
A run keeps one copy of weights: terminate_on_nan with action = "rollback" goes back to whichever of the two has kept last.
Logs loss_spikes, the number of spikes so far in the run. The loss is judged before the optimizer uses its gradients.
State: the losses of the window, the counts.
"""

[parameters.action]
type = "string"
default = "skip"
choices = ["skip", "rollback"]
doc = "what to do about a spike"

[parameters.threshold]
type = "float"
default = 8.0
above = 0.0
doc = "so many robust standard deviations above the median a loss is a spike"

[parameters.margin]
type = "float"
default = 0.5
min = 0.0
doc = "and at least this share of the median above it"

[parameters.window]
type = "int"
default = 100
min = 2
max = 10000
doc = "steps whose losses are compared with"

[parameters.warmup_steps]
type = "int"
default = 20
min = 2
doc = "steps before any finite loss is judged"

[parameters.remember_every]
type = "int"
default = 50
min = 1
doc = "steps from one copy of the weights to the next; for action = \"rollback\""

[parameters.max_in_a_row]
type = "int"
default = 10
min = 1
doc = "spikes without a good step between them that end the run"
)toml")
