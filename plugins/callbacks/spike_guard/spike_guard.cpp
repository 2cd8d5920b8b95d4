// Does not take steps whose loss jumps far above those before, or goes back to earlier weights. As in A. Chowdhery et al., PaLM:
// Scaling Language Modeling with Pathways, JMLR 24 (2023), section 5.1; the judge is Hampel's: median and median absolute
// deviation, which a spike does not move (F. R. Hampel, J. Amer. Stat. Assoc. 69, 1974).
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/monitor.hpp>

namespace {

using treino::Moment;
using treino::short_text;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

class SpikeGuard final : public treino::Callback {
 public:
  explicit SpikeGuard(const treino::Setup& setup)
      : Callback(setup),
        rolls_back_(setup.get<std::string>("action") == "rollback"),
        threshold_(setup.get<double>("threshold")),
        margin_(setup.get<double>("margin")),
        window_(setup.get<std::uint64_t>("window")),
        warmup_(setup.get<std::uint64_t>("warmup_steps")),
        remember_every_(setup.get<std::uint64_t>("remember_every")),
        most_in_a_row_(setup.get<std::uint64_t>("max_in_a_row")),
        spikes_number_(setup.host().declare("loss_spikes", treino::Direction::lower)) {
    if (warmup_ > window_) throw std::invalid_argument("warmup_steps is at most window, from which the losses are judged");
    losses_.reserve(window_);
    sorted_.reserve(window_);
  }

  /// Of a batch whose gradients are only gathered: its loss counts in the step that they belong to.
  void on_batch_end(const Moment& moment) override {
    if (moment.epoch == judged_epoch_ && moment.batch == judged_batch_) return;
    gathered_ += moment.loss;
    ++batches_;
  }

  void on_backward_end(const Moment& moment) override {
    judged_epoch_ = moment.epoch;
    judged_batch_ = moment.batch;
    const double loss = (std::exchange(gathered_, 0.0) + moment.loss) / static_cast<double>(std::exchange(batches_, 0) + 1);
    const double limit = losses_.size() < warmup_ ? std::numeric_limits<double>::infinity() : highest();
    if (std::isfinite(loss) && loss <= limit)
      accept(loss);
    else
      refuse(loss, limit, moment);
  }

  void on_epoch_end(const Moment&) override { host().emit(spikes_number_, static_cast<double>(spikes_)); }

  void save(treino::Writer& writer) const override {
    writer.write(losses_);
    for (const std::uint64_t count : {accepted_, spikes_, in_a_row_, batches_, judged_epoch_, judged_batch_}) writer.write(count);
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
    const std::size_t beyond = losses.size() > window_ ? losses.size() - window_ : 0;
    losses_.assign(losses.begin() + static_cast<std::ptrdiff_t>(beyond), losses.end());
    accepted_ = counts[0], spikes_ = counts[1], in_a_row_ = counts[2];
    batches_ = counts[3], judged_epoch_ = counts[4], judged_batch_ = counts[5];
    gathered_ = gathered;
    remembers_ = remembers;
  }

 private:
  /// Above which a loss is a spike.
  double highest() {
    sorted_ = losses_;
    const double middle = median(sorted_);
    for (double& loss : sorted_) loss = std::abs(loss - middle);
    const double deviation = 1.4826 * median(sorted_);  // of a normal distribution it is the standard deviation
    return middle + std::max(threshold_ * deviation, margin_ * std::abs(middle));
  }

  void accept(double loss) {
    in_a_row_ = 0;
    if (losses_.size() == window_) losses_.erase(losses_.begin());
    losses_.push_back(loss);
    // The weights that this loss is of have proved themselves; those after the step have not yet.
    if (rolls_back_ && accepted_ % remember_every_ == 0) {
      host().remember();
      remembers_ = true;
    }
    ++accepted_;
  }

  void refuse(double loss, double limit, const Moment& moment) {
    ++spikes_;
    ++in_a_row_;
    const std::string what = "the loss is " + short_text(loss) +
                             (std::isfinite(loss) ? ", above " + short_text(limit) + "," : std::string()) + " at epoch " +
                             std::to_string(moment.epoch + 1) + ", batch " + std::to_string(moment.batch + 1);
    host().skip_step(what);
    if (in_a_row_ >= most_in_a_row_)
      return host().stop(what + ", the last of " + std::to_string(in_a_row_) + " in a row", treino::Outcome::diverged);
    if (rolls_back_ && remembers_) host().roll_back(what);
  }

  bool rolls_back_;
  double threshold_, margin_;
  std::uint64_t window_, warmup_, remember_every_, most_in_a_row_;
  treino::Number spikes_number_;

  std::vector<double> losses_;  // of steps taken, the last `window`
  std::vector<double> sorted_;
  std::uint64_t accepted_ = 0, spikes_ = 0, in_a_row_ = 0;
  bool remembers_ = false;
  double gathered_ = 0;  // losses of batches that wait for their step
  std::uint64_t batches_ = 0;
  std::uint64_t judged_epoch_ = ~std::uint64_t{0}, judged_batch_ = 0;
};

}  // namespace

TREINO_PLUGIN(SpikeGuard, R"toml(
kind = "callback"
id = "spike_guard"
version = "1.0.0"
summary = "skips steps whose loss spikes, or goes back before them"
phase = "decide"
events = ["epoch_end", "batch_end", "backward_end"]
emits = ["loss_spikes"]
help = """
A step's loss (the mean over its batches) is a spike when it is above m + max(threshold * 1.4826 * MAD, margin * |m|), where m is the
median and MAD the median absolute deviation of the losses of the last `window` steps that were taken; or when it is NaN or infinite.
Until warmup_steps have been taken only the latter counts.
action = "skip" does not take the step; "rollback" also brings weights and optimizer state back to those kept last, and training goes on
with the next batch, past the data that made the spike. They are kept every `remember_every` steps, and only once their loss was no spike.
After max_in_a_row spikes without a good step between them the run ends as diverged.
A run keeps one copy of weights: terminate_on_nan with action = "rollback" goes back to whichever of the two has kept last.
Emits loss_spikes, the number of spikes so far in the run. The loss is judged before the optimizer uses its gradients.
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
