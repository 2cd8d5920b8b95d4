// Times the three passes of convolutions over a grid of shapes and finds those that cost much more than their neighbors:
//   bench_convolutions [--quick] [--all] [--threads N] [--batch N]
// ONEDNN_MAX_CPU_ISA=AVX2 in the environment measures what a processor without AVX-512 would do. --quick: every other size of the
// grid. --batch: one batch size instead of 1, 16 and 128. --all: a line per shape and pass, not only the most expensive ones. Exit
// code 1 where a shape costs more than 4 times as much as a neighbor: one step away in channels, filters, kernel or stride, with
// the same pass, batch and layout.
//
// The time of tiny convolutions is that of moving their images, so what neighbors are compared by is the time per unit of work:
// a FLOP, or 1/32 of a number that is read or written, which is what a core computes in the time that such a number takes; a call
// has 1,000,000 of them for its start.
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "nn/kernels/threads.hpp"
#include "nn/memory/buffer.hpp"
#include "nn/onednn/convolution.hpp"

namespace {

using namespace treino::nn;

constexpr double limit = 4;
constexpr std::int64_t image = 14;
constexpr std::array<const char*, 3> passes{"forward", "backward_weights", "backward_data"};

/// Indices into the axes of the grid.
using Place = std::array<std::size_t, 6>;
enum Axis { channels, filters, kernel, stride, batch, layout };  // layout: 0 plain, 1 as a convolution before it gives

struct Grid {
  std::array<std::vector<std::int64_t>, 6> axes{{{1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 32, 48, 64},
                                                 {4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64},
                                                 {1, 2, 3, 4, 5, 6, 7},
                                                 {1, 2},
                                                 {1, 16, 128},
                                                 {0, 1}}};
  std::int64_t at(const Place& place, Axis axis) const { return axes[axis][place[axis]]; }
};

struct Shape {
  Window window;
  std::int64_t filters, batch, input_block;
  std::int64_t input_size() const { return batch * window.channels * window.height * window.width; }
  std::int64_t output_size() const { return batch * filters * window.output_height * window.output_width; }
  std::int64_t weight_size() const { return filters * window.channels * window.kernel_height * window.kernel_width; }
  double flops() const { return 2.0 * static_cast<double>(output_size()) * static_cast<double>(weight_size() / filters); }
  double work() const { return flops() + 32.0 * static_cast<double>(input_size() + output_size() + weight_size()) + 1e6; }
};

struct Cost {
  double seconds, flops, work;
  std::string implementations;
};

Window window_of(const Grid& grid, const Place& place) {
  const std::int64_t size = grid.at(place, kernel), step = grid.at(place, stride), padding = size / 2;
  const std::int64_t output = (image + 2 * padding - size) / step + 1;
  return {grid.at(place, channels), image, image, size, size, step, step, padding, padding, padding, padding, output, output};
}

/// The block that a convolution with as many filters gives.
std::int64_t block_of(std::int64_t channels, std::int64_t batch) {
  const Window before{3, image, image, 3, 3, 1, 1, 1, 1, 1, 1, image, image};
  return Convolution(before, channels, batch, true, 1).output_block();
}

class Bench {
 public:
  explicit Bench(int threads) : threads_(threads) {
    for (Buffer& buffer : buffers_) {
      buffer = Buffer(128 * 64 * image * image + 64 * 64 * 49);
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(buffer.size()); ++i) buffer[i] = static_cast<float>(i % 13) - 6;
    }
  }

  /// budget: seconds for each pass; see `best`.
  std::array<Cost, 3> costs_of(const Shape& shape, double budget) {
    const ThreadScope scope(threads_);
    Convolution convolution(shape.window, shape.filters, shape.batch, true, shape.input_block);
    scratch_of(std::max(convolution.forward_scratch(), convolution.backward_scratch()));
    const auto names = convolution.implementations();
    float *input = buffers_[0].data(), *weight = buffers_[1].data(), *bias = buffers_[2].data(), *output = buffers_[3].data();
    float* result = buffers_[4].data();
    return {{{best([&] { convolution.forward(input, weight, bias, result, scratch_.data()); }, budget), shape.flops(),
              shape.work(), joined(names.forward)},
             {best([&] { convolution.backward_weights(input, output, result, buffers_[5].data(), scratch_.data()); }, budget),
              shape.flops(), shape.work(), joined(names.backward_weights)},
             {best([&] { convolution.backward_data(output, weight, result, scratch_.data()); }, budget), shape.flops(),
              shape.work(), joined(names.backward_data)}}};
  }

 private:
  static std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, " + ")); }

  void scratch_of(std::size_t bytes) {
    if (bytes > scratch_.size()) scratch_ = Array<std::byte>::unset(static_cast<std::int64_t>(bytes));
  }

  /// In seconds: of this thread's processor time where it works alone, so that other programs count less.
  double now() const {
    timespec time{};
    clock_gettime(threads_ == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

  /// The shortest of as many calls as the budget allows, the first one left out: it meets code and memory for the first time.
  /// That counts for nothing in a call which takes longer than `long_call`, and such a one is the only one where the budget is
  /// spent.
  template <class Call>
  double best(Call call, double budget) const {
    const auto time = [&] {
      const double start = now();
      call();
      return now() - start;
    };
    const double first = time();
    double least = first > long_call ? first : std::numeric_limits<double>::max();
    for (double total = first; least == std::numeric_limits<double>::max() || total < budget;) {
      const double seconds = time();
      least = std::min(least, seconds);
      total += seconds;
    }
    return least;
  }

  static constexpr double long_call = 5e-3;

  int threads_;
  std::array<Buffer, 6> buffers_;
  Array<std::byte> scratch_;
};

/// All neighbors of a place that are in `costs`.
template <class Visit>
void each_neighbor(const Grid& grid, const Place& place, Visit visit) {
  for (const Axis axis : {channels, filters, kernel, stride}) {
    for (const int step : {-1, 1}) {
      Place next = place;
      next[axis] += static_cast<std::size_t>(step);
      if (next[axis] >= grid.axes[axis].size()) continue;
      // A 1x1 convolution is a matrix product, of which nothing follows for others.
      if (axis == kernel && (grid.at(place, kernel) == 1 || grid.at(next, kernel) == 1)) continue;
      visit(next);
    }
  }
}

std::string to_text(const Grid& grid, const Place& place) {
  const std::int64_t size = grid.at(place, kernel);
  return fmt::format("{:>2}->{:<2} {}x{} stride {} batch {:<3} {}", grid.at(place, channels), grid.at(place, filters), size, size,
                     grid.at(place, stride), grid.at(place, batch), grid.at(place, layout) == 0 ? "plain  " : "blocked");
}

class Search {
 public:
  /// batch: 0 for all of the grid's.
  Search(bool quick, int threads, std::int64_t batch_size) : bench_(threads) {
    if (quick) {
      for (const Axis axis : {channels, filters}) thin_out(grid_.axes[axis]);
      grid_.axes[kernel] = {1, 3, 5};
      grid_.axes[batch] = {16};
    }
    if (batch_size > 0) grid_.axes[batch] = {batch_size};
    for (const std::int64_t n : grid_.axes[batch]) {
      for (const std::int64_t count : grid_.axes[channels]) {
        blocks_[{count, n}] = block_of(count, n);
        if (count < 4) blocks_[{count, n}] = 1;
      }
    }
  }

  void measure() { visit_all({}, 0); }

  void print(bool all) const {
    std::vector<std::pair<double, std::string>> lines;
    for (const auto& [place, costs] : costs_) {
      for (std::size_t pass = 0; pass < passes.size(); ++pass) {
        const Cost& cost = costs[pass];
        const double ratio = ratio_of(place, pass);
        lines.emplace_back(ratio, fmt::format("{} {:<16} {:10.1f} us {:8.4f} ns/FLOP  {:5.2f} of its cheapest neighbor  {}",
                                              to_text(grid_, place), passes[pass], cost.seconds * 1e6,
                                              cost.seconds * 1e9 / cost.flops, ratio, cost.implementations));
      }
    }
    if (!all) {
      std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
      lines.resize(std::min<std::size_t>(lines.size(), 40));
    }
    for (const auto& line : lines) fmt::print("{}\n", line.second);
    print_totals();
  }

  /// Shapes that still cost too much when they and their cheapest neighbors are measured again, so that nothing else that the
  /// machine did is held against them, or for those.
  int cliffs() {
    int count = 0;
    for (int attempt = 0; attempt < 3; ++attempt) {
      count = 0;
      std::set<Place> again;
      for (const auto& [place, costs] : costs_) {
        for (std::size_t pass = 0; pass < passes.size(); ++pass) {
          if (ratio_of(place, pass) <= limit) continue;
          ++count;
          again.insert(place);
          again.insert(cheapest_neighbor(place, pass));
        }
      }
      if (count == 0) return 0;
      for (const Place& place : again) costs_[place] = bench_.costs_of(shape_at(place), 0.05);
    }
    return count;
  }

 private:
  static void thin_out(std::vector<std::int64_t>& sizes) {
    std::vector<std::int64_t> kept;
    for (std::size_t i = 0; i < sizes.size(); i += 2) kept.push_back(sizes[i]);
    sizes = kept;
  }

  void visit_all(Place place, std::size_t axis) {
    if (axis == place.size()) return measure_at(place);
    for (place[axis] = 0; place[axis] < grid_.axes[axis].size(); ++place[axis]) visit_all(place, axis + 1);
  }

  Shape shape_at(const Place& place) const {
    const std::int64_t n = grid_.at(place, batch), count = grid_.at(place, channels);
    return {window_of(grid_, place), grid_.at(place, filters), n, grid_.at(place, layout) == 0 ? 1 : blocks_.at({count, n})};
  }

  void measure_at(const Place& place) {
    const Shape shape = shape_at(place);
    // A layout in blocks that is plain has been measured already.
    if (grid_.at(place, layout) == 1 && shape.input_block == 1) return;
    costs_[place] = bench_.costs_of(shape, 3e-4);
  }

  double cost_at(const Place& place, std::size_t pass) const {
    const Cost& cost = costs_.at(place)[pass];
    return cost.seconds / cost.work;
  }

  /// The place itself, where it has none.
  Place cheapest_neighbor(const Place& place, std::size_t pass) const {
    Place cheapest = place;
    each_neighbor(grid_, place, [&](const Place& next) {
      if (costs_.contains(next) && (cheapest == place || cost_at(next, pass) < cost_at(cheapest, pass))) cheapest = next;
    });
    return cheapest;
  }

  double ratio_of(const Place& place, std::size_t pass) const {
    return cost_at(place, pass) / cost_at(cheapest_neighbor(place, pass), pass);
  }

  void print_totals() const {
    for (std::size_t pass = 0; pass < passes.size(); ++pass) {
      std::map<std::string, int> names;
      double seconds = 0, flops = 0;
      for (const auto& [place, costs] : costs_) {
        ++names[costs[pass].implementations];
        seconds += costs[pass].seconds;
        flops += costs[pass].flops;
      }
      fmt::print("{}: {} shapes, {:.3f} s, {:.4f} ns/FLOP on average\n", passes[pass], costs_.size(), seconds,
                 seconds * 1e9 / flops);
      for (const auto& [name, count] : names) fmt::print("  {:6} {}\n", count, name);
    }
  }

  Grid grid_;
  Bench bench_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> blocks_;  // by channels and batch
  std::map<Place, std::array<Cost, 3>> costs_;
};

}  // namespace

int main(int count, char** arguments) {
  const treino::nn::ThreadPlacement placement;  // as the program has it
  bool quick = false, all = false;
  int threads = 1, batch_size = 0;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--quick") {
      quick = true;
    } else if (argument == "--all") {
      all = true;
    } else if (argument == "--threads" && i + 1 < count) {
      threads = std::max(1, std::atoi(arguments[++i]));
    } else if (argument == "--batch" && i + 1 < count) {
      batch_size = std::clamp(std::atoi(arguments[++i]), 1, 128);
    } else {
      fmt::print(stderr, "bench_convolutions [--quick] [--all] [--threads N] [--batch N]\n");
      return 2;
    }
  }
  Search search(quick, threads, batch_size);
  search.measure();
  const int cliffs = search.cliffs();
  search.print(all);
  fmt::print("{} passes of a shape cost more than {} times as much as a neighbor\n", cliffs, limit);
  return cliffs == 0 ? 0 : 1;
}
