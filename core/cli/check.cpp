// treino check: everything that can be known before a run, and the order of its callbacks.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/figures.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace treino::cli {

namespace {

using nlohmann::json;

std::string joined(const json& names) {
  std::string text;
  for (const json& name : names) text += (text.empty() ? "" : ", ") + name.get<std::string>();
  return text;
}

/// With names and inputs where not every layer reads the one before.
std::string model_table(const json& plan) {
  const json& layers = plan["layers"];
  const bool chain = std::none_of(layers.begin(), layers.end(),
                                  [](const json& layer) { return layer.contains("inputs") || layer["type"] == "input"; });
  std::vector<std::vector<std::string>> rows = {{"layer", "output"}};
  if (plan.contains("input") && layers[0]["type"] != "input") rows.push_back({"input", plan["input"]});
  std::size_t number = 0;
  for (const json& layer : layers) {
    const auto type = layer["type"].get<std::string>();
    rows.push_back({type == "input" ? type : fmt::format("{} {}", ++number, type), layer.value("output", "?")});
  }
  if (chain) return table(rows, true, screen_width());
  for (std::vector<std::string>& row : rows) row.resize(4);
  rows.front() = {"layer", "output", "name", "inputs"};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::vector<std::string>& row = rows[rows.size() - layers.size() + i];
    row[2] = layers[i]["name"].get<std::string>();
    row[3] = joined(layers[i].value("inputs", json::array()));
  }
  return table(rows, true, screen_width());
}

std::string list(const json& names) { return names.empty() ? "none" : joined(names); }

/// Of an output that is a sequence.
std::string steps_text(const json& output) {
  return output.contains("steps") ? fmt::format(", at each of {} steps", output["steps"].get<std::int64_t>()) : "";
}

/// One below the other.
std::string losses_text(const json& plan) {
  std::string text = plan["loss"].get<std::string>() + steps_text(plan);
  for (const json& loss : plan.value("further_losses", json::array()))
    text += fmt::format("\n            {} times {}, of the output {}{}", loss["plugin"].get<std::string>(),
                        base::exact(loss["weight"].get<double>()), loss["output"].get<std::string>(), steps_text(loss));
  return text;
}

std::string optimizer_text(const json& optimizer) {
  std::string text = fmt::format("{}, learning rate {}", optimizer["plugin"].get<std::string>(),
                                 base::exact(optimizer["learning_rate"].get<double>()));
  for (const json& group : optimizer.value("groups", json::array())) {
    text += fmt::format("\n            {}: learning rate times {}", group["match"].get<std::string>(),
                        base::exact(group["learning_rate_factor"].get<double>()));
    if (group.contains("weight_decay")) text += ", weight decay " + base::exact(group["weight_decay"].get<double>());
  }
  return text;
}

std::string order_table(const json& events) {
  std::vector<std::vector<std::string>> rows = {{"event", "received by, in this order"}};
  for (const json& event : events) rows.push_back({event["event"], joined(event["callbacks"])});
  return rows.size() == 1 ? "" : table(rows, true, screen_width());
}

}  // namespace

int check(const CommonOptions& common, const CheckOptions& options) {
  Run run(options.manifest, common.settings);
  for (const std::string& folder : common.plugin_folders) run.plugin_folder(folder);
  const std::string text = run.plan();
  if (options.json) {
    print_data(text);
    return exit_success;
  }
  const json plan = json::parse(text);
  std::string shown = fmt::format("{}: no fault found\n\n", options.manifest);
  shown += model_table(plan) + "\n";
  shown += fmt::format("optimizer   {}\nloss        {}\nmetrics     {}\nschedulers  {}\n", optimizer_text(plan["optimizer"]),
                       losses_text(plan), list(plan["metrics"]), list(plan["schedulers"]));
  if (plan.contains("collective")) shown += "collective  " + plan["collective"].get<std::string>() + "\n";
  if (plan.contains("shards")) shown += fmt::format("shards      {}\n", plan["shards"].get<std::int64_t>());
  shown += "\n" + order_table(plan["events"]);
  for (const json& note : plan["notes"]) shown += "\n" + note.get<std::string>() + "\n";
  print(shown);
  return exit_success;
}

}  // namespace treino::cli
