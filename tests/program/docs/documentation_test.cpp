// README and the examples are true: every command they show runs, every output they show comes.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "manifest/kind.hpp"
#include "program/docs/shell_blocks.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/replaced.hpp"
#include "support/temporary_folder.hpp"

using namespace treino::test;
namespace fs = std::filesystem;

namespace {

/// A copy of what a user's clone holds, with this build in the place of build/release, and `treino` on the PATH.
class Clone {
 public:
  Clone() {
    fs::copy(SOURCE "/examples", folder_ / "examples", fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "examples"))
      if (entry.path().filename() == "runs") stale_.push_back(entry.path());
    for (const fs::path& path : stale_) fs::remove_all(path);
    fs::create_directories(folder_ / "build");
    fs::create_symlink(BUILD, folder_ / "build/release");
    fs::create_directories(folder_ / "bin");
    fs::create_symlink(BUILD "/treino", folder_ / "bin/treino");
  }
  const fs::path& path() const { return folder_.path(); }
  Finished shell(const std::string& command, std::map<std::string, std::string> environment = {}) const {
    environment["PATH"] = (folder_ / "bin").string() + ":" + std::getenv("PATH");
    return run_process({{"bash", "-c", command}, folder_.path(), environment, std::chrono::minutes(8)});
  }

 private:
  TemporaryFolder folder_;
  std::vector<fs::path> stale_;
};

void check_commands(const Clone& clone, const std::string& page, const std::map<std::string, std::string>& environment = {}) {
  for (const ShownCommand& shown : commands_of(read_text(page))) {
    // These two are what runs this test, and what continuous integration runs beside it.
    if (shown.command == "./examples/quickstart.sh" || shown.command == "./tests/run.sh") continue;
    std::string command = shown.command;
    // The whole of it takes minutes; a tenth of the data shows the same.
    for (const char* manifest : {"run examples/04_fashion_mnist/fashion.toml", "run examples/13_resnet/resnet8.toml"})
      if (command.find(manifest) != std::string::npos) command += " --set run.epochs=1 --set data.train.validation=0.9";
    INFO(page << ": " << command);
    const Finished finished = clone.shell(command, environment);
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code != 127);
    CHECK(finished.signal == 0);
    if (shown.output.empty()) {
      CHECK(finished.exit_code == 0);
    } else {
      CHECK(matches(shown.output, finished.output + finished.error));
    }
  }
}

/// The table of plugins/README.md, from their descriptions.
std::string plugin_table(const Clone& clone) {
  const auto json = nlohmann::json::parse(clone.shell("treino plugins --json").output);
  std::vector<std::string> rows;
  for (const auto& plugin : json["plugins"])
    rows.push_back("| " + plugin["kind"].get<std::string>() + " | `" + plugin["id"].get<std::string>() + "` | " +
                   plugin["summary"].get<std::string>() + " |\n");
  std::sort(rows.begin(), rows.end());
  std::string table = "| kind | plugin | what it does |\n|---|---|---|\n";
  for (const std::string& row : rows) table += row;
  return table;
}

/// Without the rows of the plugins in `left_out`, "collectives/mpi;...", which are not built because what they need is not there.
std::string without_left_out(std::string table, const std::string& left_out) {
  std::istringstream plugins(left_out);
  for (std::string plugin; std::getline(plugins, plugin, ';');) {
    const std::string folder = plugin.substr(0, plugin.find('/')), id = plugin.substr(plugin.find('/') + 1);
    const auto& kinds = treino::manifest::kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.plural == folder; });
    REQUIRE(kind != kinds.end());
    const std::size_t begin = table.find("\n| " + kind->name + " | `" + id + "` | ");
    REQUIRE(begin != std::string::npos);
    table.erase(begin, table.find('\n', begin + 1) - begin);
  }
  return table;
}

}  // namespace

TEST_CASE("README's commands run and print what it shows") {
  const Clone clone;
  const std::string readme = read_text(SOURCE "/README.md");
  const std::string manifest = first_block(readme, "toml");
  REQUIRE_FALSE(manifest.empty());
  write_text(clone.path() / "train.toml", manifest);
  CHECK(clone.shell("treino check train.toml").exit_code == 0);
  write_text(clone.path() / "faulty.toml",
             replaced(replaced(replaced(manifest, "epochs", "epoch"), "\"dense\"", "\"dens\""), "patience", "patence"));
  check_commands(clone, SOURCE "/README.md");
}

TEST_CASE("the table of plugins is what their descriptions say, and README counts them right") {
  const std::string readme = read_text(SOURCE "/plugins/README.md");
  const std::size_t begin = readme.find("-->\n", readme.find("<!-- plugins:")) + 4;
  const std::string shown = readme.substr(begin, readme.find("<!-- end of plugins -->") - begin);
  if (*LEFT_OUT != '\0') WARN("not built, and their rows of plugins/README.md not compared: " LEFT_OUT);
  CHECK(without_left_out(shown, LEFT_OUT) == plugin_table(Clone()));
  std::string counts;
  for (const auto& [kind, name] : {std::pair("callback", "callbacks, "), std::pair("loss", "losses, "),
                                   std::pair("metric", "metrics and "), std::pair("scheduler", "schedulers are built in")}) {
    const std::string row = "| " + std::string(kind) + " | ";
    int count = 0;
    for (std::size_t at = shown.find(row); at != std::string::npos; at = shown.find(row, at + 1)) ++count;
    counts += std::to_string(count) + " " + name;
  }
  CHECK(read_text(SOURCE "/README.md").find(counts) != std::string::npos);
}

TEST_CASE("the row of a plugin that is not built is found by its kind, whatever its plural, and its id") {
  const std::string head = "|---|---|---|\n", metric = "| metric | `mse` | b |\n";
  for (const auto& kind : treino::manifest::kinds()) {
    INFO(kind.name);
    CHECK(without_left_out(head + "| " + kind.name + " | `one` | a |\n" + metric, kind.plural + "/one") == head + metric);
  }
  CHECK(without_left_out(head + "| loss | `mse` | a |\n" + metric, "losses/mse") == head + metric);
  CHECK(without_left_out(head + metric, "") == head + metric);
}

TEST_CASE("the pages of the examples are true") {
  const Clone clone;
  for (const char* example : {"01_digits", "02_asymmetric_loss", "04_fashion_mnist", "05_all_callbacks", "13_resnet",
                              "15_two_inputs", "17_text_transformer"})
    check_commands(clone, std::string(SOURCE "/examples/") + example + "/README.md");
}

namespace {

/// What the page of an example says to do by hand, with another prefix than /usr/local. `more` goes to the last command.
void check_by_hand(const Clone& clone, const std::string& example, const std::string& more = "") {
  REQUIRE(clone.shell("cmake --install build/release --prefix prefix").exit_code == 0);
  std::vector<ShownCommand> commands = commands_of(read_text(SOURCE "/examples/" + example + "/README.md"));
  commands.back().command += more;
  for (ShownCommand& shown : commands) {
    if (shown.command.rfind("examples/", 0) == 0) continue;
    for (const auto& [what, with] : {std::pair("/usr/local", "prefix"), std::pair("/tmp/", "own_build/")})
      for (std::size_t at = shown.command.find(what); at != std::string::npos; at = shown.command.find(what, at + 1))
        shown.command.replace(at, std::string(what).size(), with);
    INFO(shown.command);
    const Finished step =
        clone.shell("PATH=$PWD/prefix/bin:$PATH; " + shown.command, {{"CMAKE_PREFIX_PATH", (clone.path() / "prefix").string()}});
    INFO(step.output << step.error);
    CHECK(step.exit_code == 0);
  }
}

}  // namespace

TEST_CASE("the first plugin is built against the installed SDK alone and used by name") {
  const Clone clone;
  const Finished finished = clone.shell("examples/03_your_first_plugin/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.find("notes epochs that gained little") != std::string::npos);
  CHECK(finished.output.find("epoch_notes: epoch ") != std::string::npos);
  check_by_hand(clone, "03_your_first_plugin");
}

TEST_CASE("losses, a metric, a scheduler and a callback of one's own are built out of tree, each under 40 lines, and used") {
  const Clone clone;
  const Finished finished = clone.shell("examples/07_custom_functions/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  for (const char* name : {"saturating", "pseudo_huber", "within", "breathing", "weight_norm"}) {
    INFO(name);
    CHECK(read_text(SOURCE "/examples/07_custom_functions/custom.toml").find(name) != std::string::npos);
    const std::string source = read_text(std::string(SOURCE "/examples/07_custom_functions/") + name + ".cpp");
    CHECK(std::count(source.begin(), source.end(), '\n') < 40);
  }
  check_by_hand(clone, "07_custom_functions");
}

TEST_CASE("an optimizer of one's own is built out of tree in under 60 lines, and trains digits") {
  const Clone clone;
  const Finished finished = clone.shell("examples/12_own_optimizer/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.find("optimizer muon 1.0.0") != std::string::npos);
  const std::string source = read_text(SOURCE "/examples/12_own_optimizer/muon.cpp");
  CHECK(std::count(source.begin(), source.end(), '\n') < 60);
  check_by_hand(clone, "12_own_optimizer");
  const std::string summary = read_text(clone.path() / "examples/12_own_optimizer/runs/muon-001/summary.json");
  CHECK(nlohmann::json::parse(summary)["scalars"]["val_accuracy"].get<double>() >= 0.95);
}

TEST_CASE("a layer of one's own is built out of tree in under 60 lines, and trains as the same model out of built-in layers") {
  const Clone clone;
  const Finished finished = clone.shell("examples/14_own_layer/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.find("layer swiglu 1.0.0") != std::string::npos);
  const std::string source = read_text(SOURCE "/examples/14_own_layer/swiglu.cpp");
  CHECK(std::count(source.begin(), source.end(), '\n') < 60);
  check_by_hand(clone, "14_own_layer");
  REQUIRE(clone.shell("treino run examples/14_own_layer/builtin.toml").exit_code == 0);
  const auto scalar = [&](const char* run, const char* name) {
    const std::string summary = read_text(clone.path() / "examples/14_own_layer/runs" / run / "summary.json");
    return nlohmann::json::parse(summary)["scalars"][name].get<double>();
  };
  CHECK(scalar("swiglu-001", "val_accuracy") >= 0.95);
  CHECK(scalar("swiglu-001", "val_loss") == Approx(scalar("builtin-001", "val_loss")).epsilon(1e-3));
}

TEST_CASE("a reader of one's own is built out of tree in under 60 lines, and trains as from CSV, bit for bit") {
  const Clone clone;
  const Finished finished = clone.shell("examples/16_own_reader/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.find("reader cifar 1.0.0") != std::string::npos);
  CHECK(finished.output.find("no fault found") != std::string::npos);
  const std::string source = read_text(SOURCE "/examples/16_own_reader/cifar.cpp");
  CHECK(std::count(source.begin(), source.end(), '\n') < 60);
  check_by_hand(clone, "16_own_reader");
  REQUIRE(clone.shell("treino run examples/16_own_reader/csv.toml").exit_code == 0);
  const auto scalars = [&](const char* run) {
    const std::string summary = read_text(clone.path() / "examples/16_own_reader/runs" / run / "summary.json");
    return nlohmann::json::parse(summary)["scalars"];
  };
  CHECK(scalars("records-001")["val_accuracy"].get<double>() >= 0.95);
  CHECK(scalars("records-001")["val_loss"] == scalars("csv-001")["val_loss"]);
}

TEST_CASE("README's program is built with pkg-config against the installed library, and trains digits from memory") {
  const Clone clone;
  const std::string readme = read_text(SOURCE "/README.md");
  const std::size_t begin = readme.find("```cpp\n") + 7, end = readme.find("```", begin);
  write_text(clone.path() / "app.cpp", readme.substr(begin, end - begin));
  REQUIRE(clone.shell("cmake --install build/release --prefix prefix").exit_code == 0);
  const Finished finished = clone.shell(
      "export PKG_CONFIG_PATH=$PWD/prefix/lib/pkgconfig && c++ -std=c++17 -Wall -Wextra app.cpp $(pkg-config --cflags --libs "
      "treino) "
      "-Wl,-rpath,$PWD/prefix/lib -o app && gzip -dc examples/data/digits.csv.gz | ./app");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  const std::size_t at = finished.output.find("test accuracy ");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(finished.output.substr(at + 14)) >= 0.97);
  CHECK(finished.output.find("the first image shows a ") != std::string::npos);
}

TEST_CASE("a training loop of one's own is built against the installed library, borrows the plugins, and is continued") {
  const Clone clone;
  const Finished finished = clone.shell("examples/08_own_loop/build_and_run.sh");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  const std::size_t at = finished.output.find("validation accuracy ");
  REQUIRE(at != std::string::npos);
  CHECK(std::stod(finished.output.substr(at + 20)) > 0.85);
  check_by_hand(clone, "08_own_loop");
  // The same folder again: the run is over, and nothing is trained twice.
  const Finished again =
      clone.shell("own_build/own_loop/own_loop own_build/digits.csv examples/08_own_loop/plugins.toml own_build/own_run");
  INFO(again.output << again.error);
  CHECK(again.output.find("continuing from") != std::string::npos);
}

TEST_CASE("many processes train as their page says, where MPI is, and one process trains the same model") {
#ifdef WITH_MPI
  const Clone clone;
  // Tests may run as root, and on one processor.
  check_commands(clone, SOURCE "/examples/11_many_processes/README.md",
                 {{"OMPI_ALLOW_RUN_AS_ROOT", "1"},
                  {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                  {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
                  {"PRTE_ALLOW_RUN_AS_ROOT", "1"},
                  {"PRTE_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
                  {"PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"}});
  CHECK(fs::exists(clone.path() / "examples/11_many_processes/runs/digits-002/model.safetensors"));
  CHECK_FALSE(fs::exists(clone.path() / "examples/11_many_processes/runs/digits-003"));
  CHECK(clone.shell("bash -n examples/11_many_processes/train.slurm").exit_code == 0);
#else
  WARN("MPI was not found: the commands of examples/11_many_processes are not run");
#endif
}

TEST_CASE("dlib's loop is built as its page says, where dlib is, stops early, and is continued") {
#ifdef WITH_DLIB
  const Clone clone;
  check_by_hand(clone, "10_dlib");
  CHECK(read_text(clone.path() / "own_build/dlib_run/summary.json").find("early_stopped") != std::string::npos);
  const Finished again =
      clone.shell("own_build/dlib_loop/digits own_build/digits.csv examples/10_dlib/plugins.toml own_build/dlib_run");
  INFO(again.output << again.error);
  CHECK(again.output.find("continuing from") != std::string::npos);
  CHECK(again.exit_code == 0);
#else
  WARN("dlib was not found: examples/10_dlib is not built");
#endif
}

TEST_CASE("libtorch's loop is built as its page says, where libtorch is, and trains a part of the data") {
#ifdef WITH_TORCH
  const Clone clone;
  check_by_hand(clone, "09_libtorch", " 1200");
  CHECK(fs::exists(clone.path() / "own_build/fashion_run/model.safetensors"));
  CHECK(fs::exists(clone.path() / "own_build/fashion_run/history.csv"));
#else
  WARN("libtorch or dataset-fashion-mnist was not found: examples/09_libtorch is not built");
#endif
}

TEST_CASE("the guide's plugin is written, built, used, given a parameter and tested as its page says") {
  const Clone clone;
  const std::string guide = read_text(SOURCE "/sdk/GUIDE.md");
  const fs::path home = clone.path() / "home", folder = home / "gap";
  fs::create_directory(home);
  const std::map<std::string, std::string> environment{{"HOME", home.string()},
                                                       {"CMAKE_PREFIX_PATH", (home / "treino").string()}};
  for (const ShownCommand& shown : commands_of(guide)) {
    const std::string there = fs::exists(folder) ? "export PATH=~/treino/bin:$PATH; cd ~/gap; " : "";
    const Finished finished = clone.shell(there + shown.command, environment);
    INFO(shown.command << "\n" << finished.output << finished.error);
    REQUIRE((shown.output.empty() ? finished.exit_code == 0 : matches(shown.output, finished.output + finished.error)));
    if (there.empty() && fs::exists(folder))
      for (const auto& [name, text] : files_of(guide)) write_text(folder / name, text);
  }
  CHECK(fs::exists(folder / "build/gap.so"));
}

TEST_CASE("the page of the host's calls lists those that there are") {
  const std::string page = read_text(SOURCE "/sdk/HOST.md");
  std::string host;
  for (const char* part :
       {"host", "detail/host_services", "detail/host_threads", "detail/host_run", "detail/host_requests", "detail/host_model"}) {
    const std::string header = read_text(std::string(SOURCE "/sdk/include/treino/") + part + ".hpp");
    const std::size_t begin = header.find(" public:");
    host += header.substr(begin, std::min(header.find(" private:", begin), header.find(" protected:", begin)) - begin);
  }
  std::set<std::string> offered, listed;
  const std::regex declared("\n  [a-zA-Z][^\n;=(]* ([a-z_]+)\\([^\n]*\\) const \\{"), shown("`([a-z_]+)\\(");
  for (std::sregex_iterator at(host.begin(), host.end(), declared), end; at != end; ++at) offered.insert((*at)[1]);
  for (std::sregex_iterator at(page.begin(), page.end(), shown), end; at != end; ++at) listed.insert((*at)[1]);
  CHECK(offered.size() > 50);
  CHECK(listed == offered);
}

TEST_CASE("an installation is whole, and only its owner may write to it, whatever the umask") {
  const Clone clone;
  for (const std::string mask : {"000", "002"}) {
    INFO("umask " << mask);
    const std::string prefix = "prefix" + mask;
    REQUIRE(clone.shell("umask " + mask + "; cmake --install build/release --prefix " + prefix).exit_code == 0);
    CHECK(clone.shell("find " + prefix + " ! -type l -perm /022").output.empty());
  }
  for (const char* file : {"README.md", "LICENSE", "SECURITY.md", "CHANGELOG.md", "sdk/ABI.md", "sdk/DESCRIPTIONS.md",
                           "examples/01_digits/digits.toml", "examples/data/digits.csv.gz"}) {
    INFO(file);
    CHECK(fs::exists(clone.path() / "prefix002/share/doc/treino" / file));
  }
}

TEST_CASE("the Debian packages hold what they are named for, and depend on each other") {
  const Clone clone;
  if (clone.shell("command -v dpkg-shlibdeps").exit_code != 0) {
    WARN("skipped: dpkg-dev is not installed");
    return;
  }
  const Finished made =
      clone.shell("cpack --config build/release/CPackConfig.cmake -B $PWD/made -D CPACK_OUTPUT_FILE_PREFIX=$PWD/packages");
  INFO(made.output << made.error);
  REQUIRE(made.exit_code == 0);
  const auto of = [&](const std::string& option, const std::string& package) {
    return clone.shell("dpkg-deb " + option + " packages/" + package + "_*.deb").output;
  };
  CHECK(of("-c", "treino").find("./usr/bin/treino") != std::string::npos);
  CHECK(of("-I", "treino").find("libtreino0 (= ") != std::string::npos);
  const std::string library = of("-c", "libtreino0");
  for (const char* file : {"libtreino.so.0", "treino/plugins/callbacks/early_stopping.so", "doc/treino/LICENSE"})
    CHECK(library.find(file) != std::string::npos);
  CHECK(library.find("/include/") == std::string::npos);
  CHECK(of("-I", "libtreino0").find("libdnnl") != std::string::npos);
  const std::string development = of("-c", "libtreino-dev");
  for (const char* file :
       {"include/treino/treino.hpp", "include/treino/callback.hpp", "cmake/treino/treino-library.cmake", "treino.pc"})
    CHECK(development.find(file) != std::string::npos);
}

TEST_CASE("installed examples run with the installed program") {
  const Clone clone;
  REQUIRE(clone.shell("DESTDIR=$PWD/stage cmake --install build/release --prefix /usr && mv stage/usr elsewhere").exit_code == 0);
  for (const char* script : {"02_asymmetric_loss/compare.sh", "06_schedules/gallery.sh"}) {
    INFO(script);
    const Finished finished =
        clone.shell("PATH=$PWD/elsewhere/bin:$PATH; elsewhere/share/doc/treino/examples/" + std::string(script));
    INFO(finished.output << finished.error);
    CHECK(finished.exit_code == 0);
  }
}

TEST_CASE(
    "a plugin in C is built against the installed SDK by a C compiler alone, dropped into the plugins folder, and described") {
  const Clone clone;
  REQUIRE(clone.shell("cmake --install build/release --prefix prefix").exit_code == 0);
  fs::create_directory(clone.path() / "plain");
  fs::copy(SOURCE "/tests/unit/sdk/samples/plain.c", clone.path() / "plain");
  write_text(
      clone.path() / "plain/CMakeLists.txt",
      "cmake_minimum_required(VERSION 3.25)\nproject(plain LANGUAGES C)\nset(CMAKE_C_STANDARD 11)\nset(CMAKE_C_EXTENSIONS OFF)\n"
      "find_package(treino REQUIRED)\ntreino_add_plugin(plain SOURCES plain.c)\n");
  const Finished finished = clone.shell(
      "cmake -S plain -B out -DCMAKE_PREFIX_PATH=$PWD/prefix && cmake --build out && cp out/plain.so prefix/lib/treino/plugins/ "
      "&& "
      "prefix/bin/treino describe plain_counter && prefix/bin/treino describe plain_constant");
  INFO(finished.output << finished.error);
  CHECK(finished.exit_code == 0);
  CHECK(finished.output.find("counts epochs") != std::string::npos);
}
