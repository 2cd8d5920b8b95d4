// Memory by lifetimes: what is not in use at the same time shares its place.
#include "nn/memory/arena.hpp"

#include <cstdint>
#include <new>

#include "base/random.hpp"
#include "nn/memory/step_memory.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::nn;

namespace {

bool meet(const Block& a, const Block& b) {
  const bool in_time = a.lifetime.first <= b.lifetime.last && b.lifetime.first <= a.lifetime.last;
  return in_time && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

}  // namespace

TEST_CASE("what is never in use at the same time shares its place") {
  // Moments 0 to 2: at 0 there are 128 + 64 bytes, at 1 and 2 128 + 256.
  std::vector<Block> blocks{{128, {0, 2}}, {64, {0, 0}}, {256, {1, 2}}};
  CHECK(lay_out(blocks) == 384);
  CHECK(blocks[2].offset == 0);
  CHECK(blocks[0].offset == 256);
  CHECK(blocks[1].offset == 0);
}

TEST_CASE("a block goes into the lowest gap that has room for it") {
  std::vector<Block> blocks{{640, {0, 0}}, {512, {1, 9}}, {320, {0, 9}}, {100, {1, 9}}, {64, {1, 9}}};
  CHECK(lay_out(blocks) == 1024);
  CHECK(blocks[2].offset == 640);
  CHECK(blocks[3].offset == 512);
  CHECK(blocks[4].offset == 960);  // from 512 + 100 to 640 is no room for 64 on a cache line's boundary
}

TEST_CASE("sizes that no memory has are refused, and none is counted as a small one") {
  Arena arena;
  ArenaSpan<float> slice;
  arena.request(slice, -1);  // as an overflowed product of sizes may be
  CHECK_THROWS_AS(arena.build(), std::bad_alloc);
  std::vector<Block> blocks(200000, Block{std::size_t{1} << 47, {0, 1}});  // 2^64.6 bytes
  CHECK_THROWS_AS(lay_out(blocks), std::bad_alloc);
}

TEST_CASE("blocks are aligned, lie apart while both are in use, and together take no more than one after another") {
  const base::RandomStream random(5, base::Purpose::noise);
  std::uint64_t drawn = 0;
  const auto below = [&](int limit) { return static_cast<int>(random.uniform(drawn++) * static_cast<float>(limit)); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Block> blocks;
    std::size_t sum = 0, most_at_once = 0;
    for (int i = below(30); i >= 0; --i) {
      const int first = below(20);
      blocks.push_back({static_cast<std::size_t>(below(3) == 0 ? below(2) : below(5000)), {first, first + below(8)}});
      sum += (blocks.back().bytes + block_alignment - 1) / block_alignment * block_alignment;
    }
    const std::size_t total = lay_out(blocks);
    for (int moment = 0; moment < 28; ++moment) {
      std::size_t at_once = 0;
      for (const Block& one : blocks) at_once += one.lifetime.first <= moment && moment <= one.lifetime.last ? one.bytes : 0;
      most_at_once = std::max(most_at_once, at_once);
    }
    CHECK(total <= sum);
    CHECK(total >= most_at_once);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      CHECK(blocks[i].offset % block_alignment == 0);
      CHECK(blocks[i].offset + blocks[i].bytes <= total);
      for (std::size_t j = 0; j < i; ++j) REQUIRE_FALSE(meet(blocks[i], blocks[j]));
    }
  }
}

TEST_CASE("nothing takes nothing") {
  std::vector<Block> none;
  CHECK(lay_out(none) == 0);
  Arena arena;
  arena.build();
  CHECK(arena.size() == 0);
}

TEST_CASE("slices of an arena are as large as requested, and those without a lifetime are in use all the time") {
  Arena arena;
  ArenaSpan<float> whole, early, late;
  arena.request(whole, 100);
  arena.limit(arena.request(early, 16), {0, 3});
  arena.limit(arena.request(late, 10), {4, 4});
  CHECK_THROWS_AS(arena.limit(3, {0, 0}), std::out_of_range);
  arena.build();
  CHECK(arena.size() == 448 + 64);
  CHECK(whole.size() == 100);
  CHECK(early.data() == late.data());
  CHECK((early.data() >= whole.data() + 100 || early.data() + 16 <= whole.data()));
  CHECK(reinterpret_cast<std::uintptr_t>(whole.data()) % block_alignment == 0);
}

// Outputs of 16 floats each: 64 bytes.
TEST_CASE("a network's memory: an output goes when backward has read it, and gradients take its place") {
  const Traits dense{.reads_input = true}, relu{.reads_output = true, .gradient_in_place = true}, pool{};
  StepMemory memory;
  ArenaSpan<float> outputs[4], mask;
  const auto add = [&](int layer) {
    memory.request(outputs[layer], 16, Use::output);
    if (layer == 2) memory.request(mask, 16, Use::kept);
    memory.next(16);
  };
  for (int i = 0; i < 4; ++i) add(i);
  const std::vector<Traits> traits{dense, relu, pool, dense};
  memory.build(traits);
  // Forward at moments 0 to 3, backward of layer 3 at 4, of 0 at 7. In use: output 0 at 0-1 (relu reads its own output), 1 at
  // 1-6, 2 at 2-4, 3 at 3-8, the mask at 2-5; gradients of output 3 at 4, of 2 at 4-5, of 1 and 0, in place, at 5-7. The most is
  // at 4: outputs 1, 2 and 3, the mask and two gradients.
  CHECK(memory.bytes() == 6 * 64);
  CHECK(memory.gradient(0) == memory.gradient(1));
  CHECK(memory.gradient(2) != memory.gradient(1));
  CHECK(memory.gradient(2) != memory.gradient(3));
  for (ArenaSpan<float>& output : outputs) CHECK(output.data() != nullptr);
}

TEST_CASE("a layer's output lives as long as its reader needs it, and the network's output to the end") {
  const Traits dense{.reads_input = true}, flatten{.passes_input = true, .gradient_in_place = true};
  StepMemory memory;
  ArenaSpan<float> first, last;
  memory.request(first, 16, Use::output);
  memory.next(16);
  memory.next(16);
  memory.request(last, 16, Use::output);
  memory.next(16);
  memory.next(16);
  const std::vector<Traits> traits{dense, flatten, dense, flatten};
  memory.build(traits);
  // Backward of layers 3 to 0 at 4 to 7: `first` lasts through 5, as layer 2 reads it, `last` through the end, the gradient of
  // layer 3 and 2 at 4-5, that of 1 and 0 at 5-7.
  CHECK(memory.bytes() == 4 * 64);
  CHECK(first.data() != last.data());
  CHECK(memory.gradient(3) == memory.gradient(2));
  CHECK(memory.gradient(1) == memory.gradient(0));
  for (const float* gradient : {memory.gradient(3), memory.gradient(0)}) {
    CHECK(gradient != first.data());
    CHECK(gradient != last.data());
  }
}

TEST_CASE("scratch memory used at one time shares its place with that of another time") {
  StepMemory memory;
  ArenaSpan<std::byte> forward[2], backward[2], always;
  for (int i = 0; i < 2; ++i) {
    memory.request(forward[i], 640, Use::forward);
    memory.request(backward[i], 640, Use::backward);
    if (i == 0) memory.request(always, 64, Use::always);
    memory.next(1);
  }
  const std::vector<Traits> traits(2);
  memory.build(traits);
  CHECK(forward[0].data() == forward[1].data());
  CHECK(backward[0].data() == forward[0].data());
  CHECK(memory.bytes() == 640 + 64 + 2 * 64);  // and two gradients, at the moment when one becomes the other
}

// As above; layer 3 adds the outputs of 0 and 2.
TEST_CASE(
    "a graph's memory: an output stays for the last that reads it, and the last makes its gradient, which the others add to") {
  const Traits dense{.reads_input = true}, relu{.reads_output = true, .gradient_in_place = true}, pool{},
      add{.gradient_in_place = true};
  StepMemory memory;
  ArenaSpan<float> outputs[5];
  const std::vector<std::vector<std::size_t>> inputs{{model_input}, {0}, {1}, {0, 2}, {3}};
  for (std::size_t i = 0; i < 5; ++i) {
    memory.request(outputs[i], 16, Use::output);
    memory.next(16, inputs[i]);
  }
  const std::vector<Traits> traits{dense, relu, pool, add, dense};
  memory.build(traits);
  // Forward at 0 to 4, backward of layer 4 at 5, of 0 at 9. In use: output 0 at 0-3, 1 at 1-8, 2 at 2-3, 3 at 3-5, 4 to the end;
  // the gradient of output 4 at 5, of 3 at 5-6, which becomes that of 0 and stays to 9; of 2 at 6-7, of 1, which relu makes 0's
  // part of in place, at 7-8. At 3 four outputs are in use, at 5 three and two gradients.
  CHECK(memory.bytes() == 5 * 64);
  CHECK(memory.gradient(0) == memory.gradient(3));
  CHECK(memory.input_gradient(3, 0).values == memory.gradient(0));
  CHECK(memory.input_gradient(3, 0).sum == nullptr);
  CHECK(memory.input_gradient(3, 1).values == memory.gradient(2));
  CHECK(memory.input_gradient(1, 0).values == memory.gradient(1));
  CHECK(memory.input_gradient(1, 0).sum == memory.gradient(0));
  CHECK(memory.input_gradient(0, 0).values == nullptr);
}
