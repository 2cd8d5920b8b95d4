// In which order callbacks are called, and that it does not hang on where their files lie.
#include "workshop.hpp"

using namespace treino::test;

namespace {

std::string witnesses(const std::string& more_of_a = "", const std::string& more_of_b = "") {
  return "[[callback]]\nplugin = 'order_witness_b'\nname = 'second'\nfile = 'heard.txt'\n" + more_of_b +
         "[[callback]]\nplugin = 'order_witness_a'\nname = 'first'\nfile = 'heard.txt'\n" + more_of_a;
}

/// Who received `event`, in the order of the witnesses' file, the first time all of them did.
std::string order_heard(const fs::path& run, const std::string& event) {
  std::string names;
  int found = 0;
  for (const std::string& line : lines(read_text(run / "heard.txt")))
    if (contains(line, " " + event) && ++found <= 2) names += (names.empty() ? "" : ", ") + line.substr(0, line.find(' '));
  return names;
}

/// What `treino check` says of `event`.
std::string order_told(const std::string& output, const std::string& event) {
  for (const std::string& line : lines(output))
    if (line.rfind(event + " ", 0) == 0) return line.substr(line.find_first_not_of(' ', event.size()));
  return "";
}

}  // namespace

TEST_CASE("callbacks are called in the order that check prints, as the manifest, after and before say") {
  const std::map<std::string, std::string> cases = {{witnesses(), "second, first"},
                                                    {witnesses("before = 'second'\n"), "first, second"},
                                                    {witnesses("", "after = ['first']\n"), "first, second"},
                                                    {witnesses("after = 'second'\n"), "second, first"}};
  for (const auto& [callbacks, expected] : cases) {
    const Workshop workshop;
    REQUIRE(workshop.run(small_manifest(callbacks), "run").exit_code == kDone);
    const Finished check = workshop.treino({"check", workshop / "run.toml"});
    for (const std::string event : {"run_begin", "epoch_begin", "epoch_end", "validation_end", "run_end"}) {
      INFO(callbacks << event);
      CHECK(order_told(check.output, event) == expected);
      CHECK(order_heard(workshop / "run", event) == expected);
    }
  }
}

TEST_CASE("after and before that go round in a circle are a fault that names the circle") {
  const Workshop workshop;
  const Finished finished = workshop.run(small_manifest(witnesses("after = 'second'\n", "after = 'first'\n")), "run");
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "circle"));
  CHECK(contains(finished.error, "first"));
  CHECK(contains(finished.error, "second"));
}

TEST_CASE("where plugin files lie and what they are called changes neither the order nor the model, bit for bit") {
  const Workshop workshop;
  const fs::path a = fs::path(E2E_PLUGINS) / "order_witness_a.so", b = fs::path(E2E_PLUGINS) / "order_witness_b.so";
  fs::create_directories(workshop / "one/sub");
  fs::create_directories(workshop / "two/sub");
  fs::copy(a, workshop / "one/1.so");
  fs::copy(b, workshop / "one/sub/2.so");
  fs::copy(a, workshop / "two/sub/order_witness_b.so");  // under the other's name
  fs::copy(b, workshop / "two/order_witness_a.so");
  const fs::path manifest = workshop.write("manifest.toml", small_manifest(witnesses()));
  for (const std::string name : {"one", "two"}) {
    ProcessOptions options = workshop.command({"run", manifest, "--folder", workshop / ("run_" + name), "--plugin-path",
                                               workshop / name, "--plugin-path", workshop / (name + "/sub")});
    options.environment["TREINO_PLUGIN_PATH"] = "";
    const Finished finished = run_process(options);
    INFO(finished.error);
    REQUIRE(finished.exit_code == kDone);
  }
  CHECK(read_text(workshop / "run_one/heard.txt") == read_text(workshop / "run_two/heard.txt"));
  CHECK((read_text(workshop / "run_one/model.safetensors") == read_text(workshop / "run_two/model.safetensors")));
}
