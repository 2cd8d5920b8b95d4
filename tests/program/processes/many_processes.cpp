// The manifests: every metric is in one of them.
#include "many_processes.hpp"

#include <span>

namespace treino::test {
namespace {

struct Metric {
  const char* id;
  const char* parameters = "";
};

constexpr Metric metrics_of_classes[] = {{"accuracy"},
                                         {"auc"},
                                         {"average_precision"},
                                         {"balanced_accuracy"},
                                         {"brier"},
                                         {"calibration_error"},
                                         {"classification_report"},
                                         {"cohen_kappa"},
                                         {"confusion_matrix"},
                                         {"f1"},
                                         {"false_negatives"},
                                         {"false_positives"},
                                         {"hit_rate", "k = 3\n"},
                                         {"loss", "loss = { plugin = \"focal\" }\n"},
                                         {"mcc"},
                                         {"mean_iou"},
                                         {"ndcg"},
                                         {"perplexity"},
                                         {"precision"},
                                         {"precision_at_recall", "recall = 0.8\n"},
                                         {"recall"},
                                         {"recall_at_precision", "precision = 0.8\n"},
                                         {"sensitivity_at_specificity", "specificity = 0.8\n"},
                                         {"specificity_at_sensitivity", "sensitivity = 0.8\n"},
                                         {"top_k_accuracy"},
                                         {"true_negatives"},
                                         {"true_positives"}};
constexpr Metric metrics_of_values[] = {
    {"concordance"},
    {"cosine_similarity"},
    {"lambda", "sums = { errors = \"sum(abs(y - p))\", all = \"sum(weights)\" }\nvalue = \"errors / all\"\n"},
    {"log_cosh"},
    {"mae"},
    {"mape"},
    {"max_error"},
    {"median_absolute_error"},
    {"mse"},
    {"msle"},
    {"pearson"},
    {"r2"},
    {"poisson"},
    {"rmse"},
    {"spearman"}};
constexpr Metric metrics_of_margins[] = {{"hinge"}, {"squared_hinge"}};

std::string section(const Metric& metric) {
  return std::string("[[metric]]\nplugin = \"") + metric.id + "\"\n" + metric.parameters;
}

}  // namespace

std::vector<std::string> tested_metrics() {
  std::vector<std::string> ids;
  for (const std::span<const Metric> metrics :
       {std::span<const Metric>(metrics_of_classes), {metrics_of_values}, {metrics_of_margins}})
    for (const Metric& metric : metrics) ids.emplace_back(metric.id);
  return ids;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
}

std::string manifest(const std::string& more) {
  std::string text =
      R"(
[run]
name = "many"
seed = 3
epochs = 4
threads = 1
accumulate = 3
shards = 4
[collective]
plugin = "mpi"
timeout = 20
[data]
train = { file = ")" SOURCE_FOLDER
      R"(/examples/data/digits.csv.gz", target = -1, target_kind = "index", validation = 0.1, test = 0.2, shape = [1, 8, 8] }
scale = 0.0625
batch_size = 30
class_weights = "balanced"
[model]
layers = [
  { type = "conv2d", filters = 8, kernel = 3, l1 = 1e-5, l2 = 1e-4, max_norm = 2.0 }, { type = "batch_norm" }, { type = "relu" },
  { type = "max_pool", kernel = 2 }, { type = "flatten" }, { type = "dropout", rate = 0.2 },
  { type = "dense", units = 32 }, { type = "batch_norm" }, { type = "relu" }, { type = "dense", units = 10 },
]
[optimizer]
plugin = "adam"
learning_rate = 2e-3
[loss]
plugin = "cross_entropy"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "swap_ema_weights"
decay = 0.9
swap_on_epoch = true
[[callback]]
plugin = "reduce_lr_on_plateau"
monitor = "val_loss"
patience = 1
min_delta = 0.5
[[callback]]
plugin = "gradient_clip"
norm = 1.0
[[callback]]
plugin = "model_checkpoint"
filepath = "best.safetensors"
monitor = "val_accuracy"
save_best_only = true
[[callback]]
plugin = "backup_and_restore"
backup_dir = "backup"
save_freq = 6
)";
  for (const Metric& metric : metrics_of_classes) text += section(metric);
  return text + more;
}

std::string regression() {
  std::string text =
      R"(
[run]
name = "values"
seed = 3
epochs = 3
threads = 1
shards = 4
[collective]
plugin = "mpi"
timeout = 20
[data]
train = { file = ")" SOURCE_FOLDER
      R"(/examples/data/diabetes.csv", target = "target", target_kind = "values", validation = 0.1, test = 0.2 }
scaling = "standardize"
batch_size = 30
[model]
layers = [ { type = "dense", units = 16 }, { type = "layer_norm" }, { type = "relu" }, { type = "dense", units = 1 } ]
[optimizer]
plugin = "adam"
learning_rate = 1e-2
[loss]
plugin = "asymmetric_mse"
alpha = 2.0
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "model_checkpoint"
filepath = "best.safetensors"
monitor = "val_loss"
save_best_only = true
)";
  for (const Metric& metric : metrics_of_values) text += section(metric);
  return text;
}

std::string margins() {
  std::string text = regression();
  replace(text, "diabetes.csv\", target = \"target\", target_kind = \"values\"",
          "breast_cancer.csv\", target = \"target\", target_kind = \"index\"");
  replace(text, "plugin = \"asymmetric_mse\"\nalpha = 2.0", "plugin = \"hinge\"");
  text.erase(text.find("[[metric]]"));
  for (const Metric& metric : metrics_of_margins) text += section(metric);
  return text;
}

std::string outputs() {
  return R"(
[run]
name = "outputs"
seed = 3
epochs = 4
threads = 1
accumulate = 2
shards = 4
[collective]
plugin = "mpi"
timeout = 20
[data]
train = { file = ")" SOURCE_FOLDER R"(/examples/data/diabetes.csv", target = "target", validation = 0.2, test = 0.1 }
inputs = { body = ["age", "sex", "bp"], blood = { columns = ["s1", "s2", "s3", "s4", "s5", "s6"], shape = [2, 3] } }
scaling = "standardize"
batch_size = 30
[model]
layers = [
  { type = "dense", units = 8, inputs = "body" }, { type = "batch_norm", name = "of_body" },
  { type = "flatten", inputs = "blood" }, { type = "dense", units = 16 }, { type = "relu" }, { type = "dropout", name = "of_blood" },
  { type = "dense", units = 1, name = "bmi" },
  { type = "concat", inputs = ["of_body", "of_blood"] }, { type = "dense", units = 1, name = "progression" },
]
[optimizer]
plugin = "adam"
learning_rate = 2e-2
[[loss]]
plugin = "huber"
[[loss]]
plugin = "mse"
output = "bmi"
target = "bmi"
weight = 0.3
[[metric]]
plugin = "mae"
[[metric]]
plugin = "mae"
output = "bmi"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "model_checkpoint"
filepath = "best.safetensors"
monitor = "val_bmi_loss"
save_best_only = true
)";
}

std::string steps() {
  std::string text = regression();
  replace(text, "target = \"target\", target_kind = \"values\"",
          "features = [\"s1\", \"s2\", \"s3\", \"s4\", \"s5\", \"s6\"], shape = [3, 2], target = [\"age\", \"bmi\", "
          "\"target\"]");
  replace(text, "layers = [ ", "layers = [ { type = \"attention\", num_heads = 2, causal = true }, ");
  return text;
}

ProcessOptions on(int ranks, const Workshop& workshop, std::vector<std::string> arguments) {
  ProcessOptions command = workshop.command(std::move(arguments));
  const std::vector<std::string> mpirun{MPIRUN, "--allow-run-as-root", "--map-by", ":OVERSUBSCRIBE", "-n", std::to_string(ranks)};
  command.arguments.insert(command.arguments.begin(), mpirun.begin(), mpirun.end());
  // In containers, a process may not read another's memory, and OpenMPI says so each time.
  command.environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
  // OpenMPI 5 warns of each pair of ranks where a machine has no network.
  command.environment["OMPI_MCA_btl"] = "^tcp";
  return command;
}

void check_bits(const fs::path& reference, const fs::path& run) {
  check_same_run(reference, run);
  CHECK((read_text(reference / "checkpoint.safetensors") == read_text(run / "checkpoint.safetensors")));
}

}  // namespace treino::test
