// Networks to export: random ones by a seed, and the smallest one with a layer of a given type.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "nn/spec.hpp"

namespace treino::test {

/// One of several inputs.
struct NamedInput {
  std::string name;
  nn::Shape shape;
};

/// What the manifest and the data file of a network are made of.
struct Network {
  nn::Shape sample;                               // {features}, or {channels, height, width}
  std::vector<NamedInput> inputs{};               // which together are the sample; empty: it is one input
  std::vector<std::string> layers;                // each an inline table
  std::string loss = "plugin = 'cross_entropy'";  // keys of [loss]
  bool values = false;                            // the targets: two columns of values in place of a class
  std::string scaling;                            // keys of [data]
  std::string missing;                            // "mean", "zero", or empty: nothing is
  int outputs = 3, rows = 48;                     // of the data file; the classes are as many as the outputs, but for one: two
  int steps = 0;                                  // of an output that is a sequence: a class for each; 0: it is none
  int indices = 0;                                // features are whole numbers below this; 0: any numbers
  bool opencv = true;                             // whether OpenCV 4.6 can compute the like
  std::uint64_t seed = 0;

  std::string manifest() const;
  /// With a header and, where `target` is set, the targets as last columns.
  std::string data(bool target) const;
};

Network random_network(std::uint64_t seed);

/// A layer of this type with the settings that it requires, on an image or a flat sample, and what makes a classifier of it.
Network smallest_network(const std::string& type);

/// Three inputs, of which a layer of each shape reads one, and an auxiliary output that nobody exports. `raw`: inputs are joined as they
/// are, too, which OpenCV cannot.
Network network_of_inputs(bool raw);

/// Layers on samples of this shape, and what makes a classifier of them.
Network network_of(const nn::Shape& sample, const std::vector<std::string>& layers);

}  // namespace treino::test
