// Other programs are looked for where they are: the C compiler that the tests were built with, node and python3 on the PATH.
#include "exported.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

namespace treino::test {

namespace {

Finished command(const Workshop& workshop, std::vector<std::string> arguments) {
  ProcessOptions options;
  options.arguments = std::move(arguments);
  options.folder = workshop / "";
  return run_process(options);
}

Finished shell(const Workshop& workshop, const std::string& text) { return command(workshop, {"/bin/sh", "-c", text}); }

void expect(const Finished& finished, const std::string& what) {
  INFO(what << "\n" << finished.output << finished.error);
  REQUIRE(finished.exit_code == 0);
}

/// `skipped` columns at the left are no numbers.
Rows rows_of(const std::string& text, std::size_t skipped, bool header) {
  Rows rows;
  for (const std::string& line : lines(text)) {
    if (std::exchange(header, false)) continue;
    std::vector<double> row;
    std::size_t begin = 0;
    for (std::size_t column = 0; begin <= line.size(); ++column) {
      const std::size_t end = std::min(line.find(',', begin), line.size());
      if (column >= skipped) row.push_back(std::stod(line.substr(begin, end - begin)));
      begin = end + 1;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// Rows of a step, a class and its outputs to a row of outputs for each sample.
Rows joined(const Rows& steps) {
  Rows samples;
  for (const std::vector<double>& step : steps) {
    if (step.front() == 0) samples.emplace_back();
    samples.back().insert(samples.back().end(), step.begin() + 2, step.end());
  }
  return samples;
}

std::string shape_text(const nn::Shape& shape) {
  std::string text;
  for (const std::int64_t length : shape) text += (text.empty() ? "" : ",") + std::to_string(length);
  return text;
}

std::string shapes_text(const Network& network) {
  if (network.inputs.empty()) return shape_text(network.sample);
  std::string text;
  for (const NamedInput& input : network.inputs) text += (text.empty() ? "" : ";") + input.name + ":" + shape_text(input.shape);
  return text;
}

}  // namespace

void train(const Workshop& workshop, const Network& network, const std::string& name) {
  workshop.write("train.csv", network.data(true));
  const std::string samples = network.data(false);
  workshop.write(name + "_predict.csv", samples);
  workshop.write(name + ".csv", samples.substr(samples.find('\n') + 1));
  INFO(network.manifest());
  const Finished finished = workshop.run(network.manifest(), name);
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
}

void export_to(const Workshop& workshop, const std::string& run, const std::string& exporter, const std::string& file,
               const std::vector<std::string>& settings) {
  std::vector<std::string> arguments = {"export", run, "--to", exporter, "-o", file};
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  expect(workshop.treino(arguments), "treino export " + run + " --to " + exporter);
}

Rows predicted(const Workshop& workshop, const std::string& run) {
  const Finished finished = workshop.treino({"predict", run + "/model.safetensors", run + "_predict.csv"});
  expect(finished, "treino predict");
  if (contains(lines(finished.output).front(), "row,step,class,")) return joined(rows_of(finished.output, 1, true));
  const bool classes = contains(lines(finished.output).front(), "row,class,");
  return rows_of(finished.output, classes ? 2 : 1, true);
}

Rows computed_in_c(const Workshop& workshop, const std::string& run, const std::string& stem) {
  const std::string strict = " -std=c99 -Wall -Wextra -pedantic -Werror ", source = stem + ".c", program = stem + "_program";
  std::string main = stem + "_MAIN";
  std::transform(main.begin(), main.end(), main.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  expect(shell(workshop, C_COMPILER + strict + "-O1 " C_SANITIZERS " -D" + main + " -o " + program + " " + source + " -lm"),
         "C compiler");
  expect(shell(workshop, "! command -v clang >/dev/null || clang" + strict + "-D" + main + " -fsyntax-only " + source), "clang");
  const Finished finished = shell(workshop, "./" + program + " < " + run + ".csv");
  expect(finished, "program in C");
  CHECK(finished.error == "");
  return rows_of(finished.output, 0, false);
}

std::optional<Rows> computed_by_onnxruntime(const Workshop& workshop, const std::string& run, const std::string& file,
                                            const Network& network) {
  if (shell(workshop, "node -e \"require('onnxruntime-node')\"").exit_code != 0) return std::nullopt;
  const Finished finished = command(workshop, {"node", SCRIPTS "/run_onnx.js", file, run + ".csv", shapes_text(network)});
  expect(finished, "onnxruntime");
  return rows_of(finished.output, 0, false);
}

std::optional<Finished> checked_by_onnx(const Workshop& workshop, const std::vector<std::string>& files) {
  // The one on the PATH need not be the one that packages are installed for.
  const auto has_onnx = [&](const std::string& python) { return shell(workshop, python + " -c 'import onnx'").exit_code == 0; };
  const std::string python = has_onnx("python3") ? "python3" : "/usr/bin/python3";
  if (!has_onnx(python)) return std::nullopt;
  std::vector<std::string> arguments = {
      python, "-c", "import onnx, sys\nfor file in sys.argv[1:]: onnx.checker.check_model(onnx.load(file), full_check=True)"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  return command(workshop, arguments);
}

double largest_difference(const Rows& expected, const Rows& found) {
  REQUIRE(expected.size() == found.size());
  double largest = 0;
  for (std::size_t row = 0; row < expected.size(); ++row) {
    REQUIRE(expected[row].size() == found[row].size());
    double size = std::numeric_limits<double>::min();
    for (const double value : expected[row]) size = std::max(size, std::abs(value));
    for (std::size_t i = 0; i < expected[row].size(); ++i)
      largest = std::max(largest, std::abs(expected[row][i] - found[row][i]) / size);
  }
  return largest;
}

}  // namespace treino::test
