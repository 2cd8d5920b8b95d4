// What the engine costs: how a step's time grows with layers, width and batch; memory against what is unavoidable; how long the
// loop waits for data; how fast CSV files are read; a checkpoint against the disk.  bench_costs [folder for files]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "bench/steps.hpp"
#include "bench/workloads.hpp"
#include "data/batches/batches.hpp"
#include "nn/kernels/threads.hpp"
#include "store/safetensors.hpp"
#include "store/safetensors_write.hpp"
#include "support/test_source.hpp"

namespace {

using namespace bench;

double microseconds(const Workload& workload) {
  Training training(workload, 1);
  training.step();
  return measure([&] { training.step(); }, 0.2).best;
}

Workload perceptron(int layers, std::int64_t width, std::int64_t batch) {
  Workload result{'p', {}, {width}, batch, "sgd", "momentum = 0.9"};
  for (int i = 0; i < layers; ++i) {
    result.layers.push_back(dense(width));
    result.layers.push_back(layer("relu"));
  }
  result.layers.push_back(dense(10));
  return result;
}

void print_growth() {
  fmt::print("\n| hidden layers (width 32, batch 32) | us a step |\n|---|---|\n");
  for (const int layers : {1, 2, 4, 8, 16, 32}) fmt::print("| {} | {:.1f} |\n", layers, microseconds(perceptron(layers, 32, 32)));
  fmt::print("\n| width (2 hidden layers, batch 64) | us a step | GFLOP/s |\n|---|---|---|\n");
  for (const std::int64_t width : {16, 64, 256, 1024, 2048}) {
    const double time = microseconds(perceptron(2, width, 64)), size = static_cast<double>(width);
    const double flops = 2 * 64 * (3 * (2 * size * size + 10 * size) - size * size);  // the first layer needs no input gradient
    fmt::print("| {} | {:.1f} | {:.1f} |\n", width, time, flops / time / 1e3);
  }
  fmt::print("\n| batch (2 hidden layers of 256) | us a step | us a sample |\n|---|---|---|\n");
  for (const std::int64_t batch : {1, 4, 16, 64, 256, 1024}) {
    const double time = microseconds(perceptron(2, 256, batch));
    fmt::print("| {} | {:.1f} | {:.3f} |\n", batch, time, time / static_cast<double>(batch));
  }
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Of programs and libraries, and of code made at run time: oneDNN reads 3 MiB of itself and writes as much for a few products.
double code_megabytes() {
  std::ifstream mappings("/proc/self/smaps");
  double kilobytes = 0;
  bool code = false;
  for (std::string line; std::getline(mappings, line);) {
    const std::size_t space = line.find(' ');
    if (line.substr(0, space).find('-') != std::string::npos) {  // 7f0c-7f0d r-xp 00000000 00:00 0  /usr/lib/...
      code = line.substr(space, 5).find('x') != std::string::npos || line.find('/') != std::string::npos;
    } else if (code && line.starts_with("Rss:")) {
      kilobytes += std::stod(line.substr(4));
    }
  }
  return kilobytes / 1024;
}

/// In a process of its own, whose peak is that of this workload.
void print_memory(char name) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const double before = peak_megabytes(), code_before = code_megabytes();
    const Workload chosen = workload(name);
    Training training(chosen, 1);
    for (int i = 0; i < 3; ++i) training.step();
    const double inputs = static_cast<double>(training.inputs().size()) * 4 / 1048576;  // of four batches: the benchmark's own
    const double code = code_megabytes() - code_before, peak = peak_megabytes() - before - code - inputs;
    double parameters = 0, activations = 0;
    for (const treino::nn::Parameter& parameter : training.model().parameters()) {
      parameters += static_cast<double>(parameter.value.size()) * 4;
    }
    for (const treino::nn::LayerInfo& one : training.model().layers()) {
      // A relu works in the memory of the layer before it; flatten changes nothing.
      if (one.type != "relu" && one.type != "flatten") activations += static_cast<double>(one.activation_bytes * chosen.batch);
    }
    const double state = parameters * (chosen.optimizer == "adam" ? 4 : 3);  // value, gradient, one moment or two
    const double needed = (state + activations) / 1048576;
    fmt::print("| {} | {:.1f} | {:.1f} | {:.1f} | {:.2f} | {:.1f} |\n", name, state / 1048576, activations / 1048576, peak,
               peak / needed, code);
    std::fflush(stdout);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The share of the time that a loop over shuffled batches waits for the next one, the beginnings of epochs included.
void print_waiting(char name, std::int64_t rows) {
  const Workload chosen = workload(name);
  treino::data::Dataset dataset;
  dataset.count = rows;
  dataset.sample_shape = chosen.input;
  dataset.features.resize(static_cast<std::size_t>(rows * dataset.sample_size()), 0.5f);
  dataset.target_kind = treino::data::TargetKind::index;
  dataset.target_width = 10;
  dataset.classes.resize(static_cast<std::size_t>(rows), 3);
  treino::data::BatchOptions options;
  options.batch_size = chosen.batch;
  options.shuffle = true;
  treino::data::Batches batches(dataset, options);
  Training training(chosen, 1);
  treino::data::Batch batch;
  training.step();
  double waiting = 0, working = 0;
  std::uint64_t steps = 0, epoch = 0;
  while (working < 1 || steps < 4) {
    bool more = false;
    waiting += seconds_of([&] { more = batches.next(batch); });
    if (more) {
      working += seconds_of([&] { training.step(); });
      ++steps;
    } else {
      waiting += seconds_of([&] { batches.begin_epoch(++epoch); });
    }
  }
  fmt::print("| {} | {} x {} | {:.2f} | {:.2f} % |\n", name, rows, dataset.sample_size(),
             waiting / static_cast<double>(steps) * 1e6, 100 * waiting / (waiting + working));
}

/// User's and system's time of this thread, in seconds.
std::array<double, 2> processor_time() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

/// 32 MB of rows, read several times. `field` makes field i of all.
void print_csv(const char* name, std::size_t columns, const std::filesystem::path& folder,
               const std::function<std::string(std::uint64_t)>& field) {
  std::string text;
  for (std::uint64_t i = 0; text.size() < 32'000'000 || i % columns != 0; ++i) {
    text += field(i);
    text += (i + 1) % columns == 0 ? '\n' : ',';
  }
  treino::test::TestSource source;
  source.file = folder / "rows.csv";
  std::ofstream(source.file, std::ios::binary) << text;
  constexpr int times = 8;
  const auto before = processor_time();
  for (int i = 0; i < times; ++i) treino::test::read(source);
  const auto after = processor_time();
  std::filesystem::remove(source.file);
  const double megabytes = static_cast<double>(text.size()) * times / 1e6, user = after[0] - before[0];
  fmt::print("| {} | {:.0f} | {:.0f} |\n", name, megabytes / user, megabytes / (user + after[1] - before[1]));
}

void print_reading(const std::filesystem::path& folder) {
  const treino::base::RandomStream random(1, treino::base::Purpose::noise);
  fmt::print("\n| CSV files of | MB/s of user time | and the system's |\n|---|---|---|\n");
  print_csv("0 to 16, as in digits", 65, folder, [&](auto i) { return fmt::format("{}", random.bits(i) % 17); });
  print_csv("pixels, four of five 0", 785, folder, [&](auto i) {
    const std::uint32_t bits = random.bits(i);
    return fmt::format("{}", bits % 5 == 0 ? bits / 5 % 256 : 0);
  });
  print_csv("hundredths", 8, folder, [&](auto i) { return fmt::format("{:.2f}", random.bits(i) % 2000 * 0.01); });
  print_csv("six digits, half of them negative", 30, folder, [&](auto i) { return fmt::format("{:.6g}", random.normal(i)); });
  print_csv("seventeen digits", 30, folder, [&](auto i) { return fmt::format("{:.17g}", 0.1 * random.normal(i)); });
}

void write_raw(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = write(file, bytes.data() + done, bytes.size() - done);
    if (written < 0) throw std::runtime_error("cannot write " + path.string());
    done += static_cast<std::size_t>(written);
  }
  fsync(file);
  close(file);
}

void print_checkpoint(const std::filesystem::path& folder) {
  std::vector<std::byte> bytes(std::size_t{80} << 20);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 2654435761u >> 24);
  const std::vector<treino::store::StoredTensor> tensors{
      {"weight", treino::store::DType::U8, {static_cast<std::int64_t>(bytes.size())}, bytes}};
  std::vector<double> ours, raw;
  for (int round = 0; round < 5; ++round) {
    raw.push_back(seconds_of([&] { write_raw(folder / "raw", bytes); }));
    ours.push_back(seconds_of([&] { treino::store::write_tensors(folder / "checkpoint.safetensors", tensors, {}); }));
  }
  std::sort(ours.begin(), ours.end());
  std::sort(raw.begin(), raw.end());
  fmt::print("\nCheckpoint of 80 MiB: {:.0f} ms, write and fsync of as many bytes {:.0f} ms: {:.2f} times\n", ours[2] * 1e3,
             raw[2] * 1e3, ours[2] / raw[2]);
  std::filesystem::remove(folder / "raw");
  std::filesystem::remove(folder / "checkpoint.safetensors");
}

}  // namespace

int main(int count, char** arguments) {
  const treino::nn::ThreadPlacement placement;  // as the program has it
  fmt::print(
      "\n| | parameters, gradients, moments, MiB | activations, MiB | peak above the bare program, MiB | times | besides: "
      "code, ");
  fmt::print("MiB |\n|---|---|---|---|---|---|\n");
  for (const char name : {'a', 'b', 'c', 'd'}) print_memory(name);
  print_growth();
  fmt::print("\n| | shuffled samples | us a batch that the loop waits for data | of its time |\n|---|---|---|---|\n");
  print_waiting('a', 64'000);
  print_waiting('b', 60'000);
  print_waiting('c', 16'384);
  print_waiting('d', 60'000);
  const std::filesystem::path folder = count > 1 ? arguments[1] : std::filesystem::temp_directory_path();
  print_reading(folder);
  print_checkpoint(folder);
}
