// What a program learns without training: plugins, plans, schedules. Numbers of the schedule by hand.
#include <cmath>
#include <string>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino;
using namespace treino::test;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the catalogue has plugins, layers and sections; an id narrows it, a wrong one names the nearest") {
  const std::string everything = catalogue({PLUGINS});
  for (const char* part : {"\"plugins\"", "\"layers\"", "\"sections\"", "\"left_out\"", "\"hidden\""})
    CHECK(contains(everything, part));
  for (const char* id : {"\"cosine_annealing\"", "\"dense\"", "\"adam\"", "\"data\""})
    CHECK(contains(everything, std::string("\"id\": ") + id));
  CHECK(count(catalogue({PLUGINS}, "mse"), "\"id\": ") == 2);
  CHECK(count(catalogue({PLUGINS}, "loss/mse"), "\"id\": ") == 1);
  CHECK(contains(catalogue({PLUGINS}, "dropout"), "\"kind\": \"layer\""));
  CHECK(contains(catalogue({PLUGINS}, "optimizer/adam"), "\"kind\": \"optimizer\""));
  CHECK_THROWS_WITH(catalogue({PLUGINS}, "cosine_anealing"),
                    "there is no plugin, layer or section 'cosine_anealing'. Did you mean 'cosine_annealing'?");
  CHECK(treino_catalogue(nullptr, 0, nullptr, nullptr, nullptr, nullptr) == TREINO_BAD_INPUT);
  CHECK(treino_catalogue(
            nullptr, 1, nullptr, [](void*, const char*, std::uint64_t) { return 0; }, nullptr, nullptr) == TREINO_BAD_INPUT);
}

TEST_CASE("the schema names the plugins found") {
  const std::string text = schema({PLUGINS});
  CHECK(text.front() == '{');
  CHECK(contains(text, "cosine_annealing"));
  CHECK(treino_schema(nullptr, 0, nullptr, nullptr, nullptr) == TREINO_BAD_INPUT);
}

TEST_CASE("a plan says what would run, and in which order") {
  const TemporaryFolder folder;
  Run run =
      run_of(digits_manifest(from_file) + "[[callback]]\nplugin = \"early_stopping\"\nmonitor = \"val_loss\"\n", folder / "run");
  const std::string plan = run.plan();
  CHECK(contains(plan, "\"input\": \"64\""));
  CHECK(count(plan, "\"type\": \"dense\"") == 2);
  CHECK(contains(plan, "\"loss\": \"cross_entropy\""));
  CHECK(contains(plan, "\"event\": \"epoch_end\""));
  Run wrong = run_of(digits_manifest(from_file) + "[[callback]]\nplugin = \"early_stoping\"\n", folder / "run");
  try {
    wrong.plan();
    FAIL("a fault was expected");
  } catch (const Error& error) {
    CHECK(error.has_faults());
    CHECK(contains(error.what(), "Did you mean 'early_stopping'?"));
  }
}

TEST_CASE("a schedule is known without training: half a cosine over three epochs") {
  const TemporaryFolder folder;
  Run run = run_of(digits_manifest(from_file), folder / "run");
  const treino_schedule schedule = run.schedule();
  CHECK(schedule.by_step == 0);
  CHECK(schedule.epochs == 3);
  CHECK(schedule.steps == 0);
  CHECK(schedule.base_learning_rate == 2e-3);
  REQUIRE(schedule.scheduler_count == 1);
  CHECK(std::string(schedule.schedulers[0]) == "cosine_annealing");
  REQUIRE(schedule.point_count == 3);
  for (std::size_t t = 0; t < 3; ++t) {
    CHECK(schedule.points[t].epoch == t);
    CHECK(schedule.points[t].learning_rate == Approx(1e-3 * (1 + std::cos(M_PI * static_cast<double>(t) / 3))));
    CHECK(std::isnan(schedule.points[t].momentum));
  }
  CHECK(run.schedule(7).steps_per_epoch == 7);
  CHECK(run.schedule(7).steps == 21);
  CHECK(run.schedule(7).points[2].step == 14);
  const std::vector<std::string> files = run.input_files();
  CHECK(std::find(files.begin(), files.end(), std::string(DIGITS)) != files.end());
  CHECK(treino_run_schedule(nullptr, 0, nullptr, nullptr) == TREINO_BAD_INPUT);
  CHECK(treino_run_input_files(nullptr, nullptr, nullptr, nullptr) == TREINO_BAD_INPUT);
}
