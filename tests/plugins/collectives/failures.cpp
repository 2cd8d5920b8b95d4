// Ranks that leave, stop or end in the middle of a run.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>

#include "plugins/collectives/scenarios.hpp"

namespace treino::test {

namespace {

/// Waits for a file of another rank's; for ranks that cannot meet by an exchange.
void wait_for(const std::filesystem::path& file) {
  for (int i = 0; i < 60000 && !std::filesystem::exists(file); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  expect(std::filesystem::exists(file), file.string() + " is there");
}

void write_whole(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file.string() + ".new") << text;
  std::filesystem::rename(file.string() + ".new", file);
}

/// Until all but rank 1 are known to be alive, and it is not for another while.
void find_all_but_one(CollectiveInstance& mpi) {
  std::vector<std::uint8_t> expected(mpi.ranks, 1), alive;
  expected[1] = 0;
  for (int i = 0; i < 60000 && alive != expected; ++i) {
    alive = mpi.find_alive();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (int i = 0; i < 300; ++i) {
    expect(mpi.find_alive() == expected, "all are alive but rank 1");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

void play_too_short(const Stage& stage) {
  CollectiveInstance mpi(stage.component);
  mpi.open();
  const std::vector<unsigned char> parts(100);
  std::vector<unsigned char> received(100);
  const std::uint64_t sent[] = {0, mpi.rank == 0 ? 8u : 0u}, due[] = {mpi.rank == 1 ? 4u : 0u, 0};
  const std::uint64_t request =
      mpi.begin(mpi.table().all_to_all, static_cast<const void*>(parts.data()), +sent, static_cast<void*>(received.data()), +due);
  if (mpi.rank == 0) {
    mpi.finish(request);
  } else {
    const std::string text = error_of([&] { mpi.finish(request); });
    expect(text == "rank 1 of 2: MPI_Test: MPI_ERR_TRUNCATE: message truncated", text);
  }
  mpi.finish(mpi.begin(mpi.table().barrier));
}

void play_leave(const Stage& stage) {
  const auto met = [&](std::uint32_t rank) { return stage.folder / ("met-" + std::to_string(rank)); };
  const auto seen = [&](std::uint32_t rank) { return stage.folder / ("seen-" + std::to_string(rank)); };
  const std::string why = "out of memory " + std::string(985, '.') + "\xc3\xa9 and more than is told";
  CollectiveInstance first(stage.component);
  first.open();
  first.finish(first.begin(first.table().barrier));
  if (first.rank == 1) {
    // What it says may overtake what others still need for the end of the barrier.
    for (std::uint32_t rank = 0; rank < first.ranks; ++rank)
      if (rank != 1) wait_for(met(rank));
    first.leave(why.c_str());
    for (std::uint32_t rank = 0; rank < first.ranks; ++rank)
      if (rank != 1) wait_for(seen(rank));
    return;
  }
  write_whole(met(first.rank), "");
  const std::string text = error_of([&] { first.finish(first.begin(first.table().barrier)); });
  expect(text == "rank 1 left the run: out of memory " + std::string(985, '.'), text);
  write_whole(seen(first.rank), text);
}

void play_stopped(const Stage& stage) {
  CollectiveInstance mpi(stage.component);
  mpi.open();
  const std::filesystem::path asked = stage.folder / "asked", id = stage.folder / "id";
  std::uint64_t barrier = 0;
  if (mpi.rank != 0) barrier = mpi.begin(mpi.table().barrier);
  if (mpi.rank == 1) {  // which is alive in vain: what it says now is of an earlier exchange
    for (int i = 0; i < 300; ++i) {
      mpi.find_alive();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    write_whole(asked, "");
  }
  if (mpi.rank == 0) {
    wait_for(asked);
    barrier = mpi.begin(mpi.table().barrier);
  }
  mpi.finish(barrier);
  if (mpi.rank == 1) {
    write_whole(id, std::to_string(getpid()));
    kill(getpid(), SIGSTOP);
  }
  barrier = mpi.begin(mpi.table().barrier);
  if (mpi.rank != 1) find_all_but_one(mpi);
  if (mpi.rank == 0) {
    wait_for(id);
    pid_t stopped = 0;
    std::ifstream(id) >> stopped;
    kill(stopped, SIGCONT);
  }
  mpi.finish(barrier);
}

void play_killed(const Stage& stage) {
  CollectiveInstance mpi(stage.component);
  mpi.open();
  mpi.finish(mpi.begin(mpi.table().barrier));
  if (mpi.rank == 1) kill(getpid(), SIGKILL);
  const std::uint64_t barrier = mpi.begin(mpi.table().barrier);
  find_all_but_one(mpi);
  expect(!mpi.test(barrier), "nobody can meet who is missing");
  std::cout << "rank " << mpi.rank << " misses rank 1" << std::endl;
}

}  // namespace treino::test
