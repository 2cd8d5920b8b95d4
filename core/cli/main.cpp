// The command line, by CLI11: options, help, and what errors become.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.hpp"
#include "base/secrets.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/text.hpp"

namespace {

using namespace treino::cli;

constexpr const char* footer =
    "\nExit codes: 0 success (done or early_stopped), 1 failed, interrupted or diverged, 2 bad input (manifest, data, "
    "arguments).\n"
    "Plugins are looked for in --plugin-path, $TREINO_PLUGIN_PATH, the manifest's [plugins] path and the folder installed with "
    "the library.";

/// Every command's callback leaves its exit code here.
int exit_code = 0;

void add_common(CLI::App* command, CommonOptions& common, bool with_settings) {
  command
      ->add_option("--plugin-path", common.plugin_folders, "a folder of plugins, searched before all others; may be given again")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  if (with_settings)
    command
        ->add_option("--set", common.settings,
                     "change the manifest: run.epochs=3, optimizer.learning_rate=0.01, callback.early_stopping.patience=9")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

void add_exit_outcome(CLI::App* command, CommonOptions& common) {
  command->add_flag("--exit-outcome", common.exit_outcome,
                    "let the exit code tell how the run ended: 0 done, 1 failed, 3 early_stopped, 4 interrupted, 5 diverged");
}

void add_trust(CLI::App* command, CommonOptions& common) {
  command->add_flag("--trust", common.trust,
                    "the run's folder is yours: plugins from places that its manifest names, Lua with unsafe = true, and files "
                    "beyond the folder are let in (see SECURITY.md)");
}

int report(const std::string& text) {
  print_error(text);
  return exit_failed;
}

/// What is wrong with a first argument that is neither an option nor a command; "" where nothing is.
std::string unknown_command(const CLI::App& app, std::string_view given) {
  if (given.empty() || given.front() == '-') return "";
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), given) != names.end()) return "";
  const std::string* meant = treino::base::nearest(given, names);
  return "there is no command '" + std::string(given) + "'." + (meant == nullptr ? "" : " Did you mean '" + *meant + "'?") +
         " There are: " + CLI::detail::join(names, ", ") + ".";
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "%s\nRun with --help for more information.\n", treino::base::clean_line(why).c_str());
  return exit_bad_input;
}

int parse_and_run(int count, char** arguments) {
  CLI::App app{"Treino trains neural networks; every callback, scheduler, loss, metric and optimizer is a plugin.", "treino"};
  app.footer(footer);
  app.set_version_flag("--version", treino_version());
  app.require_subcommand(1);
  CommonOptions common;

  RunOptions run_options;
  CLI::App* run_command = app.add_subcommand("run", "train what a manifest describes, in a new run folder");
  run_command->add_option("MANIFEST", run_options.manifest, "TOML file")->required();
  CLI::Option* run_folder =
      run_command
          ->add_option("--folder", run_options.folder, "the run's folder (default: runs/<name>-<number> beside the manifest)")
          ->type_name("DIR");
  run_command
      ->add_flag(
          "--dry", run_options.dry,
          "try it out: two batches of training, validation and test, with every plugin, and no file is kept; what plugins send "
          "(email, remote_monitor) is sent, and what scripts with unsafe = true write stays")
      ->excludes(run_folder);
  run_command->add_flag("--quiet", common.quiet, "nothing on standard output");
  add_exit_outcome(run_command, common);
  add_common(run_command, common, true);
  run_command->callback([&] { exit_code = run(common, run_options); });

  ResumeOptions resume_options;
  CLI::App* resume_command = app.add_subcommand("resume", "continue a run that was interrupted or killed, bit for bit");
  resume_command->add_option("RUN", resume_options.folder, "the run's folder")->required();
  resume_command->add_flag("--restart", resume_options.restart, "begin again, whatever checkpoints there are");
  resume_command->add_flag("--quiet", common.quiet, "nothing on standard output");
  add_exit_outcome(resume_command, common);
  add_trust(resume_command, common);
  add_common(resume_command, common, true);
  resume_command->callback([&] { exit_code = resume(common, resume_options); });

  CheckOptions check_options;
  CLI::App* check_command =
      app.add_subcommand("check", "check a manifest whole, and show what would run and in which order; runs no plugin's code");
  check_command->add_option("MANIFEST", check_options.manifest, "TOML file")->required();
  check_command->add_flag("--json", check_options.json, "what would run, for programs");
  add_common(check_command, common, true);
  check_command->callback([&] { exit_code = check(common, check_options); });

  EvaluateOptions evaluate_options;
  CLI::App* evaluate_command = app.add_subcommand("evaluate", "loss and metrics of a trained model");
  evaluate_command->add_option("MODEL", evaluate_options.model, "a run's folder, or a model file (model.safetensors) alone")
      ->required();
  CLI::Option* evaluate_part =
      evaluate_command->add_option("--on", evaluate_options.part, "which of the run's own data: test, validation or train")
          ->check(CLI::IsMember({"test", "validation", "train"}));
  CLI::Option* evaluate_data =
      evaluate_command->add_option("--data", evaluate_options.data, "another file, of the training file's form, with the target")
          ->type_name("FILE")
          ->excludes(evaluate_part);
  evaluate_command->add_option("--targets", evaluate_options.targets, "its targets, where they are in a file of their own")
      ->type_name("FILE")
      ->needs(evaluate_data);
  evaluate_command->add_option("--weights", evaluate_options.weights, "a checkpoint (default: the run's model.safetensors)")
      ->type_name("FILE");
  add_trust(evaluate_command, common);
  add_common(evaluate_command, common, true);
  evaluate_command->callback([&] { exit_code = evaluate(common, evaluate_options); });

  PredictOptions predict_options;
  CLI::App* predict_command = app.add_subcommand("predict", "a trained model's outputs for a data file, as CSV");
  predict_command->footer(
      "\nThe class is the largest output's, of equal ones the first, or, of a single output, class 1 where its probability "
      "exceeds "
      "0.5 (of hinge losses: where it exceeds 0).");
  predict_command->add_option("MODEL", predict_options.model, "a run's folder, or a model file (model.safetensors) alone")
      ->required();
  predict_command->add_option("DATA", predict_options.data, "a file of the training file's form; the target is not looked at")
      ->required();
  predict_command->add_option("--output", predict_options.output, "where to (default: standard output)")->type_name("FILE");
  predict_command
      ->add_option("--output-layer", predict_options.output_layer,
                   "a layer that has a loss: its output (default: the last layer's)")
      ->type_name("NAME");
  predict_command->add_option("--weights", predict_options.weights, "a checkpoint (default: the run's model.safetensors)")
      ->type_name("FILE");
  add_trust(predict_command, common);
  add_common(predict_command, common, true);
  predict_command->callback([&] { exit_code = predict(common, predict_options); });

  ExportOptions export_options;
  CLI::App* export_command = app.add_subcommand("export", "a trained model in another format, by a plugin of kind exporter");
  export_command->add_option("MODEL", export_options.model, "a run's folder, or a model file (model.safetensors) alone")
      ->required();
  export_command->add_option("--to", export_options.exporter, "which exporter; `treino plugins` lists them")
      ->required()
      ->type_name("ID");
  export_command
      ->add_option("-o,--output", export_options.output, "where to (default: beside the model, by its name and the exporter's)")
      ->type_name("FILE");
  export_command
      ->add_option("--set", common.settings, "a parameter of the exporter, as `treino describe ID` lists them: outputs=logits")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_common(export_command, common, false);
  export_command->callback([&] { exit_code = export_model(common, export_options); });

  bool plugins_json = false;
  CLI::App* plugins_command =
      app.add_subcommand("plugins", "list the plugins found, and why others are left out; runs no plugin's code");
  plugins_command->add_flag("--json", plugins_json, "everything, for programs");
  add_common(plugins_command, common, false);
  plugins_command->callback([&] { exit_code = plugins(common, plugins_json); });

  std::string described;
  CLI::App* describe_command = app.add_subcommand("describe", "what a plugin, layer or section of the manifest does and takes");
  describe_command->add_option("ID", described, "early_stopping, loss/mse, dense, adam, data, ...")->required();
  add_common(describe_command, common, false);
  describe_command->callback([&] { exit_code = describe(common, described); });

  LearningRateOptions lr_options;
  CLI::App* lr_command = app.add_subcommand("lr", "the learning rate over the run, without training");
  lr_command->add_option("MANIFEST", lr_options.manifest, "TOML file")->required();
  lr_command->add_option("--csv", lr_options.csv, "every value to a file")->type_name("FILE");
  lr_command->add_option("--svg", lr_options.svg, "a picture to a file")->type_name("FILE");
  lr_command
      ->add_option("--steps-per-epoch", lr_options.steps_per_epoch, "for schedulers that count steps (default: from the data)")
      ->type_name("N");
  add_common(lr_command, common, true);
  lr_command->callback([&] { exit_code = learning_rate(common, lr_options); });

  std::optional<std::string> schema_output;
  CLI::App* schema_command = app.add_subcommand("schema", "a JSON Schema of manifests, with the plugins found, for editors");
  schema_command->add_option("--output", schema_output, "where to (default: standard output)")->type_name("FILE");
  add_common(schema_command, common, false);
  schema_command->callback([&] { exit_code = schema(common, schema_output); });

  if (count < 2) {  // no command: arguments are missing, and the help says which there are
    std::fputs(app.help().c_str(), stderr);
    return exit_bad_input;
  }
  if (const std::string why = unknown_command(app, count > 1 ? arguments[1] : ""); !why.empty()) return refuse(why);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    std::ostringstream output, complaint;
    if (app.exit(error, output, complaint) == 0) {  // --help, --version
      print(output.str());
      return exit_success;
    }
    return refuse(error.what());
  }
  return exit_code;
}

}  // namespace

int main(int count, char** arguments) {
  // A standard stream that is closed would give its number to the next file that is opened, and our text to that file.
  int stream = open("/dev/null", O_RDWR);
  while (stream >= 0 && stream <= 2) stream = dup(stream);
  if (stream > 2) close(stream);
  try {
    const treino::Process process;
    return parse_and_run(count, arguments);
  } catch (const treino::Error& error) {
    if (error.has_faults())
      print_faults(error.what());
    else
      print_error(error.what());
    return error.is_bad_input() ? exit_bad_input : exit_failed;
  } catch (const std::bad_alloc&) {
    return report("out of memory");
  } catch (const std::exception& error) {
    return report(error.what());
  }
}
