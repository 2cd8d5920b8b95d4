// A causal transformer learns a text as the same net in libtorch does, from the same first weights, step for step.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temporary_folder.hpp"

using namespace treino::test;

namespace {

std::string block(const std::string& before, const std::string& number) {
  const std::string attention = "attention_" + number, attended = "attended_" + number, made = "made_" + number;
  return "  { type = 'layer_norm', axis = -1 },\n  { type = 'attention', num_heads = 4, causal = true, name = '" + attention +
         "' },\n  { type = 'add', inputs = ['" + before + "', '" + attention + "'], name = '" + attended +
         "' },\n  { type = 'layer_norm', axis = -1 },\n  { type = 'dense', units = 64 },\n  { type = 'gelu' },\n  { type = "
         "'dense', "
         "units = 32 },\n  { type = 'add', inputs = ['" +
         attended + "', 'dense_" + std::to_string(2 * std::stoi(number)) + "'], name = '" + made + "' },\n";
}

const std::string transformer =
    "[run]\nname = 'sonnets'\nseed = 1\nepochs = 4\nthreads = 1\nquiet = true\n[data]\ntrain = { file = '" TEXT
    "', format = 'text', window = 24 }\nbatch_size = 16\nshuffle = false\n[model]\nweights = { file = "
    "'first.safetensors', layout = 'torch' }\nlayers = [\n  { type = 'embedding', input_dim = 59, output_dim "
    "= 32 },\n  { type = 'positional_embedding' },\n" +
    block("positional_embedding_1", "1") + block("made_1", "2") +
    "  { type = 'layer_norm', axis = -1 },\n  { type = 'dense', units = 59 },\n]\n[optimizer]\nplugin = "
    "'adam'\nlearning_rate = 3e-3\n[loss]\nplugin = 'cross_entropy'\n[[callback]]\nplugin = 'lambda'\n"
    "unsafe = true\non_batch_end = \"local f = io.open('losses', 'a') "
    "f:write(string.format('%.17g\\\\n', loss)) f:close()\"\n";

std::vector<double> numbers_after(const std::string& text, const std::string& beginning) {
  std::vector<double> numbers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(beginning, 0) == 0) numbers.push_back(std::stod(line.substr(beginning.size())));
  return numbers;
}

/// The largest distance between two losses of a step, relative to them.
double distance(const std::vector<double>& left, const std::vector<double>& right) {
  double most = 0;
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
    most = std::max(most, std::abs(left[i] - right[i]) / std::abs(right[i]));
  return most;
}

}  // namespace

// What float32 does to 100 steps is seen in libtorch itself, in float32 and in float64: Treino may be as far from the latter, and both
// orders of summation together from each other.
TEST_CASE("the loss of a transformer on a text is libtorch's for 100 steps, within what rounding does to it") {
  const TemporaryFolder folder;
  const Finished torch = run_process({{TORCH_TRANSFORMER, TEXT, (folder / "first.safetensors").string()},
                                      folder.path(),
                                      {{"OMP_NUM_THREADS", "1"}},
                                      std::chrono::minutes(5)});
  INFO(torch.error);
  REQUIRE(torch.exit_code == 0);
  write_text(folder / "m.toml", transformer);
  const Finished trained =
      run_process({{TREINO, "run", (folder / "m.toml").string(), "--folder", (folder / "run").string(), "--plugin-path", PLUGINS},
                   folder.path(),
                   {},
                   std::chrono::minutes(5)});
  INFO(trained.error);
  REQUIRE(trained.exit_code == 0);
  std::vector<double> ours = numbers_after(read_text(folder / "losses"), "");
  REQUIRE(ours.size() >= 100);
  ours.resize(100);
  const std::vector<double> single = numbers_after(torch.output, "float32 "), exact = numbers_after(torch.output, "float64 ");
  REQUIRE(single.size() == 100);
  REQUIRE(exact.size() == 100);
  CAPTURE(distance(ours, exact), distance(single, exact), distance(ours, single));
  CHECK(distance(ours, exact) < 2e-6);
  CHECK(distance(ours, single) < 2e-6);
  CHECK(exact.back() < 0.75 * exact.front());  // it learns
}
