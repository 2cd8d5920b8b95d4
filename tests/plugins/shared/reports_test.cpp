// The texts that metrics give besides their numbers.
#include "host/library/finder.hpp"
#include "host/library/loader.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/metric_under_test.hpp"

namespace {

using namespace treino;
using namespace treino::conformance;

treino_status append_text(void* context, const void* bytes, std::uint64_t size) {
  static_cast<std::string*>(context)->append(static_cast<const char*>(bytes), size);
  return TREINO_OK;
}

/// What the metric says after these samples: target cat, cat, dog, owl; answer cat, owl, dog, owl.
std::string report_of(const std::string& id, const std::string& normalize = "") {
  std::vector<std::string> warnings;
  const auto component = host::load(host::inspect(std::filesystem::path(PLUGINS) / (id + ".so"), true), warnings).at(0);
  PluginUnderTest plugin;
  plugin.description = component->description;
  plugin.lifecycle = &component->lifecycle;
  plugin.metric = &component->metric;
  manifest::Table given;
  if (!normalize.empty()) given.push_back({"normalize", {}, {normalize, {}, false, {}}});
  std::string refusal;
  const manifest::Table parameters = completed(plugin, given, refusal).value();
  Problem problem(TREINO_TARGET_INDEX, TREINO_PREDICTION_LOGITS, false, 3, 3);
  problem.class_names = {"cat", "dog", "owl"};
  Metric metric(plugin, parameters, problem);
  metric.update({4, 3, 0, {1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1}, {}, {0, 0, 1, 2}, {}});
  REQUIRE(plugin.lifecycle->extension != nullptr);
  CHECK(plugin.lifecycle->extension(metric.self(), "treino.unheard_of/1") == nullptr);
  const auto* extension = static_cast<const treino_report*>(plugin.lifecycle->extension(metric.self(), TREINO_REPORT_EXTENSION));
  REQUIRE(extension != nullptr);
  std::string text;
  const treino_sink sink{sizeof(treino_sink), 0, &text, append_text};
  ErrorBuffer error;
  error.check(extension->report(metric.self(), &sink, error.get()));
  return text;
}

}  // namespace

TEST_CASE("the classification report is a table of classes and means") {
  CHECK(report_of("classification_report") ==
        "          precision  recall     f1  support\n"
        "     cat      1.000   0.500  0.667        2\n"
        "     dog      1.000   1.000  1.000        1\n"
        "     owl      0.500   1.000  0.667        1\n"
        "   macro      0.833   0.833  0.778        4\n"
        "weighted      0.875   0.750  0.750        4\n"
        "accuracy                     0.750        4\n");
}
