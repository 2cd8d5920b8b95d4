// Runs so small that their numbers can be worked out by hand, and weights put into them.
#pragma once
#include <cstring>

#include "workshop.hpp"

namespace treino::test {

/// A linear model of a and b on d.csv; `data` is added to its `train`, `more` comes at the end.
inline std::string linear_manifest(const std::string& data = "", const std::string& more = "", const std::string& section = "") {
  return "[run]\nname = 'linear'\nseed = 1\nepochs = 3\n[data]\ntrain = { file = 'd.csv', target = 'y'" + data + " }\n" +
         section +
         "\n[model]\nlayers = [ { type = 'dense', units = 1 } ]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = "
         "0.01\n[loss]\nplugin "
         "= "
         "'mse'\n" +
         more;
}

/// 20 rows of a, b and y = 2 a - b.
inline std::string linear_data() {
  std::string text = "a,b,y\n";
  for (int i = 0; i < 20; ++i) {
    const int a = i % 5, b = i * i % 7;
    text += std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(2 * a - b) + ".5\n";
  }
  return text;
}

/// A classifier of a and b with `units` outputs on c.csv.
inline std::string classifier_manifest(int units, const std::string& loss, const std::string& more = "",
                                       const std::string& data = "") {
  return "[run]\nname = 'classes'\nseed = 1\nepochs = 1\n[data]\ntrain = { file = 'c.csv', target = 'y'" + data +
         " }\n[model]\nlayers = [\n  { type = 'dense', units = " + std::to_string(units) +
         " },\n]\n[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.01\n[loss]\nplugin = '" + loss + "'\n" + more;
}

/// A file of weights as another tool writes it, of one layer dense_1: `weight` row after row (inputs x units), and `bias`.
inline std::string foreign_weights(const std::vector<float>& weight, const std::vector<float>& bias) {
  const auto shape = [](std::size_t a, std::size_t b) { return "[" + std::to_string(a) + "," + std::to_string(b) + "]"; };
  const std::size_t middle = 4 * weight.size(), end = middle + 4 * bias.size();
  std::string header = "{\"dense_1/weight\":{\"dtype\":\"F32\",\"shape\":" + shape(weight.size() / bias.size(), bias.size()) +
                       ",\"data_offsets\":" + shape(0, middle) + "},\"dense_1/bias\":{\"dtype\":\"F32\",\"shape\":[" +
                       std::to_string(bias.size()) + "],\"data_offsets\":" + shape(middle, end) + "}}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string file;
  for (int shift = 0; shift < 64; shift += 8) file += static_cast<char>(header.size() >> shift & 0xff);
  file += header;
  for (const auto* values : {&weight, &bias})
    for (const float value : *values) {
      char bytes[4];
      std::memcpy(bytes, &value, 4);
      file.append(bytes, 4);
    }
  return file;
}

}  // namespace treino::test
