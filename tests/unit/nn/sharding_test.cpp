// A batch divided into shards: the same bits on any number of processes, which are threads here.
#include "nn/shards/sharding.hpp"

#include <array>
#include <barrier>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "graph_reference.hpp"
#include "nn_helpers.hpp"
#include "support/catch.hpp"

using namespace treino::nn;
using namespace treino::nn::test;

namespace {

/// What the ranks hand each other, laid out for all to read.
struct Meeting {
  explicit Meeting(int count) : ranks(count), all_are_here(count), sent(static_cast<std::size_t>(count)) {}
  int ranks;
  std::barrier<> all_are_here;
  std::vector<const std::byte*> sent;
};

/// Does at once what is begun; that leaves the order in which things are begun to be checked: all ranks have to meet for each.
class Threads final : public Exchange {
 public:
  Threads(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  int rank() const override { return rank_; }
  int ranks() const override { return meeting_.ranks; }
  void all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) override {
    // A copy: `mine` may lie in `all`, which others' parts are written to.
    const std::vector<std::byte> own(bytes(mine), bytes(mine) + counts[static_cast<std::size_t>(rank_)]);
    meet(
        own.data(),
        [&](std::size_t rank, const std::byte* from, std::byte*& to) {
          std::copy_n(from, counts[rank], to);
          to += counts[rank];
        },
        all);
  }
  Request begin_all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) override {
    all_gather(mine, all, counts);
    under_way_.insert(++begun_);
    return begun_;
  }
  Request begin_all_to_all(const void* parts, std::span<const std::uint64_t> part_counts, void* received,
                           std::span<const std::uint64_t> received_counts) override {
    std::uint64_t own = 0;
    for (int r = 0; r < rank_; ++r) own += part_counts[static_cast<std::size_t>(r)];
    meet(
        bytes(parts),
        [&](std::size_t rank, const std::byte* from, std::byte*& to) {
          if (rank != static_cast<std::size_t>(rank_)) std::copy_n(from + own, received_counts[rank], to);
          to += received_counts[rank];
        },
        received);
    under_way_.insert(++begun_);
    return begun_;
  }
  void wait(Request request) override {
    if (under_way_.erase(request) != 1) throw std::logic_error("there is no such request");
  }
  // Every other one that is asked for is done.
  bool is_done(Request request) override { return request % 2 == 0 && under_way_.erase(request) == 1; }

 private:
  static const std::byte* bytes(const void* from) { return static_cast<const std::byte*>(from); }
  template <class Take>
  void meet(const std::byte* mine, Take take, void* to) {
    meeting_.sent[static_cast<std::size_t>(rank_)] = mine;
    meeting_.all_are_here.arrive_and_wait();
    auto* at = static_cast<std::byte*>(to);
    for (std::size_t rank = 0; rank < meeting_.sent.size(); ++rank) take(rank, meeting_.sent[rank], at);
    meeting_.all_are_here.arrive_and_wait();
  }

  Meeting& meeting_;
  int rank_;
  Request begun_ = 0;
  std::set<Request> under_way_;
};

struct Net {
  std::vector<LayerSpec> layers;
  Shape input;
  Precision precision = Precision::float32;
};

const Net convolutional{{conv2d(3, 2), layer("batch_norm"), layer("relu"), max_pool(2), layer("dropout"), layer("flatten"),
                         dense(5), layer("batch_norm"), layer("relu"), layer("dropout"), dense(3)},
                        {2, 5, 5}};
// A residual block: outputs of batch_norm that two read, and a sum of them.
const Net residual{{named(conv2d(16, {3}, {1}, {}, true), "stem"), layer("batch_norm"), layer("relu", "stem_relu"),
                    conv2d(16, {3}, {1}, {}, true), layer("batch_norm", "branch"), reads(layer("add"), {"stem_relu", "branch"}),
                    layer("relu", "block"), layer("dropout"), reads(conv2d(8, {1}, {1}, {}, true), {"block"}, "side"),
                    reads(layer("concat"), {"dropout_1", "side"}), layer("global_avg_pool"), dense(3)},
                   {2, 5, 5}};
// Gradients of more than one exchange, one of them large enough to be sent from where it lies.
const Net wide{{dense(700), layer("relu"), dense(900), layer("layer_norm"), dense(2)}, {40}};

// Layers that look at a sample alone.
const Net by_sample{{conv2d(4, 2), with(layer("group_norm"), "groups", 2), layer("silu"), layer("upsample"), layer("rms_norm"),
                     layer("softplus"), layer("global_max_pool"), layer("hard_sigmoid"), dense(3)},
                    {2, 5, 5}};

const Net over_sequences{
    {layer("positional_embedding"), with(with(layer("attention"), "num_heads", 2), "dropout", 0.25),
     with(layer("layer_norm"), "axis", -1), dense(6), with(with(layer("lstm"), "units", 4), "return_sequences", true),
     with(with(layer("conv1d"), "filters", 3), "kernel", 2), with(layer("gru"), "units", 3), dense(2)},
    {5, 4}};

// Products and convolutions of rounded operands.
const Net convolutional_bf16{convolutional.layers, convolutional.input, Precision::bf16_emulated};
const Net over_sequences_bf16{over_sequences.layers, over_sequences.input, Precision::bf16_emulated};

/// Three steps of two batches each (the second one has `last` rows), a frozen parameter from the second step on, then inference.
/// Returns all parameters, gradients and outputs.
std::vector<float> train(const Net& net, const Sharding& sharding, std::int64_t rows, std::int64_t last) {
  Model model(net.layers, net.input, rows, 7, 1, InitialValues::drawn, sharding, net.precision);
  Descent optimizer(model.parameters(), 0.9f);
  std::vector<float> seen;
  const auto keep = [&](std::span<const float> values) { seen.insert(seen.end(), values.begin(), values.end()); };
  std::uint64_t batch = 0;
  for (int step = 0; step < 3; ++step) {
    if (step == 1) model.set_trainable(0, false);
    for (const std::int64_t count : {rows, last}) {
      const std::vector<float> input = normal_numbers(count * size_of(net.input), 11 + batch);
      const std::vector<float> gradient = normal_numbers(count * size_of(model.output_shape()), 23 + batch);
      keep(model.forward(input.data(), count, Mode::train, batch++));
      std::copy(gradient.begin(), gradient.end(), model.output_gradient().begin());
      model.backward(model.output_gradient().data(), count == last && rows != last, count == last);
    }
    for (const Parameter& parameter : model.parameters()) keep(parameter.gradient);
    optimizer.step(0.05f);
  }
  const std::vector<float> input = normal_numbers(rows * size_of(net.input), 5);
  keep(model.forward(input.data(), rows, Mode::infer));
  for (const Parameter& parameter : model.parameters()) keep(parameter.value);
  return seen;
}

/// Of all ranks.
std::vector<std::vector<float>> train_on(int ranks, const Net& net, int shards, std::int64_t rows, std::int64_t last) {
  Meeting meeting(ranks);
  std::vector<std::vector<float>> seen(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      Threads exchange(meeting, rank);
      seen[static_cast<std::size_t>(rank)] = train(net, {shards, &exchange}, rows, last);
    });
  for (std::thread& thread : threads) thread.join();
  return seen;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("shards give bit for bit the same on every number of processes that divides them") {
  struct Case {
    const Net& net;
    int shards;
    std::vector<int> ranks;
    std::int64_t rows, last;
  };
  const std::vector<Case> cases{{convolutional, 4, {1, 2, 4}, 13, 6},
                                {convolutional, 6, {1, 2, 3, 6}, 12, 11},
                                {convolutional, 12, {1, 2, 3, 4, 6, 12}, 30, 5},  // shards without rows
                                {convolutional, 5, {1, 5}, 9, 1},
                                {by_sample, 4, {1, 2, 4}, 13, 6},
                                {over_sequences, 4, {1, 2, 4}, 13, 6},
                                {convolutional_bf16, 4, {1, 2, 4}, 13, 6},
                                {over_sequences_bf16, 4, {1, 2, 4}, 13, 6},
                                {residual, 4, {1, 2, 4}, 13, 6},
                                {residual, 2, {1, 2}, 4, 3},
                                {residual, 12, {1, 3, 6}, 14, 5},
                                {wide, 4, {1, 2, 4}, 8, 8},
                                {wide, 6, {1, 2, 3}, 7, 3}};
  for (const Case& each : cases) {
    const std::vector<float> alone = train(each.net, {each.shards, nullptr}, each.rows, each.last);
    for (const int ranks : each.ranks)
      for (const std::vector<float>& seen : train_on(ranks, each.net, each.shards, each.rows, each.last)) {
        INFO(each.shards << " shards on " << ranks);
        REQUIRE(seen.size() == alone.size());
        CHECK(std::memcmp(seen.data(), alone.data(), alone.size() * sizeof(float)) == 0);
      }
  }
}

TEST_CASE("shards change nothing but the rounding") {
  for (const Net* net : {&convolutional, &by_sample, &over_sequences, &residual, &wide})
    for (const int shards : {2, 3, 4, 8}) {
      INFO(shards << " shards");
      const std::vector<float> whole = train(*net, {}, 16, 7), divided = train(*net, {shards, nullptr}, 16, 7);
      CHECK(largest_difference(whole, divided) < 2e-4);  // of gradients up to 30
      CHECK(std::memcmp(whole.data(), divided.data(), whole.size() * sizeof(float)) != 0);
    }
}

TEST_CASE("running statistics measured again are those of all shards") {
  const auto measured = [](int shards) {
    Model model(convolutional.layers, convolutional.input, 10, 7, 1, InitialValues::drawn, {shards, nullptr});
    model.begin_statistics();
    for (std::uint64_t batch = 0; batch < 3; ++batch) {
      const std::vector<float> input = normal_numbers(10 * size_of(convolutional.input), batch);
      model.forward(input.data(), 10, Mode::train, batch);
    }
    model.end_statistics();
    const Parameter& variance = parameter(model, "batch_norm_1/running_var");
    return std::vector<float>(variance.value.begin(), variance.value.end());
  };
  CHECK(largest_difference(measured(1), measured(4)) < 1e-5);
}

TEST_CASE("processes that do not divide the shards are refused") {
  Meeting meeting(4);
  Threads exchange(meeting, 0);
  CHECK_THROWS_WITH(Model({dense(1)}, {1}, 1, 0, 1, InitialValues::drawn, {6, &exchange}), "6 shards for 4 processes");
}

TEST_CASE("the tree of shards: where blocks of neighbors are its nodes") {
  CHECK(are_nodes_of_tree(4, 2));
  CHECK(are_nodes_of_tree(6, 3));
  CHECK(are_nodes_of_tree(12, 3));
  CHECK_FALSE(are_nodes_of_tree(6, 2));
  std::vector<std::string> sums{"a", "b", "c", "d", "e", "f"};
  add_in_tree(0, 6, [&](int to, int from) {
    auto& sum = sums[static_cast<std::size_t>(to)];
    sum = "(" + sum + "+" + sums[static_cast<std::size_t>(from)] + ")";
  });
  CHECK(sums[0] == "(((a+b)+c)+((d+e)+f))");
}
