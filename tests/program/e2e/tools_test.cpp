// plugins, describe, lr, schema.
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "support/replaced.hpp"
#include "workshop.hpp"

using namespace treino::test;
using nlohmann::json;

namespace {

/// The ids of all plugins, by the files' names: each library here holds one plugin of its name.
std::vector<std::string> built_plugins() {
  std::vector<std::string> ids;
  for (const char* folder : {PLUGINS, E2E_PLUGINS})
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".so") ids.push_back(entry.path().stem());
  return ids;
}

/// The third column, the rate, of a CSV file that `treino lr` wrote.
std::vector<double> rates(const fs::path& file) {
  const auto rows = lines(read_text(file));
  REQUIRE_FALSE(rows.empty());
  CHECK(rows[0] == "epoch,step,learning_rate,momentum");
  std::vector<double> result;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::size_t second = rows[i].find(',', rows[i].find(',') + 1);
    result.push_back(std::stod(rows[i].substr(second + 1)));
  }
  return result;
}

/// max/2 (1 + cos(pi t / t_max)), as Loshchilov and Hutter give it with a minimum of 0.
double cosine(double base, double t, double t_max) { return base / 2 * (1 + std::cos(std::acos(-1.0) * t / t_max)); }

}  // namespace

TEST_CASE("plugins lists every plugin that was built, as text and as JSON") {
  const Workshop workshop;
  const Finished text = workshop.treino({"plugins"}), found = workshop.treino({"plugins", "--json"});
  CHECK(text.exit_code == kDone);
  CHECK(found.exit_code == kDone);
  const json document = json::parse(found.output);
  std::set<std::string> files;  // of which one may hold several plugins
  for (const json& plugin : document["plugins"]) {
    files.insert(plugin["file"].get<std::string>());
    CHECK(plugin["sha256"].get<std::string>().size() == 64);
    CHECK(fs::exists(plugin["file"].get<std::string>()));
  }
  std::vector<std::string> listed;
  for (const std::string& file : files) listed.push_back(fs::path(file).stem());
  const std::vector<std::string> built = built_plugins();  // an id may be of a loss and of a metric
  for (const std::string& id : built) {
    INFO(id);
    CHECK(std::count(listed.begin(), listed.end(), id) == std::count(built.begin(), built.end(), id));
    CHECK(contains(text.output, " " + id + " "));
  }
  CHECK(listed.size() == built_plugins().size());
  CHECK(document["left_out"].empty());
}

// Their cases.toml hold them against the same formulas.
TEST_CASE("describe shows the updates that the optimizers make") {
  const Workshop workshop;
  const auto words = [&](const char* id) {  // without the table's lines and blanks
    std::istringstream text(workshop.treino({"describe", id}).output);
    std::string all;
    for (std::string word; text >> word;) all += word + " ";
    return all;
  };
  const std::string sgd = words("sgd"), rmsprop = words("rmsprop");
  INFO(sgd << rmsprop);
  CHECK(contains(sgd, "velocity = momentum * velocity + gradient, weight -= learning_rate * velocity;"));
  CHECK(contains(sgd, "weight -= learning_rate * (gradient + momentum * velocity);"));
  CHECK(contains(rmsprop, "velocity = momentum * velocity + gradient / root, weight -= learning_rate * velocity"));
}

TEST_CASE("describe shows parameters and help, and suggests the nearest name of an unknown one") {
  const Workshop workshop;
  const Finished known = workshop.treino({"describe", "cosine_annealing"});
  CHECK(known.exit_code == kDone);
  CHECK(contains(known.output, "t_max"));
  CHECK(contains(known.output, "(required)"));
  const Finished unknown = workshop.treino({"describe", "cosine_anealing"});
  CHECK(unknown.exit_code == kBadInput);
  CHECK(contains(unknown.error, "Did you mean 'cosine_annealing'"));
  for (const std::string& id : built_plugins()) {
    INFO(id);
    CHECK(workshop.treino({"describe", id}).exit_code == kDone);
  }
}

TEST_CASE("lr writes the cosine's values, for a scheduler inside a scheduler too") {
  const Workshop workshop;
  const std::string inner = "plugin = 'cosine_annealing', t_max = 10";
  const std::map<std::string, double> cases = {
      {"[[scheduler]]\nplugin = 'cosine_annealing'\nt_max = 10\n", 1.0},
      {"[[scheduler]]\nplugin = 'halves'\nstage = { " + inner + " }\n", 0.5},
      {"[[scheduler]]\nplugin = 'halves'\nstage = { plugin = 'halves', stage = { " + inner + " } }\n", 0.25}};
  for (const auto& [scheduler, factor] : cases) {
    INFO(scheduler);
    const Finished finished = workshop.treino(
        {"lr", workshop.write("lr.toml", small_manifest(scheduler)), "--set", "run.epochs=12", "--csv", workshop / "lr.csv"});
    INFO(finished.error);
    REQUIRE(finished.exit_code == kDone);
    const auto found = rates(workshop / "lr.csv");
    REQUIRE(found.size() == 12);
    for (std::size_t t = 0; t < found.size(); ++t)
      CHECK(found[t] == Approx(factor * cosine(2e-3, static_cast<double>(t), 10)).epsilon(1e-13).margin(1e-18));
  }
}

TEST_CASE("the learning rates of a scheduler that counts steps are those of a run's steps") {
  const Workshop workshop;
  // 1797 digits, 179 of them for validation, 359 for the test: 40 batches per epoch
  const std::string text = small_manifest("[[scheduler]]\nplugin = 'cosine_annealing'\nt_max = 100\nunit = 'step'\n");
  const Finished finished = workshop.treino({"lr", workshop.write("lr.toml", text), "--csv", workshop / "lr.csv"});
  REQUIRE(finished.exit_code == kDone);
  const auto found = rates(workshop / "lr.csv");
  REQUIRE(found.size() == 120);
  for (std::size_t t = 0; t < found.size(); ++t)
    CHECK(found[t] == Approx(cosine(2e-3, static_cast<double>(t), 100)).epsilon(1e-13).margin(1e-18));
}

TEST_CASE("a child's faults are found before the run") {
  const Workshop workshop;
  const Finished finished = workshop.treino(
      {"check",
       workshop.write("a.toml", small_manifest("[[scheduler]]\nplugin = 'halves'\nstage = { plugin = 'cosine_annealing', "
                                               "t_mx = 3 }\n"))});
  CHECK(finished.exit_code == kBadInput);
  CHECK(contains(finished.error, "Did you mean 't_max'"));
}

TEST_CASE("a run with a scheduler inside a scheduler trains at the inner one's learning rates") {
  const Workshop workshop;
  CHECK(workshop
            .run(small_manifest("[[scheduler]]\nplugin = 'halves'\nstage = { plugin = 'cosine_annealing', t_max = 10 }\n"), "run")
            .exit_code == kDone);
  std::vector<double> found;
  for (const std::string& line : lines(read_text(workshop / "run/log.jsonl")))
    if (const json record = json::parse(line); record["type"] == "epoch") found.push_back(record["learning_rate"]);
  REQUIRE(found.size() == 3);
  for (std::size_t t = 0; t < 3; ++t) CHECK(found[t] == Approx(0.5 * cosine(2e-3, static_cast<double>(t), 10)));
}

TEST_CASE("check --json says what would run, and a manifest with faults gives none") {
  const Workshop workshop;
  const std::string manifest = small_manifest("[[callback]]\nplugin = 'csv_logger'\nfilename = 'history.csv'\n");
  const Finished finished = workshop.treino({"check", workshop.write("m.toml", manifest), "--json"});
  REQUIRE(finished.exit_code == kDone);
  const json plan = json::parse(finished.output);
  CHECK(plan["callbacks"] == json{"csv_logger"});
  CHECK(plan["schedulers"].empty());
  CHECK(plan["layers"].back()["type"] == "dense");
  CHECK(plan["optimizer"]["plugin"] == "adam");
  CHECK(plan["events"][0]["event"] == "run_begin");
  const Finished wrong =
      workshop.treino({"check", workshop.write("m.toml", manifest + "[[metric]]\nplugin = 'acuracy'\n"), "--json"});
  CHECK(wrong.exit_code == kBadInput);
  CHECK(wrong.output.empty());
}

TEST_CASE("check shows the groups of parameters, and finds those that no parameter is in") {
  const Workshop workshop;
  const std::string groups =
      "[[optimizer.group]]\nmatch = '*/bias'\nlearning_rate_factor = 2.0\n[[optimizer.group]]\nmatch = '*/MATCH'\nweight_decay = "
      "0.5\n";
  const Finished good = workshop.treino({"check", workshop.write("m.toml", small_manifest(replaced(groups, "MATCH", "weight")))});
  CHECK(contains(good.output,
                 "\n            */bias: learning rate times 2\n            */weight: learning rate times 1, weight decay 0.5\n"));
  const Finished bad = workshop.treino({"check", workshop.write("m.toml", small_manifest(replaced(groups, "MATCH", "wieght")))});
  CHECK(bad.exit_code == kBadInput);
  CHECK(contains(bad.error, "match of [[optimizer.group]] 2: \"*/wieght\" matches no parameter that learns."));
}

TEST_CASE("check, module_summary and html_report show who reads whom where that is not the layer before") {
  const Workshop workshop;
  std::string manifest =
      small_manifest("[[callback]]\nplugin = 'module_summary'\n[[callback]]\nplugin = 'html_report'\nfilename = 'report.html'\n");
  const std::string chain = workshop.treino({"check", workshop.write("chain.toml", manifest)}).output;
  CHECK(contains(chain, "layer"));
  CHECK_FALSE(contains(chain, "inputs"));
  const std::size_t begin = manifest.find("layers = ["), end = manifest.find('\n', begin);
  manifest.replace(begin, end - begin,
                   "layers = [ { type = 'dense', units = 8, name = 'stem' }, { type = 'relu' }, { type = 'dense', units = 8 },\n"
                   "           { type = 'add', inputs = ['stem', 'dense_1'] }, { type = 'dense', units = 10 } ]");
  const std::string file = workshop.write("m.toml", manifest);
  const Finished checked = workshop.treino({"check", file});
  INFO(checked.output << checked.error);
  REQUIRE(checked.exit_code == kDone);
  CHECK(contains(checked.output, "layer    output  name     inputs\n"));
  CHECK(contains(checked.output, "4 add    8       add_1    stem, dense_1\n"));
  const json plan = json::parse(workshop.treino({"check", file, "--json"}).output);
  CHECK(plan["layers"][3]["inputs"] == json{"stem", "dense_1"});
  CHECK_FALSE(plan["layers"][1].contains("inputs"));
  const Finished finished = workshop.run(manifest, "run");
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  CHECK(contains(finished.output, "layer    type   inputs         output  parameters"));
  CHECK(contains(finished.output, "add_1    add    stem, dense_1  8"));
  const std::string page = read_text(workshop / "run/report.html");
  CHECK(contains(page, "<td class=\"left\">stem, dense_1</td>"));
  CHECK(contains(page, "aria-label=\"graph of the layers\""));
  CHECK(contains(page, ">stem: dense</text>"));
}

TEST_CASE("the schema is JSON and mentions every plugin that a manifest can name") {
  const Workshop workshop;
  const Finished finished = workshop.treino({"schema"});
  CHECK(finished.exit_code == kDone);
  CHECK(json::parse(finished.output).is_object());
  for (const auto& entry : fs::recursive_directory_iterator(PLUGINS)) {
    const bool named = entry.path().extension() == ".so" && entry.path().parent_path().filename() != "exporters";
    if (named) CHECK(contains(finished.output, '"' + entry.path().stem().string() + '"'));
  }
  CHECK(workshop.treino({"schema", "--output", workshop / "schema.json"}).exit_code == kDone);
  CHECK(read_text(workshop / "schema.json") == finished.output);
}
