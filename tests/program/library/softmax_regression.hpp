// A model and an optimizer that Treino knows nothing of: softmax regression on digits, stepped by gradient descent with momentum.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "program/library/digits.hpp"

namespace treino::test {

struct SoftmaxRegression {
  static constexpr std::size_t inputs = 64, classes = 10, size = inputs * classes;
  std::vector<float> weight = std::vector<float>(size), gradient = std::vector<float>(size), velocity = std::vector<float>(size);
  std::vector<float> probabilities;

  double forward(const float* x, const std::int64_t* labels, std::size_t count) {
    probabilities.assign(count * classes, 0.0f);
    double loss = 0;
    for (std::size_t row = 0; row < count; ++row) {
      float* p = &probabilities[row * classes];
      for (std::size_t k = 0; k < classes; ++k)
        for (std::size_t i = 0; i < inputs; ++i) p[k] += weight[k * inputs + i] * x[row * inputs + i] / 16;
      const float largest = *std::max_element(p, p + classes);
      float sum = 0;
      for (std::size_t k = 0; k < classes; ++k) sum += p[k] = std::exp(p[k] - largest);
      for (std::size_t k = 0; k < classes; ++k) p[k] /= sum;
      loss -= std::log(std::max(p[labels[row]], 1e-30f));
    }
    return loss / static_cast<double>(count);
  }
  void backward(const float* x, const std::int64_t* labels, std::size_t count) {
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    for (std::size_t row = 0; row < count; ++row)
      for (std::size_t k = 0; k < classes; ++k) {
        const float difference = probabilities[row * classes + k] - (static_cast<std::size_t>(labels[row]) == k ? 1.0f : 0.0f);
        for (std::size_t i = 0; i < inputs; ++i)
          gradient[k * inputs + i] += difference * x[row * inputs + i] / 16 / static_cast<float>(count);
      }
  }
  void step(double learning_rate) {
    for (std::size_t i = 0; i < size; ++i) {
      velocity[i] = 0.9f * velocity[i] + gradient[i];
      weight[i] -= static_cast<float>(learning_rate) * velocity[i];
    }
  }
  std::string state() const { return {reinterpret_cast<const char*>(velocity.data()), size * sizeof(float)}; }
  void set_state(const std::string& bytes) { std::memcpy(velocity.data(), bytes.data(), size * sizeof(float)); }
};

/// Training and validation data: batches of 50, in one order.
struct LoopData {
  std::vector<float> x, validation_x;
  std::vector<std::int64_t> y, validation_y;
  static constexpr std::size_t batch = 50;

  LoopData() {
    const Digits all = digits(1200);
    x.assign(all.features.begin(), all.features.begin() + 1000 * 64);
    validation_x.assign(all.features.begin() + 1000 * 64, all.features.end());
    y.assign(all.labels.begin(), all.labels.begin() + 1000);
    validation_y.assign(all.labels.begin() + 1000, all.labels.end());
  }
  std::size_t batches() const { return y.size() / batch; }
  std::size_t validation_batches() const { return validation_y.size() / batch; }
  LoopSetup setup() const {
    LoopSetup setup;
    setup.training_samples = y.size();
    setup.batches_per_epoch = batches();
    setup.validation_samples = validation_y.size();
    setup.validation_batches = validation_batches();
    setup.largest_batch = batch;
    setup.learning_rate = 0.1;
    setup.outputs = setup.classes = 10;
    return setup;
  }
};

inline Loop loop_of(const std::string& manifest, const std::filesystem::path& folder, SoftmaxRegression& model) {
  Loop loop = Loop::from_text(manifest);
  loop.folder(folder.string()).plugin_folder(PLUGINS).quiet();
  loop.parameter("weight", {10, 64}, model.weight.data(), model.gradient.data());
  loop.state([&model] { return model.state(); }, [&model](const std::string& bytes) { model.set_state(bytes); });
  return loop;
}

/// What a test wants to see of a run.
struct Seen {
  std::vector<double> learning_rates, losses, validation_losses;
};

inline Result train(Loop& loop, SoftmaxRegression& model, const LoopData& data, Seen* seen = nullptr) {
  loop.begin(data.setup());
  while (loop.epoch()) {
    for (std::size_t b = 0; b < data.batches(); ++b) {
      if (!loop.batch(data.batch)) continue;
      const float* x = &data.x[b * data.batch * 64];
      const std::int64_t* y = &data.y[b * data.batch];
      const double loss = model.forward(x, y, data.batch);
      model.backward(x, y, data.batch);
      loop.metrics(model.probabilities.data(), y);
      if (loop.step(loss)) {
        if (seen) seen->learning_rates.push_back(loop.learning_rate());
        model.step(loop.learning_rate());
      }
      if (seen) seen->losses.push_back(loss);
      loop.step_done();
    }
    loop.validate([&](auto& validation) {
      for (std::size_t b = 0; b < data.validation_batches(); ++b) {
        const double loss =
            model.forward(&data.validation_x[b * data.batch * 64], &data.validation_y[b * data.batch], data.batch);
        validation.add(data.batch, loss, model.probabilities.data(), &data.validation_y[b * data.batch]);
      }
    });
    if (seen) seen->validation_losses.push_back(loop["val_loss"]);
  }
  return loop.end();
}

}  // namespace treino::test
