// What oneDNN computes a run's convolutions with, as its own log tells it.
#include "workshop.hpp"

using namespace treino::test;

TEST_CASE("a run's convolutions of few channels are not left to oneDNN's reference implementation, in any pass") {
  const Workshop workshop;
  std::string images;
  for (int image = 0; image < 16; ++image) {
    for (int pixel = 0; pixel < 144; ++pixel) images += std::to_string((image * 7 + pixel * 5) % 11) + ",";
    images += std::to_string(image % 4) + "\n";
  }
  workshop.write("images.csv", images);
  // 8 channels into 16 filters: their weights' gradient is what oneDNN 2.6 has only its reference for, in layouts of 16 channels.
  ProcessOptions options = workshop.command(
      {"run",
       workshop.write("c.toml",
                      "[run]\nname = 'c'\nseed = 1\nepochs = 1\n"
                      "[data]\ntrain = { file = 'images.csv', target = -1, target_kind = 'index', shape = [1, 12, 12] }\n"
                      "batch_size = 8\n[model]\nlayers = [ { type = 'conv2d', filters = 8, kernel = 3 },\n"
                      "  { type = 'max_pool', kernel = 2 }, { type = 'conv2d', filters = 16, kernel = 3 },\n"
                      "  { type = 'flatten' }, { type = 'dense', units = 4 } ]\n"
                      "[optimizer]\nplugin = 'sgd'\nlearning_rate = 0.01\n[loss]\nplugin = 'cross_entropy'\n"),
       "--folder", workshop / "run"});
  options.environment["ONEDNN_VERBOSE"] = "1";
  const Finished finished = run_process(options);
  INFO(finished.output << finished.error);
  REQUIRE(finished.exit_code == kDone);
  const std::string log = finished.output + finished.error;
  CHECK(contains(log, ",convolution,"));
  CHECK_FALSE(contains(log, ",convolution,ref"));
}
