// treino.threads/1: the run's threads, as a layer shares its work among them.
#include "host/session/services/services.hpp"
#include "wine_with_layers.hpp"

using namespace treino;
using namespace treino::test;

namespace {

/// How a run ends whose layer asks so.
std::string reason_of(const std::string& what, int threads) {
  const LayerWorkshop workshop;
  const std::string model = layers("{ type = \"dense\", units = 4 }, { plugin = \"thread_asker\", what = \"" + what +
                                   "\" }, { type = \"dense\", units = 3 }");
  SilentRun silent(workshop.plan_of(model, {"run.epochs=1", "run.threads=" + std::to_string(threads)}), workshop.path() / "run");
  const train::Result result = silent.fit();
  return result.outcome == host::Outcome::done ? "" : result.reason;
}

}  // namespace

TEST_CASE("each index of a shared loop is called once, nested loops stay on their thread, an empty one calls nothing") {
  for (const int threads : {1, 2, 5}) {
    INFO(threads << " threads");
    CHECK(reason_of("count", threads).empty());
    CHECK(reason_of("nested", threads).empty());
    CHECK(reason_of("none", threads).empty());
  }
}

TEST_CASE("what fails in a shared loop is the layer's failure, on whichever thread") {
  for (const int threads : {1, 3}) {
    INFO(threads << " threads");
    CHECK(reason_of("throws", threads) == "thread_asker_1: index 57 is too many (in forward)");
    CHECK(reason_of("foreign", threads) == "thread_asker_1: threw something that is not a std::exception (in forward)");
    CHECK(reason_of("negative", threads) ==
          "thread_asker_1: parallel_for() takes a count of at least 0 and a function (in forward)");
  }
}

TEST_CASE("a thread that the plugin has started cannot share the run's threads") {
  CHECK(
      reason_of("own thread", 2) ==
      "thread_asker_1: parallel_for() is for the threads on which the host calls the plugin, not for one of the plugin's own (in "
      "forward)");
}

TEST_CASE("a host without a pool calls the function in turn, and says that it has one thread") {
  host::Screen screen(1, true);
  host::Log log(screen);
  host::Session session(log);
  const auto* threads = static_cast<const treino_threads*>(host::find_service(TREINO_THREADS_SERVICE));
  REQUIRE(threads != nullptr);
  CHECK(threads->size == sizeof(treino_threads));
}
