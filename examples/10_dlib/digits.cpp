// A small convolutional network in dlib on 8 x 8 digits, with Treino's plugins round its loop.
//   digits DIGITS.csv PLUGINS.toml [RUN FOLDER]     (a folder that holds a run is continued)
#include <dlib/dnn.h>

#include <cstdio>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>
#include <string>
#include <treino/treino.hpp>
#include <vector>

using Image = dlib::matrix<float>;
template <typename Below>
using Convolution = dlib::relu<dlib::con<16, 3, 3, 1, 1, Below>>;
using Network = dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<32, Convolution<dlib::input<Image>>>>>>;

constexpr std::size_t batch = 32, training = 1408, validation = 384;  // 44 and 12 batches

struct Data {
  std::vector<Image> images;
  std::vector<unsigned long> labels;
};

Data read(const char* path) {
  std::ifstream file(path);
  Data data;
  for (std::string line; std::getline(file, line);) {
    std::istringstream cells(line);
    Image image(8, 8);
    float number = 0;
    char comma;
    for (long i = 0; i < 64; ++i) cells >> number >> comma, image(i / 8, i % 8) = number / 16;
    cells >> number;
    data.images.push_back(image);
    data.labels.push_back(static_cast<unsigned long>(number));
  }
  return data;
}

/// Samples of these numbers, as the network and as Treino take them.
struct Batch {
  dlib::resizable_tensor x;
  std::vector<unsigned long> labels;
  std::vector<std::int64_t> for_metrics;

  void take(Network& net, const Data& data, const std::size_t* rows) {
    std::vector<Image> images;
    labels.clear();
    for (std::size_t i = 0; i < batch; ++i) {
      images.push_back(data.images[rows[i]]);
      labels.push_back(data.labels[rows[i]]);
    }
    net.to_tensor(images.begin(), images.end(), x);
    for_metrics.assign(labels.begin(), labels.end());
  }
};

/// Every parameter by the number of its layer, values and gradients in place.
void add_parameters(treino::Loop& loop, Network& net) {
  std::vector<dlib::tensor*> gradients;
  dlib::visit_layer_parameter_gradients(net, [&](std::size_t, dlib::tensor& gradient) { gradients.push_back(&gradient); });
  dlib::visit_layer_parameters(net, [&](std::size_t layer, dlib::tensor& values) {
    if (values.size() == 0) return;
    dlib::tensor* gradient = gradients[layer];
    loop.parameter("layer" + std::to_string(layer), {static_cast<std::int64_t>(values.size())}, values.host(),
                   [gradient] { return gradient->host(); });
  });
}

int main(int count, char** arguments) try {
  if (count < 3) return std::fprintf(stderr, "usage: digits DIGITS.csv PLUGINS.toml [RUN FOLDER]\n"), 2;
  const Data data = read(arguments[1]);
  std::vector<std::size_t> rows(data.images.size());
  std::iota(rows.begin(), rows.end(), 0);
  Network net;
  std::vector<dlib::adam> solvers(Network::num_computational_layers, dlib::adam(0, 0.9, 0.999));
  Batch now;
  now.take(net, data, rows.data());
  net.compute_parameter_gradients(now.x, now.labels.begin());  // dlib makes its parameters when it first sees data

  treino::Loop loop(arguments[2]);
  if (count > 3) loop.folder(arguments[3]);
  add_parameters(loop, net);
  const auto save = [&] {
    std::ostringstream bytes;
    serialize(solvers, bytes);
    return bytes.str();
  };
  loop.state(save, [&](const std::string& saved) {
    std::istringstream bytes(saved);
    deserialize(solvers, bytes);
  });
  treino::LoopSetup setup;
  setup.training_samples = training;
  setup.batches_per_epoch = training / batch;
  setup.validation_samples = validation;
  setup.validation_batches = validation / batch;
  setup.largest_batch = batch;
  setup.learning_rate = 3e-3;
  setup.outputs = setup.classes = 10;
  setup.prediction = TREINO_PREDICTION_LOGITS;
  loop.begin(setup);
  while (loop.epoch()) {
    std::iota(rows.begin(), rows.end(), 0);
    std::shuffle(rows.begin(), rows.begin() + training, std::mt19937(static_cast<unsigned>(loop.epoch_number())));
    for (std::size_t first = 0; first < training; first += batch) {
      if (!loop.batch(batch)) continue;  // done before the run was resumed, or the run ends
      now.take(net, data, &rows[first]);
      const double loss = net.compute_parameter_gradients(now.x, now.labels.begin());
      loop.metrics(net.subnet().get_output().host(), now.for_metrics.data());
      if (loop.step(loss)) net.update_parameters(solvers, loop.learning_rate());
      loop.step_done();
    }
    loop.validate([&](auto& pass) {
      for (std::size_t first = training; first < training + validation; first += batch) {
        now.take(net, data, &rows[first]);
        const double loss = net.compute_loss(now.x, now.labels.begin());
        pass.add(batch, loss, net.subnet().get_output().host(), now.for_metrics.data());
      }
    });
  }
  const treino::Result result = loop.end();
  std::printf("validation accuracy %.4f\n", result["val_accuracy"]);
  return result.outcome == treino::Outcome::done || result.outcome == treino::Outcome::early_stopped ? 0 : 1;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "error: %s\n", error.what()), 1;
}
