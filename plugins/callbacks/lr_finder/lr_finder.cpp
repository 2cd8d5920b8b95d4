// Tries learning rates from small to large on a few batches, suggests one, and puts everything back. L. N. Smith, Cyclical
// Learning Rates for Training Neural Networks, WACV 2017. Parameters, smoothing and suggestion are those of PyTorch Lightning's
// lr_find.
#include <Eigen/Core>
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/kit/replaced_file.hpp>
#include <treino/kit/svg.hpp>
#include <treino/kit/text.hpp>
#include <treino/monitor.hpp>

namespace {

using treino::Event;
using treino::exact_text;
using treino::short_text;

constexpr double smoothing = 0.98;

struct Point {
  double rate, loss, smoothed;
};

class LrFinder final : public treino::Callback {
 public:
  explicit LrFinder(const treino::Setup& setup)
      : Callback(setup),
        path_(setup.get<std::string>("filename")),
        min_(setup.get<double>("min_lr")),
        max_(setup.get<double>("max_lr")),
        steps_(setup.get<std::uint64_t>("num_training")),
        exponential_(setup.get<std::string>("mode") == "exponential"),
        threshold_(setup.get<double>("early_stop_threshold")),
        apply_(setup.get<bool>("apply")) {
    if (min_ >= max_)
      throw std::invalid_argument("min_lr (" + short_text(min_) + ") must be below max_lr (" + short_text(max_) + ")");
    if (path_.extension() == ".svg")
      throw std::invalid_argument("filename is of the table (.csv); the picture gets the same name with .svg");
    host().claim_output(picture_path());
  }

  void on_run_begin(const Event& event) override {
    if (event.resumed != 0) return;  // it was found when the run began, and a base rate is saved with the run
    const bool has_files = host().rank() == 0;
    if (has_files) treino::expect_writable(path_.string());
    if (has_files) treino::expect_writable(picture_path());
    sweep();
    const std::optional<std::size_t> best = steepest();
    if (best) {
      host().info("suggests a learning rate of " + short_text(points_[*best].rate) + ", where the loss falls most steeply (" +
                  std::to_string(points_.size()) + " steps from " + short_text(min_) + " to " + short_text(points_.back().rate) +
                  ", see " + path_.string() + ")");
      if (apply_) host().set_base_learning_rate(points_[*best].rate);
    }
    if (has_files) write(best);
    if (best) return;
    const std::string none = "no learning rate can be suggested: the loss does not fall anywhere from " + short_text(min_) +
                             " to " + short_text(max_) + ", see " + path_.string();
    if (apply_) throw std::runtime_error(none);
    host().warn(none);
  }

 private:
  double rate_at(std::uint64_t step) const {
    if (step + 1 == steps_) return max_;
    const double share = static_cast<double>(step) / static_cast<double>(steps_ - 1);
    return exponential_ ? min_ * std::pow(max_ / min_, share) : min_ + (max_ - min_) * share;
  }

  void sweep() {
    double average = 0, weight = 0, best = std::numeric_limits<double>::infinity();
    host().trial_steps(steps_, [&](std::uint64_t done, double loss) {
      if (done > 0) {
        average = smoothing * average + (1 - smoothing) * loss;
        weight = smoothing * weight + (1 - smoothing);
        const double smoothed = average / weight;
        points_.push_back({rate_at(done - 1), loss, smoothed});
        const bool away = threshold_ > 0 && done > 1 && smoothed > threshold_ * best;
        if (away || !std::isfinite(loss)) return std::numeric_limits<double>::quiet_NaN();
        best = std::min(best, smoothed);
      }
      return rate_at(done < steps_ ? done : steps_ - 1);
    });
  }

  /// The middle of the stretch, a fifth of all points long and at most 101, on which the loss falls most steeply; none where it
  /// falls nowhere. What comes after the lowest smoothed loss is no guide, since there it jumps up and down.
  std::optional<std::size_t> steepest() const {
    const auto lower = [](const Point& left, const Point& right) { return left.smoothed < right.smoothed; };
    const auto end = static_cast<std::size_t>(std::min_element(points_.begin(), points_.end(), lower) - points_.begin()) + 1;
    const std::size_t half = std::clamp<std::size_t>(points_.size() / 10, 1, 50);
    std::optional<std::size_t> best;
    double lowest = 0;
    for (std::size_t middle = half; middle + half < end; ++middle) {
      const double fall = slope(middle - half, middle + half + 1);
      if (fall < lowest) lowest = fall, best = middle;
    }
    return best;
  }

  /// Of the losses from `begin` to before `end`, a step apart: the median over all pairs (Theil, Sen), which single batches do
  /// not tilt.
  double slope(std::size_t begin, std::size_t end) const {
    const auto size = static_cast<Eigen::Index>(end - begin);
    Eigen::ArrayXd losses(size);
    for (Eigen::Index i = 0; i < size; ++i) losses(i) = points_[begin + static_cast<std::size_t>(i)].loss;
    Eigen::ArrayXd slopes(size * (size - 1) / 2);
    for (Eigen::Index apart = 1, filled = 0; apart < size; filled += size - apart++)
      slopes.segment(filled, size - apart) = (losses.tail(size - apart) - losses.head(size - apart)) / static_cast<double>(apart);
    const auto middle = slopes.begin() + slopes.size() / 2;
    std::nth_element(slopes.begin(), middle, slopes.end());
    return slopes.size() % 2 == 1 ? *middle : (*middle + *std::max_element(slopes.begin(), middle)) / 2;
  }

  void write(const std::optional<std::size_t>& best) const {
    std::string table = "step,rate,loss,smoothed_loss\n";
    for (std::size_t i = 0; i < points_.size(); ++i)
      table += std::to_string(i) + "," + exact_text(points_[i].rate) + "," + exact_text(points_[i].loss) + "," +
               exact_text(points_[i].smoothed) + "\n";
    treino::replace_file(path_.string(), table);
    treino::replace_file(picture_path(), picture(best));
  }
  std::string picture_path() const { return std::filesystem::path(path_).replace_extension(".svg").string(); }

  std::string picture(const std::optional<std::size_t>& best) const {
    treino::svg::Line loss, smoothed;
    loss.name = "loss";
    smoothed.name = "smoothed";
    double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
    for (const Point& point : points_) {
      if (!std::isfinite(point.smoothed)) continue;
      lowest = std::min(lowest, point.smoothed);
      highest = std::max(highest, point.smoothed);
    }
    // A loss that runs away at the end would press the rest of the picture flat.
    const double top = highest + (highest - lowest) / 2;
    for (const Point& point : points_) {
      for (treino::svg::Line* line : {&loss, &smoothed}) line->x.push_back(point.rate);
      loss.y.push_back(point.loss);
      smoothed.y.push_back(point.smoothed);
    }
    treino::svg::LineChart chart;
    chart.x_label = "learning rate";
    chart.x_logarithmic = exponential_;
    chart.whole = false;
    chart.y_label = "loss";
    chart.top = top;
    chart.lines = {std::move(loss), std::move(smoothed)};
    if (best) chart.marks.push_back({chart.lines[1].x[*best], short_text(points_[*best].rate)});
    return treino::svg::sheet({chart.panel()}, "Learning rates of " + std::string(host().run().run));
  }

  std::filesystem::path path_;
  double min_, max_;
  std::uint64_t steps_;
  bool exponential_;
  double threshold_;
  bool apply_;
  std::vector<Point> points_;
};

}  // namespace

TREINO_PLUGIN(LrFinder, R"toml(
kind = "callback"
id = "lr_finder"
version = "1.0.0"
summary = "Tries a range of learning rates before training and suggests one."
phase = "mutate"
events = ["run_begin"]
ranks = "all"
needs = ["trial_steps"]
help = """
Before the first epoch it trains num_training batches in the order of the first epoch, one optimizer step per batch, while the rate goes
from min_lr to max_lr: rate_i = min_lr (max_lr / min_lr)^(i / (n - 1)), or in even steps with mode = "linear". No other plugin is told of
it, and then weights, optimizer state and running statistics are put back bit for bit: a run with it and without apply gives the same
model as one without.
The loss is smoothed: a_i = 0.98 a_(i-1) + 0.02 loss_i, divided by 1 - 0.98^(i+1). The sweep ends early where the smoothed loss is above
early_stop_threshold times the lowest so far, or the loss is NaN or infinite. The suggestion is the middle of that stretch of a fifth of
all points (101 at most), none beyond the lowest smoothed loss, on which the loss falls most steeply: by the median of the slopes between
all pairs of its points (P. K. Sen, J. Amer. Stat. Assoc. 63, 1968), which single batches do not tilt.
Writes the table (step, rate, loss, smoothed_loss) and a picture beside it with the extension .svg; of several processes the first does.
With apply = true the suggestion becomes the base rate, which schedulers and factors act on; where there is none the run does not begin.
Put it after freeze in the manifest, so that it trains what the run will train. A resumed run does not sweep again.
State: none; the base rate is saved with the run.
"""

[parameters.min_lr]
type = "float"
default = 1e-8
above = 0.0
doc = "the first learning rate"

[parameters.max_lr]
type = "float"
default = 1.0
above = 0.0
doc = "the last learning rate"

[parameters.num_training]
type = "int"
default = 100
min = 3
max = 10000
doc = "batches to train"

[parameters.mode]
type = "string"
default = "exponential"
choices = ["exponential", "linear"]
doc = "how the rate grows"

[parameters.early_stop_threshold]
type = "float"
default = 4.0
min = 0.0
doc = "end where the smoothed loss is so many times the lowest; 0: never"

[parameters.apply]
type = "bool"
default = false
doc = "train with the suggestion as base rate"

[parameters.filename]
type = "output"
default = "lr_finder.csv"
doc = "the table; the picture lies beside it"
)toml")
