// What is exchanged, against values that are worked out by hand.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include "plugins/collectives/scenarios.hpp"

namespace treino::test {

namespace {

using Bytes = std::vector<unsigned char>;
using Counts = std::vector<std::uint64_t>;

/// A view of `values` as a matrix of two columns where they are even in number.
template <class T>
struct View {
  std::int64_t shape[2], strides[2] = {2, 1};
  treino_tensor tensor{};
  explicit View(std::vector<T>& values) : shape{static_cast<std::int64_t>(values.size() / 2), 2} {
    tensor.data = values.data();
    tensor.shape = shape;
    tensor.strides = strides;
    tensor.rank = 2;
    tensor.type_code = std::is_floating_point_v<T> ? TREINO_DTYPE_FLOAT
                       : std::is_signed_v<T>       ? TREINO_DTYPE_INT
                                                   : TREINO_DTYPE_UINT;
    tensor.type_bits = 8 * sizeof(T);
    tensor.type_lanes = 1;
    tensor.device_type = TREINO_DEVICE_CPU;
  }
};

unsigned char value_of(std::uint32_t from, std::uint32_t to, std::uint64_t i) {
  return static_cast<unsigned char>(100 * from + 10 * to + i);
}

void broadcast_from_each(CollectiveInstance& mpi) {
  for (std::uint32_t root = 0; root < mpi.ranks; ++root) {
    Bytes bytes(3, static_cast<unsigned char>(7 * mpi.rank));
    mpi.finish(mpi.begin(mpi.table().broadcast, bytes.data(), bytes.size(), root));
    expect(bytes == Bytes(3, static_cast<unsigned char>(7 * root)), "all have rank " + std::to_string(root) + "'s bytes");
  }
  mpi.finish(mpi.begin(mpi.table().broadcast, nullptr, std::uint64_t{0}, 0u));
}

/// Rank r gives r bytes, rank 0 none.
void gather_unequal(CollectiveInstance& mpi, bool in_place) {
  Counts counts;
  Bytes expected;
  std::uint64_t own = 0;
  for (std::uint32_t rank = 0; rank < mpi.ranks; ++rank) {
    if (rank == mpi.rank) own = expected.size();
    counts.push_back(rank);
    expected.insert(expected.end(), rank, static_cast<unsigned char>(10 + rank));
  }
  const Bytes mine(mpi.rank, static_cast<unsigned char>(10 + mpi.rank));
  Bytes all(expected.size() + 1, 99);
  if (in_place) std::copy(mine.begin(), mine.end(), all.begin() + static_cast<std::ptrdiff_t>(own));
  const void* from = in_place ? all.data() + own : mine.data();
  mpi.finish(mpi.begin(mpi.table().all_gather, from, static_cast<void*>(all.data()), counts.data()));
  expected.push_back(99);
  expect(all == expected, "all have everyone's bytes in the order of the ranks, and nothing beyond");
}

/// Rank a gives b (a + b) % 3 bytes.
void swap_unequal(CollectiveInstance& mpi) {
  constexpr unsigned char untouched = 255;
  Counts sent, due;
  Bytes parts, expected;
  for (std::uint32_t other = 0; other < mpi.ranks; ++other) {
    const std::uint64_t count = (mpi.rank + other) % 3;
    sent.push_back(count);
    due.push_back(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      parts.push_back(value_of(mpi.rank, other, i));
      expected.push_back(other == mpi.rank ? untouched : value_of(other, mpi.rank, i));
    }
  }
  Bytes received(expected.size(), untouched);
  mpi.finish(mpi.begin(mpi.table().all_to_all, static_cast<const void*>(parts.data()), sent.data(),
                       static_cast<void*>(received.data()), due.data()));
  expect(received == expected, "each has what the others meant for it, and its own place is as it was");
}

template <class T>
void reduce(CollectiveInstance& mpi) {
  const T ranks = static_cast<T>(mpi.ranks), mine = static_cast<T>(mpi.rank + 1);
  const std::pair<std::uint32_t, T> expected[] = {
      {TREINO_REDUCE_SUM, ranks * (ranks + 1) / 2}, {TREINO_REDUCE_MIN, T{1}}, {TREINO_REDUCE_MAX, ranks}};
  for (const auto& [operation, result] : expected) {
    std::vector<T> values = {mine, static_cast<T>(2 * mine), mine, mine, mine, static_cast<T>(3 * mine)};
    const View<T> view(values);
    mpi.finish(mpi.begin(mpi.table().all_reduce, &view.tensor, operation));
    expect(values == std::vector<T>{result, static_cast<T>(2 * result), result, result, result, static_cast<T>(3 * result)},
           "operation " + std::to_string(operation) + " of numbers of " + std::to_string(sizeof(T)) + " bytes");
  }
}

void play_all(CollectiveInstance& mpi) {
  broadcast_from_each(mpi);
  gather_unequal(mpi, false);
  gather_unequal(mpi, true);
  swap_unequal(mpi);
  reduce<float>(mpi);
  reduce<double>(mpi);
  reduce<std::int64_t>(mpi);
  reduce<std::uint64_t>(mpi);
  mpi.finish(mpi.begin(mpi.table().barrier));
}

std::string number_of_threads() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("Threads:", 0) == 0) return line;
  return "";
}

void handle(int) {}

}  // namespace

void play_alone(const Stage& stage) {
  const std::string threads = number_of_threads();
  CollectiveInstance mpi(stage.component);
  mpi.open();
  expect(mpi.rank == 0 && mpi.ranks == 1, "a process by itself is rank 0 of 1");
  play_all(mpi);
  expect(mpi.find_alive() == std::vector<std::uint8_t>{1}, "it is alive");
  mpi.leave("nobody is told");
  expect(number_of_threads() == threads, "MPI, which has threads, was not begun");
}

void play_exchanges(const Stage& stage) {
  struct sigaction before {
  }, after{};
  before.sa_handler = handle;
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGTERM, SIGCHLD}) sigaction(signal, &before, nullptr);
  CollectiveInstance mpi(stage.component);
  mpi.open();
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGTERM, SIGCHLD}) {
    sigaction(signal, nullptr, &after);
    expect(after.sa_handler == handle, "the handler of signal " + std::to_string(signal) + " is the process's own");
  }
  play_all(mpi);
}

void play_under_way(const Stage& stage) {
  CollectiveInstance mpi(stage.component);
  mpi.open();
  constexpr std::size_t exchanges = 40;
  const std::uint64_t size = 50000;  // more than what MPI sends before it is asked for
  const Counts counts(mpi.ranks, size);
  std::vector<Bytes> mine, gathered(exchanges, Bytes(size * mpi.ranks)), swapped = gathered;
  std::vector<std::vector<std::int64_t>> sums(exchanges);
  std::vector<std::uint64_t> requests;
  for (std::size_t i = 0; i < exchanges; ++i) mine.emplace_back(size * mpi.ranks, static_cast<unsigned char>(3 * i + mpi.rank));
  for (std::size_t i = 0; i < exchanges; ++i) {
    sums[i] = {static_cast<std::int64_t>(i), static_cast<std::int64_t>(mpi.rank)};
    const View<std::int64_t> view(sums[i]);  // of which nothing is needed after the call
    requests.push_back(mpi.begin(mpi.table().all_gather, static_cast<const void*>(mine[i].data()),
                                 static_cast<void*>(gathered[i].data()), counts.data()));
    requests.push_back(mpi.begin(mpi.table().all_reduce, &view.tensor, std::uint32_t{TREINO_REDUCE_SUM}));
    requests.push_back(mpi.begin(mpi.table().all_to_all, static_cast<const void*>(mine[i].data()), counts.data(),
                                 static_cast<void*>(swapped[i].data()), counts.data()));
  }
  // The last first on some ranks, the first first on the others.
  if (mpi.rank % 2 == 1) std::reverse(requests.begin(), requests.end());
  for (const std::uint64_t request : requests) mpi.finish(request);
  for (std::size_t i = 0; i < exchanges; ++i) {
    Bytes expected;
    for (std::uint32_t rank = 0; rank < mpi.ranks; ++rank)
      expected.insert(expected.end(), size, static_cast<unsigned char>(3 * i + rank));
    expect(gathered[i] == expected, "what was gathered is of its own exchange");
    std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(size * mpi.rank), size, static_cast<unsigned char>(0));
    expect(swapped[i] == expected, "what was swapped is of its own exchange");
    expect(sums[i] == std::vector<std::int64_t>{static_cast<std::int64_t>(i * mpi.ranks), mpi.ranks * (mpi.ranks - 1) / 2},
           "sums are");
  }
}

void play_two_runs(const Stage& stage) {
  for (int run = 0; run < 2; ++run) {
    CollectiveInstance mpi(stage.component);
    mpi.open();
    play_all(mpi);
    CollectiveInstance other(stage.component);
    const std::string refusal = error_of([&] { other.open(); });
    expect(refusal == "another run of this process exchanges with the other processes already", refusal);
  }
}

void play_refused(const Stage& stage) {
  CollectiveInstance mpi(stage.component);
  mpi.open();
  const auto refuses = [](const std::string& expected, const auto& action) {
    const std::string text = error_of(action);
    expect(text == expected, text + " is " + expected);
  };
  std::vector<double> values = {1, 2, 3, 4};
  const auto reduce = [&](const View<double>& view, std::uint32_t operation) {
    mpi.begin(mpi.table().all_reduce, &view.tensor, operation);
  };
  View<double> view(values);
  refuses("all_reduce knows no operation 4", [&] { reduce(view, 4); });
  view.strides[0] = 4;
  refuses("all_reduce is for values without gaps", [&] { reduce(view, TREINO_REDUCE_SUM); });
  view.strides[0] = 2;
  view.tensor.type_bits = 16;
  refuses("all_reduce is for float32, float64 and 64-bit integers", [&] { reduce(view, TREINO_REDUCE_SUM); });
  view.tensor.type_bits = 64;
  view.tensor.device_type = 2;
  refuses("all_reduce is for values in the processor's memory", [&] { reduce(view, TREINO_REDUCE_SUM); });
  const std::string ranks = std::to_string(mpi.ranks);
  refuses("there is no rank " + ranks + " among " + ranks,
          [&] { mpi.begin(mpi.table().broadcast, nullptr, std::uint64_t{0}, mpi.ranks); });
  refuses("an exchange of 2147483648 bytes between two ranks; MPI takes at most 2147483647",
          [&] { mpi.begin(mpi.table().broadcast, nullptr, std::uint64_t{1} << 31, 0u); });
  refuses("no exchange has the number 1", [&] { mpi.test(1); });
  refuses("no exchange has the number 0", [&] { mpi.test(0); });
  const std::uint64_t barrier = mpi.begin(mpi.table().barrier);
  mpi.finish(barrier);
  expect(mpi.test(barrier), "what is done stays done");
  expect(mpi.begin(mpi.table().barrier) != barrier, "no number is given twice");
  mpi.finish(barrier + 1);
}

}  // namespace treino::test
