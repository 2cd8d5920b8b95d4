// Runs whose every part has to be the same on any number of processes, and how they are started.
#pragma once
#include <string>
#include <vector>

#include "program/e2e/workshop.hpp"

namespace treino::test {

/// All metrics that the manifests below have.
std::vector<std::string> tested_metrics();

/// A convolutional net with all that has to be the same everywhere: batch norm, dropout, class weights, accumulated gradients, an
/// average of the weights, gradients that are clipped, a learning rate that a callback of rank 0 lowers, and every metric of classes.
std::string manifest(const std::string& more = "");
/// Ten measurements and a value: the metrics of values.
std::string regression();
/// Two classes by a margin.
std::string margins();
/// Two inputs, and two outputs of which one has a target of its own.
std::string outputs();
/// Sequences of three steps with a value for each.
std::string steps();

void replace(std::string& text, const std::string& what, const std::string& with);

/// The program's command by mpirun.
ProcessOptions on(int ranks, const Workshop& workshop, std::vector<std::string> arguments);

/// That two runs have trained and logged the same, their checkpoints included.
void check_bits(const fs::path& reference, const fs::path& run);

}  // namespace treino::test
