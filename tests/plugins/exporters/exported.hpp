// A network that the program trains, predicts with and exports, and the other programs that run what was exported.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "network.hpp"
#include "program/e2e/workshop.hpp"

namespace treino::test {

/// Rows of numbers.
using Rows = std::vector<std::vector<double>>;

/// Trains it for two epochs in the run's folder `name`; `<name>.csv` holds the samples to predict, without a header.
void train(const Workshop& workshop, const Network& network, const std::string& name);

/// `treino export` of that run; its last argument is the file. Fails the test where the program does.
void export_to(const Workshop& workshop, const std::string& run, const std::string& exporter, const std::string& file,
               const std::vector<std::string>& settings = {});

/// What treino predict writes for the samples.
Rows predicted(const Workshop& workshop, const std::string& run);

/// What the C file puts out for the samples, compiled without a warning and with sanitizers where the compiler has them.
Rows computed_in_c(const Workshop& workshop, const std::string& run, const std::string& stem);

/// Nothing where onnxruntime-node is not found, or OpenCV's dnn was not when the tests were configured.
std::optional<Rows> computed_by_onnxruntime(const Workshop& workshop, const std::string& run, const std::string& file,
                                            const Network& network);
std::optional<Rows> computed_by_opencv(const Workshop& workshop, const std::string& run, const std::string& file,
                                       const Network& network);

/// Whether python3-onnx takes all these files for right; nothing where it is not installed.
std::optional<Finished> checked_by_onnx(const Workshop& workshop, const std::vector<std::string>& files);

/// The largest difference of two numbers, in parts of the largest number of their row.
double largest_difference(const Rows& expected, const Rows& found);

}  // namespace treino::test
