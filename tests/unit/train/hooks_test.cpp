// The events around the wait for a batch, and the one that says that the run fails: when they come, what they say, and what
// follows.
#include "support/catch.hpp"
#include "unit/train/workshop.hpp"

using namespace treino;
using namespace treino::test;

namespace {

// 142 wines to train on and 36 for validation: with batches of 71 an epoch has two, and a validation one.
const std::string two_batches = wine + small_model;
const std::vector<std::string> settings = {"data.batch_size=71", "run.epochs=1"};

const std::vector<std::string> all_hooks = {"on_run_begin",
                                            "on_run_end",
                                            "on_epoch_begin",
                                            "on_epoch_end",
                                            "on_batch_begin",
                                            "on_batch_end",
                                            "on_validation_begin",
                                            "on_validation_end",
                                            "on_validation_batch_begin",
                                            "on_validation_batch_end",
                                            "on_test_begin",
                                            "on_test_end",
                                            "on_test_batch_begin",
                                            "on_test_batch_end",
                                            "on_predict_begin",
                                            "on_predict_end",
                                            "on_predict_batch_begin",
                                            "on_predict_batch_end",
                                            "on_exception",
                                            "on_fetch_begin",
                                            "on_fetch_end",
                                            "on_validation_fetch_begin",
                                            "on_validation_fetch_end",
                                            "on_test_fetch_begin",
                                            "on_test_fetch_end",
                                            "on_predict_fetch_begin",
                                            "on_predict_fetch_end"};

/// A callback that writes a line for each of the hooks: `what`, a piece of Lua, says what stands in it.
std::string witness(const std::filesystem::path& file, const std::string& what,
                    const std::vector<std::string>& hooks = all_hooks) {
  std::string text = "[[callback]]\nplugin = \"lambda\"\nname = \"witness\"\nunsafe = true\n";
  for (const std::string& hook : hooks)
    text += hook + " = \"local f = io.open('" + file.string() + "', 'a') f:write(" + what + ", '\\\\n') f:close()\"\n";
  return text;
}

std::string failing(const std::string& hook, const std::string& body, const std::string& more = "") {
  return "[[callback]]\nplugin = \"lambda\"\nname = \"failing\"\n" + more + hook + " = \"" + body + "\"\n";
}

constexpr const char* place = "event:sub(4), ' ', batch, ' ', samples";
constexpr const char* why = "event:sub(4), ' ', outcome, ' ', reason";
const std::vector<std::string> endings = {"on_exception", "on_fetch_end",   "on_batch_end",      "on_epoch_end",     "on_run_end",
                                          "on_test_end",  "on_predict_end", "on_validation_end", "on_test_fetch_end"};

}  // namespace

TEST_CASE("each batch that is trained or validated on is fetched first") {
  const Workshop workshop;
  SilentRun run(workshop.plan(two_batches + witness(workshop.path() / "seen", place), settings), workshop.path() / "run");
  CHECK(run.fit().outcome == host::Outcome::done);
  CHECK(read_text(workshop.path() / "seen") ==
        "run_begin 0 0\nepoch_begin 0 0\n"
        "fetch_begin 0 0\nfetch_end 0 71\nbatch_begin 0 71\nbatch_end 0 71\n"
        "fetch_begin 1 0\nfetch_end 1 71\nbatch_begin 1 71\nbatch_end 1 71\n"
        "validation_begin 2 0\nvalidation_fetch_begin 0 0\nvalidation_fetch_end 0 36\n"
        "validation_batch_begin 0 36\nvalidation_batch_end 0 36\nvalidation_end 2 0\n"
        "epoch_end 2 0\nrun_end 0 0\n");
}

TEST_CASE("each batch of a test and of a prediction is fetched first") {
  const Workshop workshop;
  SilentRun run(workshop.plan(two_batches + witness(workshop.path() / "seen", place), settings), workshop.path() / "run");
  run.test(run.run.data.training);
  CHECK(read_text(workshop.path() / "seen") ==
        "test_begin 0 0\n"
        "test_fetch_begin 0 0\ntest_fetch_end 0 71\ntest_batch_begin 0 71\ntest_batch_end 0 71\n"
        "test_fetch_begin 1 0\ntest_fetch_end 1 71\ntest_batch_begin 1 71\ntest_batch_end 1 71\ntest_end 0 0\n");
  std::filesystem::remove(workshop.path() / "seen");
  run.predict(run.run.data.validation, [](std::uint32_t, std::span<const float>) {});
  CHECK(read_text(workshop.path() / "seen") ==
        "predict_begin 0 0\npredict_fetch_begin 0 0\npredict_fetch_end 0 36\n"
        "predict_batch_begin 0 36\npredict_batch_end 0 36\npredict_end 0 0\n");
}

TEST_CASE("a run that fails fires exception with the reason, once, before the ends of what is open") {
  const auto seen = [](const std::string& hook, const std::string& body) {
    const Workshop workshop;
    SilentRun run(workshop.plan(two_batches + failing(hook, body) +
                                    witness(workshop.path() / "seen", "event:sub(4), ' ', outcome", endings),
                                settings),
                  workshop.path() / "run");
    const train::Result result = run.fit();
    CHECK(result.outcome == host::Outcome::failed);
    CHECK(contains(result.reason, "broken"));
    return read_text(workshop.path() / "seen");
  };
  const std::string first = "fetch_end running\nbatch_end running\n";
  CHECK(seen("on_run_begin", "error('broken')") == "exception failed\nrun_end failed\n");
  CHECK(seen("on_fetch_begin", "error('broken')") == "exception failed\nfetch_end failed\nepoch_end failed\nrun_end failed\n");
  CHECK(seen("on_fetch_end", "error('broken')") == "fetch_end running\nexception failed\nepoch_end failed\nrun_end failed\n");
  CHECK(seen("on_step_begin", "error('broken')") ==
        "fetch_end running\nexception failed\nbatch_end failed\nepoch_end failed\nrun_end failed\n");
  CHECK(seen("on_batch_end", "error('broken')") == first + "exception failed\nepoch_end failed\nrun_end failed\n");
  CHECK(seen("on_validation_fetch_begin", "error('broken')") ==
        first + first + "exception failed\nvalidation_end failed\nepoch_end failed\nrun_end failed\n");
  CHECK(seen("on_epoch_end", "error('broken')") ==
        first + first + "validation_end running\nepoch_end running\nexception failed\nrun_end failed\n");
  // What fails in the last event is in the run's result alone.
  CHECK(seen("on_run_end", "error('broken')") == first + first + "validation_end running\nepoch_end running\nrun_end done\n");
}

TEST_CASE("the reason is the run's, also for the plugin that fails, and whatever its own hook does") {
  const Workshop workshop;
  const std::string both =
      failing("on_batch_end", "error('broken')", "on_exception = \"log('told: ' .. reason) error('again')\"\n");
  SilentRun run(
      workshop.plan(two_batches + both + witness(workshop.path() / "seen", why, {"on_exception", "on_run_end"}), settings),
      workshop.path() / "run");
  const train::Result result = run.fit();
  CHECK(contains(result.reason, "broken"));
  CHECK_FALSE(contains(result.reason, "again"));
  CHECK(read_text(workshop.path() / "seen") == "exception failed " + result.reason + "\nrun_end failed " + result.reason + "\n");
}

TEST_CASE("a run that does not fail has no exception: done, stopped early, or with a callback less") {
  const Workshop workshop;
  for (const std::string& other : {std::string(), failing("on_batch_end", "stop('enough')"),
                                   failing("on_batch_end", "error('broken')", "on_error = \"disable\"\n")}) {
    std::filesystem::remove(workshop.path() / "seen");
    SilentRun run(
        workshop.plan(two_batches + other + witness(workshop.path() / "seen", why, {"on_exception", "on_run_end"}), settings),
        workshop.path() / "run");
    CHECK(run.fit().outcome != host::Outcome::failed);
    CHECK_FALSE(contains(read_text(workshop.path() / "seen"), "exception"));
  }
}

TEST_CASE("a test or a prediction that fails has an exception and its end") {
  const Workshop workshop;
  const std::string both = failing("on_test_batch_end", "error('broken')", "on_predict_fetch_begin = \"error('broken, too')\"\n");
  SilentRun run(
      workshop.plan(two_batches + both + witness(workshop.path() / "seen", "event:sub(4), ' ', outcome", endings), settings),
      workshop.path() / "run");
  CHECK(run.fit().outcome == host::Outcome::done);
  std::filesystem::remove(workshop.path() / "seen");
  CHECK(contains(what_is_thrown([&] { run.test(run.run.data.validation); }), "broken"));
  CHECK(read_text(workshop.path() / "seen") == "test_fetch_end running\nexception failed\ntest_end failed\n");
  std::filesystem::remove(workshop.path() / "seen");
  CHECK(contains(what_is_thrown([&] { run.predict(run.run.data.validation, [](std::uint32_t, std::span<const float>) {}); }),
                 "broken, too"));
  CHECK(read_text(workshop.path() / "seen") == "exception failed\npredict_end failed\n");
}

TEST_CASE("a checkpoint that the end of the run cannot write is an exception, before run_end") {
  const Workshop workshop;
  std::filesystem::create_directories(workshop.path() / "run/checkpoint.safetensors/in the way");
  SilentRun run(
      workshop.plan(two_batches + witness(workshop.path() / "seen", "event:sub(4), ' ', outcome", {"on_exception", "on_run_end"}),
                    settings),
      workshop.path() / "run");
  CHECK(run.fit().outcome == host::Outcome::failed);
  CHECK(read_text(workshop.path() / "seen") == "exception failed\nrun_end failed\n");
}
