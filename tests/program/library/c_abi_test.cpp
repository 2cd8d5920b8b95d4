// The C functions: sizes, null pointers, buffers that are too small. What C++ cannot get wrong by treino.hpp.
#include <treino/treino.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "program/library/digits.hpp"
#include "support/catch.hpp"

using namespace treino::test;

namespace {

struct Text {
  char bytes[200] = "";
  treino_error error{sizeof(treino_error), sizeof bytes, bytes};
};

}  // namespace

TEST_CASE("a version is there") { CHECK(std::string(treino_version()).find('.') != std::string::npos); }

TEST_CASE("null handles and places are refused, and closing nothing does nothing") {
  Text text;
  treino_run_result result{};
  result.size = sizeof result;
  CHECK(treino_run_fit(nullptr, &result, &text.error) == TREINO_BAD_INPUT);
  CHECK(std::string(text.bytes) == "the run's handle is null");
  CHECK(treino_run_fit(nullptr, &result, nullptr) == TREINO_BAD_INPUT);
  CHECK(treino_run_open(nullptr, nullptr, &text.error) == TREINO_BAD_INPUT);
  treino_run_handle* run = nullptr;
  CHECK(treino_run_open(nullptr, &run, &text.error) == TREINO_BAD_INPUT);
  CHECK(std::string(text.bytes) == "treino_run_options: size is not set; it is to be sizeof(treino_run_options)");
  treino_run_options options{};
  options.size = sizeof options;
  CHECK(treino_run_open(&options, &run, &text.error) == TREINO_BAD_INPUT);
  CHECK(std::string(text.bytes).find("neither a manifest nor its text") != std::string::npos);
  CHECK(run == nullptr);
  treino_model_handle* model = nullptr;
  CHECK(treino_model_open(nullptr, nullptr, &model, &text.error) == TREINO_BAD_INPUT);
  CHECK(std::string(text.bytes) == "the model's path is not given");
  CHECK(treino_model_predict(nullptr, nullptr, 0, nullptr, &text.error) == TREINO_BAD_INPUT);
  std::uint32_t rank = 7;
  CHECK(treino_model_shape(nullptr, &rank) == nullptr);
  CHECK(rank == 0);
  CHECK(treino_model_inputs(nullptr) + treino_model_outputs(nullptr) + treino_model_classes(nullptr) == 0);
  CHECK(treino_model_class_name(nullptr, 0) == nullptr);
  CHECK(treino_model_class_of(nullptr, nullptr) == -1);
  treino_run_close(nullptr);
  treino_model_close(nullptr);
  treino_run_on_epoch(nullptr, nullptr, nullptr);
  treino_run_interrupt(nullptr);
}

TEST_CASE("an error's text is cut to the buffer") {
  char small[10];
  treino_error error{sizeof(treino_error), sizeof small, small};
  treino_model_handle* model = nullptr;
  CHECK(treino_model_open("none.safetensors", nullptr, &model, &error) == TREINO_BAD_INPUT);
  CHECK(std::strlen(small) == 9);
}

TEST_CASE("a program that knows shorter structs is served, and nothing is written beyond them") {
  const TemporaryFolder folder;
  const std::string manifest = digits_manifest(from_file), own = (folder / "run").string();
  const char* const plugins[] = {PLUGINS};
  treino_run_options options{};
  options.size = offsetof(treino_run_options, log);  // of a version without it
  options.quiet = 1;
  options.text = manifest.c_str();
  options.folder = own.c_str();
  options.plugin_folder_count = 1;
  options.plugin_folders = plugins;
  options.log = [](void*, const char*) { FAIL("an unknown field was read"); };
  Text text;
  treino_run_handle* run = nullptr;
  REQUIRE(treino_run_open(&options, &run, &text.error) == TREINO_OK);
  treino_run_result result{};
  CHECK(treino_run_fit(run, &result, &text.error) == TREINO_BAD_INPUT);  // before it trains
  result.size = offsetof(treino_run_result, reason);
  result.reason = "as it was";
  CHECK(treino_run_fit(run, &result, &text.error) == TREINO_OK);
  CHECK(result.outcome == TREINO_DONE);
  CHECK(std::string(result.reason) == "as it was");
  treino_samples samples{};
  samples.size = sizeof samples;
  const treino_scalar* scalars = nullptr;
  std::uint32_t count = 0;
  CHECK(treino_run_evaluate(run, &samples, 0, &scalars, &count, &text.error) == TREINO_BAD_INPUT);
  CHECK(treino_run_evaluate(run, nullptr, 7, &scalars, &count, &text.error) == TREINO_BAD_INPUT);
  CHECK(std::string(text.bytes) == "part 7 is not known: 0 to 2 are");
  CHECK(treino_run_evaluate(run, nullptr, TREINO_PART_TRAIN, &scalars, &count, &text.error) == TREINO_OK);
  CHECK(count == 2);
  treino_run_close(run);
}

TEST_CASE("samples in C that contradict themselves are refused") {
  treino_run_options options{};
  options.size = sizeof options;
  options.manifest = "x.toml";
  Text text;
  treino_run_handle* run = nullptr;
  REQUIRE(treino_run_open(&options, &run, &text.error) == TREINO_OK);
  const float values[4] = {};
  const std::int64_t labels[2] = {}, good = 2, bad = 0;
  treino_samples samples{};
  samples.size = sizeof samples;
  samples.count = 2;
  samples.rank = 1;
  samples.shape = &good;
  samples.features = values;
  const auto fault = [&](const treino_samples& given) -> std::string {
    const treino_status status = treino_run_set_samples(run, TREINO_PART_TRAIN, &given, &text.error);
    return status == TREINO_OK ? "" : text.bytes;
  };
  CHECK(fault(samples).empty());
  treino_samples other = samples;
  other.labels = labels;
  other.targets = values;
  CHECK(fault(other) == "training data: either labels or targets are given, not both");
  other = samples;
  other.shape = &bad;
  CHECK(fault(other) == "training data: a sample cannot have a dimension of 0");
  other = samples;
  other.shape = nullptr;
  CHECK(fault(other) == "training data: the shape of a sample is missing (1 to 8 dimensions)");
  other = samples;
  other.count = 0;
  CHECK(fault(other) == "training data: 0 samples; expected 1 to 4294967295");
  other = samples;
  other.features = nullptr;
  CHECK(fault(other) == "training data: features are missing");
  other = samples;
  other.targets = values;
  CHECK(fault(other) == "training data: target_width is 0; expected at least 1");
  other = samples;
  other.class_count = 1;
  CHECK(fault(other) == "training data: the name of class 0 is missing");
  treino_run_close(run);
}
