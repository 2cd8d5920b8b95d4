// A table of the model's layers: what they put out, hold and cost. Name and max_depth are TorchTNT's. Prints
//   layer    type   output  parameters  trainable  FLOPs   memory
//   dense_1  dense  64           4,160      4,160  8.3 k    256 B
//   relu_1   relu   64               0          0     64    256 B
//   dense_2  dense  10             650        650  1.3 k     40 B
//   parameters   4,810 (18.8 KiB)
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <treino/callback.hpp>
#include <treino/kit/text.hpp>
#include <treino/tensor.hpp>

#include "shared/drawing/text_table.hpp"
#include "shared/training/selection.hpp"

namespace {

using treino::Event;

enum Column { kLayer, kType, kInputs, kOutput, kParameters, kTrainable, kFlops, kMemory, kColumns };
using Row = std::array<std::string, kColumns>;

/// "8.3 k", "512 B", "1.5 MiB": at most three digits before the unit.
std::string scaled(double value, double factor, std::initializer_list<const char*> units) {
  auto unit = units.begin();
  for (; value >= 999.5 && unit + 1 != units.end(); ++unit) value /= factor;
  const int digits = unit == units.begin() || value >= 99.95 ? 0 : 1;
  const std::string number = treino::fixed_text(value, digits);
  return **unit == '\0' ? number : number + " " + *unit;
}
std::string flops(std::int64_t count) { return scaled(static_cast<double>(count), 1000, {"", "k", "M", "G", "T"}); }
std::string bytes(std::int64_t count) { return scaled(static_cast<double>(count), 1024, {"B", "KiB", "MiB", "GiB", "TiB"}); }

std::string shape_text(const std::int64_t* shape, std::uint64_t rank) {
  std::string text;
  for (std::uint64_t i = 0; i < rank; ++i) text += (i == 0 ? "" : "x") + std::to_string(shape[i]);
  return rank == 0 ? "1" : text;
}

/// The rows below each other, with the columns that find room; names stand left, counts right.
class Sheet {
 public:
  Sheet(std::vector<Row> rows, std::size_t room) : rows_(std::move(rows)) {
    for (const Row& row : rows_)
      for (std::size_t i = 0; i < kColumns; ++i) widths_[i] = std::max(widths_[i], row[i].size());
    for (const Column column : {kMemory, kFlops, kTrainable, kType, kOutput, kInputs})
      if (width() > room) widths_[column] = 0;
    if (width() > room) widths_[kLayer] -= std::min(widths_[kLayer] - 1, width() - room);
  }

  std::string line(const Row& row) const {
    std::string text;
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (widths_[i] == 0) continue;
      const std::string cell = row[i].substr(0, widths_[i]);
      text += (text.empty() ? "" : "  ") +
              (i < kParameters ? treino::left_aligned(cell, widths_[i]) : treino::right_aligned(cell, widths_[i]));
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::size_t width() const {
    std::size_t width = 0;
    for (const std::size_t column : widths_) width += column == 0 ? 0 : column + 2;
    return width - 2;
  }
  std::vector<Row> rows_;
  std::array<std::size_t, kColumns> widths_{};
};

class ModuleSummary final : public treino::Callback {
 public:
  explicit ModuleSummary(const treino::Setup& setup)
      : Callback(setup), max_depth_(setup.get<std::int64_t>("max_depth")), at_end_(setup.get<std::string>("at") == "run_end") {}

  std::uint64_t wanted() const override { return std::uint64_t{1} << (at_end_ ? TREINO_RUN_END : TREINO_RUN_BEGIN); }

  void on_run_begin(const Event&) override { show(); }
  void on_run_end(const Event&) override { show(); }

 private:
  struct Totals {
    std::int64_t parameters = 0, trainable = 0, flops = 0, memory = 0;
  };

  void show() const {
    Totals totals;
    std::vector<Row> rows{{"layer", "type", "", "output", "parameters", "trainable", "FLOPs", "memory"}};
    const treino::ParametersByLayer parameters(host());
    for (std::uint32_t i = 0; i < host().layer_count(); ++i) {
      const std::string inputs = inputs_of(i);
      if (!inputs.empty()) rows.front()[kInputs] = "inputs";
      add(host().layer(i), inputs, parameters, rows, totals);
    }
    const Sheet sheet(std::move(rows), std::max<std::size_t>(host().columns(), 20));
    if (max_depth_ > 0)
      for (const Row& row : sheet.rows()) host().print(sheet.line(row));
    host().print("parameters   " + treino::grouped(totals.parameters) + " (" +
                 bytes(totals.parameters * std::int64_t{sizeof(float)}) + ")");
    host().print("trainable    " + treino::grouped(totals.trainable));
    host().print("FLOPs        " + flops(totals.flops) + " forward, a sample");
    host().print("activations  " + bytes(totals.memory) + ", a sample");
  }

  /// "stem, branch"; empty of a layer that reads the one before it, and of an input of the data.
  std::string inputs_of(std::uint32_t layer) const {
    const std::vector<std::uint32_t> inputs = host().layer_inputs(layer);
    if (std::strcmp(host().layer(layer).type, "input") == 0) return "";
    if (inputs == std::vector<std::uint32_t>{layer == 0 ? TREINO_MODEL_INPUT : layer - 1}) return "";
    std::string text;
    for (const std::uint32_t from : inputs)
      text += (text.empty() ? "" : ", ") + std::string(from == TREINO_MODEL_INPUT ? "input" : host().layer(from).name);
    return text;
  }

  void add(const treino_layer_info& layer, const std::string& inputs, const treino::ParametersByLayer& all,
           std::vector<Row>& rows, Totals& totals) const {
    const std::string name = layer.name;
    std::vector<Row> parts;
    std::int64_t parameters = 0, trainable = 0;
    for (const std::uint32_t i : all.of(name)) {
      const std::string parameter = host().parameter_name(i);
      const treino_tensor view = host().parameter(i);
      const std::int64_t size = treino::size_of(view), learns = host().trainable(i) ? size : 0;
      parameters += size;
      trainable += learns;
      parts.push_back({"  " + parameter.substr(name.size() + 1), "", "", shape_text(view.shape, view.rank), treino::grouped(size),
                       treino::grouped(learns), "", ""});
    }
    rows.push_back({name, layer.type, inputs, shape_text(layer.output_shape, layer.output_rank), treino::grouped(parameters),
                    treino::grouped(trainable), flops(layer.flops), bytes(layer.activation_bytes)});
    if (max_depth_ > 1) rows.insert(rows.end(), parts.begin(), parts.end());
    totals.parameters += parameters;
    totals.trainable += trainable;
    totals.flops += layer.flops;
    totals.memory += layer.activation_bytes;
  }

  std::int64_t max_depth_;
  bool at_end_;
};

}  // namespace

TREINO_PLUGIN(ModuleSummary, R"toml(
kind = "callback"
id = "module_summary"
version = "1.0.0"
summary = "Prints a table of the layers: output shapes, parameters, costs."
phase = "report"
events = ["run_begin", "run_end"]
needs = ["layers"]
help = """
Output shapes, FLOPs (additions, multiplications, comparisons of the forward pass; an exponential counts as one) and activation
memory are those of one sample; parameters count elements, running statistics included; trainable ones are those that the optimizer
moves at that moment. Parameters are 4 bytes each. Where a layer reads others than the one before it, a column names them. A narrow
terminal loses columns from the right: memory, FLOPs, trainable, then type, output and inputs; the totals below the table always show
all. Name and max_depth are TorchTNT's. No state.
"""

[parameters.max_depth]
type = "int"
default = 1
min = 0
max = 2
doc = "0: the totals only; 1: a line for each layer; 2: also one for each of its arrays, with the array's shape"

[parameters.at]
type = "string"
default = "run_begin"
choices = ["run_begin", "run_end"]
doc = "when it is shown"
)toml")
