// Memory in copies of the parameters, seen from outside.
#include <sys/resource.h>

#include "program/e2e/workshop.hpp"

using namespace treino::test;

namespace {

/// 4.2 million parameters.
const std::string wide = R"([run]
seed = 1
epochs = 3
threads = 1
[data]
train = { file = ")" SOURCE_FOLDER R"(/examples/data/wine.csv", target = "target", validation = 0.2 }
scaling = "standardize"
batch_size = 16
[model]
layers = [ { type = "dense", units = 2048 }, { type = "relu" }, { type = "dense", units = 2048 }, { type = "relu" }, { type = "dense", units = 3 } ]
[optimizer]
plugin = "sgd"
learning_rate = 0.01
[loss]
plugin = "cross_entropy"
)";
constexpr double copy = 4.0 * (13 * 2048 + 2048 + 2048 * 2048 + 2048 + 2048 * 3 + 3);

/// Of the largest child so far, in bytes.
double peak() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace

TEST_CASE("averages, the best weights and a checkpoint that a thread writes take three copies of the parameters") {
  const Workshop workshop;
  REQUIRE(workshop.run(wide, "bare").exit_code == kDone);
  const double bare = peak();
  REQUIRE(workshop
              .run(wide + R"([[callback]]
plugin = "swap_ema_weights"
[[callback]]
plugin = "early_stopping"
patience = 9
restore_best_weights = true
[[callback]]
plugin = "backup_and_restore"
backup_dir = "backup"
)",
                   "full")
              .exit_code == kDone);
  const double copies = (peak() - bare) / copy;
  CAPTURE(copies);
#ifndef TREINO_SANITIZED  // a sanitizer keeps what was freed
  CHECK(copies < 3.9);    // blocks of files included; 5.5 where the averages and the best weights are copied for the file
#endif
}
