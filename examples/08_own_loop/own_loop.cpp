// Logistic regression by hand, in Eigen, with Treino's plugins round its loop.
//   own_loop DIGITS.csv PLUGINS.toml [RUN FOLDER]     (a folder that holds a run is continued)
#include <Eigen/Core>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <treino/treino.hpp>

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Data {
  Matrix x;
  std::vector<std::int64_t> labels;
};

Data read(const char* path) {
  std::ifstream file(path);
  std::vector<float> numbers;
  Data data;
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) numbers.push_back(std::stof(cell) / 16);
    data.labels.push_back(std::lround(numbers.back() * 16));
    numbers.pop_back();
  }
  data.x = Eigen::Map<Matrix>(numbers.data(), static_cast<Eigen::Index>(data.labels.size()), 64);
  return data;
}

/// The model: probabilities of ten classes, and the gradient of their cross-entropy.
struct Regression {
  Matrix weight = Matrix::Zero(64, 10), gradient = Matrix::Zero(64, 10), probabilities;

  double forward(const Data& data, Eigen::Index first, Eigen::Index count) {
    probabilities = data.x.middleRows(first, count) * weight;
    probabilities.colwise() -= probabilities.rowwise().maxCoeff().eval();
    probabilities = probabilities.array().exp();
    probabilities.array().colwise() /= probabilities.rowwise().sum().array().eval();
    double loss = 0;
    for (Eigen::Index i = 0; i < count; ++i) loss -= std::log(probabilities(i, data.labels[first + i]));
    return loss / static_cast<double>(count);
  }
  void backward(const Data& data, Eigen::Index first, Eigen::Index count) {
    Matrix difference = probabilities;
    for (Eigen::Index i = 0; i < count; ++i) difference(i, data.labels[first + i]) -= 1;
    gradient = data.x.middleRows(first, count).transpose() * difference / static_cast<float>(count);
  }
};

int main(int count, char** arguments) try {
  if (count < 3) return std::fprintf(stderr, "usage: own_loop DIGITS.csv PLUGINS.toml [RUN FOLDER]\n"), 2;
  const Data data = read(arguments[1]);
  constexpr Eigen::Index batch = 32, training = 1408, validation = 384;  // 44 and 12 batches
  Regression model;

  treino::Loop loop(arguments[2]);
  if (count > 3) loop.folder(arguments[3]);
  loop.parameter("weight", {64, 10}, model.weight.data(), [&] { return model.gradient.data(); });
  treino::LoopSetup setup;
  setup.training_samples = training;
  setup.batches_per_epoch = training / batch;
  setup.validation_samples = validation;
  setup.validation_batches = validation / batch;
  setup.largest_batch = batch;
  setup.learning_rate = 0.5;
  setup.outputs = setup.classes = 10;
  loop.begin(setup);
  while (loop.epoch()) {
    for (Eigen::Index first = 0; first < training; first += batch) {
      if (!loop.batch(batch)) continue;  // done before the run was resumed, or the run ends
      const double loss = model.forward(data, first, batch);
      model.backward(data, first, batch);
      loop.metrics(model.probabilities.data(), &data.labels[first]);
      if (loop.step(loss)) model.weight -= static_cast<float>(loop.learning_rate()) * model.gradient;
      loop.step_done();
    }
    loop.validate([&](auto& pass) {
      for (Eigen::Index first = training; first < training + validation; first += batch) {
        const double loss = model.forward(data, first, batch);
        pass.add(batch, loss, model.probabilities.data(), &data.labels[first]);
      }
    });
  }
  const treino::Result result = loop.end();
  std::printf("validation accuracy %.4f\n", result["val_accuracy"]);
  return result.outcome == treino::Outcome::done || result.outcome == treino::Outcome::early_stopped ? 0 : 1;
} catch (const treino::Error& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
