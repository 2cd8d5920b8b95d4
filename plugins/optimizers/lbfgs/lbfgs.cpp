// Steps along an estimate of Newton's direction, made of the last steps and what they did to the gradient: D. Liu, J. Nocedal, On the
// Limited Memory BFGS Method for Large Scale Optimization, 1989.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <treino/optimizer.hpp>

#include "line_search.hpp"
#include "pairs.hpp"

namespace treino::lbfgs {
namespace {

class Lbfgs final : public ClosureOptimizer {
 public:
  explicit Lbfgs(const Setup& setup)
      : pairs_(static_cast<int>(setup.get<std::int64_t>("history_size"))),
        most_iterations_(static_cast<int>(setup.get<std::int64_t>("max_iterations"))),
        most_evaluations_(static_cast<int>(setup.get<std::int64_t>("max_evaluations"))),
        gradient_tolerance_(setup.get<double>("tolerance_gradient")),
        change_tolerance_(setup.get<double>("tolerance_change")),
        searches_(setup.get<std::string>("line_search") == "strong_wolfe") {
    if (most_evaluations_ == 0) most_evaluations_ = most_iterations_ * 5 / 4;
  }

  std::vector<std::string> state() const override {
    std::vector<std::string> names = {"last_step", "last_gradient"};
    for (int pair = 1; pair <= pairs_.count(); ++pair) {
      names.push_back("step_" + std::to_string(pair));
      names.push_back("change_" + std::to_string(pair));
    }
    return names;
  }
  void prepare(const std::vector<OptimizedParameter>& parameters) override {
    std::size_t size = 0;
    for (const OptimizedParameter& parameter : parameters) size += static_cast<std::size_t>(parameter.size);
    direction_.resize(size);
    begin_.resize(size);
  }

  void step(const OptimizerStep& step, Closure& closure) override {
    const Vectors vectors(closure);
    evaluations_left_ = most_evaluations_ - 1;  // the first has been made
    double loss = closure.loss();
    pairs_.begin_step(vectors);
    for (int iteration = 1;; ++iteration) {
      const double largest = vectors.largest_gradient();
      if (!std::isfinite(loss) || !std::isfinite(largest) || largest <= gradient_tolerance_) return;
      const bool is_first = !has_moved(vectors);
      is_first ? pairs_.forget(vectors) : pairs_.add_last(vectors);
      pairs_.choose(vectors, direction_);
      const double slope = vectors.dot(gradients(), values_of(direction_));
      if (!(slope <= -change_tolerance_)) return;
      keep_gradient(vectors);
      const double first_length = is_first ? std::min(1.0, 1 / vectors.sum_of_gradients()) : 1.0;
      const Point end = move(vectors, closure, {0, loss, slope}, first_length * step.learning_rate, iteration < most_iterations_);
      keep_step(vectors, end.length);
      const double moved = end.length * largest_of_direction(), change = std::abs(end.loss - loss);
      loss = end.loss;
      if (iteration == most_iterations_ || evaluations_left_ <= 0) return;
      if (moved <= change_tolerance_ || change < change_tolerance_) return;
    }
  }

 private:
  bool has_moved(const Vectors& vectors) const {
    return vectors.dot(state_of(Places::last_step), state_of(Places::last_step)) > 0;
  }

  void keep_gradient(const Vectors& vectors) {
    vectors.each([&](const ParameterStep& p, std::int64_t offset) {
      const auto bytes = static_cast<std::size_t>(p.size()) * sizeof(float);
      std::memcpy(p.state(Places::last_gradient).data(), p.gradient().data(), bytes);
      std::memcpy(begin_.data() + offset, p.value().data(), bytes);
    });
  }
  void keep_step(const Vectors& vectors, double length) const {
    const auto rounded = static_cast<float>(length);
    vectors.each([&](const ParameterStep& p, std::int64_t offset) {
      float* step = p.state(Places::last_step).data();
      for (std::int64_t i = 0; i < p.size(); ++i) step[i] = rounded * direction_[static_cast<std::size_t>(offset + i)];
    });
  }

  void go(const Vectors& vectors, double length) const {
    const auto rounded = static_cast<float>(length);
    vectors.each([&](const ParameterStep& p, std::int64_t offset) {
      const float *from = begin_.data() + offset, *direction = direction_.data() + offset;
      for (std::int64_t i = 0; i < p.size(); ++i) p.value()[i] = from[i] + rounded * direction[i];
    });
  }
  /// Without a search the loss at the end is of use to the next iteration alone.
  Point move(const Vectors& vectors, Closure& closure, const Point& start, double length, bool goes_on) {
    const auto at = [&](double there) {
      go(vectors, there);
      const double loss = closure.evaluate();
      return Point{there, loss, vectors.dot(gradients(), values_of(direction_))};
    };
    if (searches_) {
      const double largest = largest_of_direction();
      StrongWolfe search(start, evaluations_left_, largest > 0 ? change_tolerance_ / largest : 0, at);
      const Point end = search.find(length);
      evaluations_left_ = search.evaluations_left();
      return end;
    }
    if (goes_on) {
      --evaluations_left_;
      return at(length);
    }
    go(vectors, length);
    return {length, start.loss, start.slope};
  }

  double largest_of_direction() const {
    float largest = 0;
    for (const float value : direction_) largest = std::max(largest, std::abs(value));
    return static_cast<double>(largest);
  }

  Pairs pairs_;
  const int most_iterations_;
  int most_evaluations_;
  const double gradient_tolerance_, change_tolerance_;
  const bool searches_;
  std::vector<float> direction_, begin_;  // of all parameters
  int evaluations_left_ = 0;
};

}  // namespace
}  // namespace treino::lbfgs

TREINO_PLUGIN(treino::lbfgs::Lbfgs, R"toml(
kind = "optimizer"
draft = 1
id = "lbfgs"
version = "1.0.0"
closure = true
summary = "L-BFGS: a quasi-Newton method for small data, with batches of all samples."
help = """
Each step makes up to max_iterations iterations on its batch, each of which computes loss and gradients again: take batch_size as large as the
data, since the estimate of the curvature comes from differences of gradients. The first iteration goes along the gradient, by
learning_rate * min(1, 1 / sum |gradient|); all others try learning_rate (usually 1) along
  -H * gradient, H the inverse Hessian that history_size pairs of steps and changes of the gradient make up
The results without a line search are those of torch.optim.LBFGS. A step whose loss or gradient is not finite is not taken. What callbacks do
to gradients holds for the first evaluation of a step alone; dropout drops the same values in all of them.
State: last_step, last_gradient, and step_i and change_i of each pair, which makes 2 + 2 * history_size arrays of each parameter."""

[parameters.max_iterations]
type = "int"
default = 20
min = 1
max = 1000000
doc = "iterations of a step"

[parameters.max_evaluations]
type = "int"
default = 0
min = 0
max = 1000000
doc = "evaluations of the loss in a step, that of the batch itself among them; 0: 5/4 of max_iterations. A line search may need one more"

[parameters.tolerance_gradient]
type = "float"
default = 1e-7
min = 0.0
doc = "a step ends where no gradient is larger"

[parameters.tolerance_change]
type = "float"
default = 1e-9
min = 0.0
doc = "a step ends where the loss changes by less, or no weight by more"

[parameters.history_size]
type = "int"
default = 10
min = 1
max = 31
doc = "pairs that are remembered"

[parameters.line_search]
type = "string"
default = "strong_wolfe"
choices = ["strong_wolfe", "none"]
doc = "strong_wolfe: how far to go is looked for, so that the loss of a batch never rises; none: by learning_rate"
)toml")
