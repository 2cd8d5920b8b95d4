// What the loop asks of the allocator. A program of its own, because malloc is replaced in it.
#include "conformance/allocations.hpp"
#include "support/catch.hpp"
#include "train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// 8,192 samples of 64 numbers in ten classes: more than what is copied together on the spot.
void write_arrays(const std::filesystem::path& folder) {
  const auto write = [&](const char* name, const std::string& shape, const std::string& content) {
    std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.resize(117, ' ');
    write_text(folder / name, std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n" + content);
  };
  std::string pixels, labels;
  unsigned state = 1;
  for (int i = 0; i < 8192 * 64; ++i) pixels += static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  for (int i = 0; i < 8192; ++i) labels += static_cast<char>(i % 10);
  write("pixels.npy", "8192, 64", pixels);
  write("labels.npy", "8192,", labels);
}

const std::string usual = R"([run]
epochs = 3
threads = 1
[data]
train = { file = "pixels.npy", target_file = "labels.npy", target_kind = "index" }
scale = 0.004
batch_size = 32
[model]
layers = [ { type = "dense", units = 32 }, { type = "relu" }, { type = "dense", units = 10 } ]
[optimizer]
type = "sgd"
momentum = 0.9
rate = 0.05
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
[[scheduler]]
plugin = "cosine_annealing"
t_max = 1000
unit = "step"
[[callback]]
plugin = "progbar_logger"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "early_stopping"
monitor = "loss"
patience = 1000
[[callback]]
plugin = "terminate_on_nan"
[[callback]]
plugin = "model_checkpoint"
filepath = "weights.safetensors"
)";

}  // namespace

TEST_CASE("steps with the usual plugins allocate nothing: 768 of them as much as 192") {
  const Workshop workshop;
  write_arrays(workshop.path());
  const auto allocations_of = [&](const char* batch_size, const char* folder) {
    SilentTrainer run(workshop.plan(usual, {std::string("data.batch_size=") + batch_size}), workshop.path() / folder);
    const std::uint64_t before = conformance::allocations();
    const train::Result result = run.trainer.fit();
    const std::uint64_t made = conformance::allocations() - before;
    CHECK(result.outcome == TREINO_DONE);
    return made;
  };
  allocations_of("128", "first");  // what is made once a process
  const std::uint64_t few = allocations_of("128", "few"), many = allocations_of("32", "many");
  CHECK(few > 0);
  // One in a hundred steps would be six more; when a thread has written the file decides over one or two.
  CHECK(many < few + 5);
  CHECK(few < many + 5);
}

#ifndef TREINO_CONFORMANCE_SANITIZED
TEST_CASE("a checkpoint without the memory for a copy is written at once") {
  const Workshop workshop;
  const std::string text = wine + R"([model]
layers = [ { type = "dense", units = 500 }, { type = "relu" }, { type = "dense", units = 500 }, { type = "dense", units = 3 } ]
[[callback]]
plugin = "model_checkpoint"
filepath = "weights.safetensors"
)";
  const auto weights_after = [&](std::size_t most, const char* folder) {
    SilentTrainer run(workshop.plan(text), workshop.path() / folder);
    conformance::refuse_allocations_above(most);
    const train::Result result = run.trainer.fit();
    conformance::refuse_allocations_above(SIZE_MAX);
    INFO(result.reason);
    CHECK(result.outcome == TREINO_DONE);
    return read_text(workshop.path() / folder / "weights.safetensors");
  };
  // Weights and momentum are two megabytes in all; no array of the file is larger than one, and reading it back takes another
  // way.
  const std::string freely = weights_after(SIZE_MAX, "freely");
  CHECK(freely.size() > 2'000'000);
  CHECK(weights_after(1'500'000, "tightly") == freely);
}
#endif
