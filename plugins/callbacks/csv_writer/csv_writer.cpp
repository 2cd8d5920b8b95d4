// Writes what the model predicts, a row per sample, into CSV files (RFC 4180). Known from TorchTNT as BaseCSVWriter. Prints, for
// three classes
//   row,target,class,probability_setosa,probability_versicolor,probability_virginica
//   0,setosa,setosa,0.981,0.018,0.001
#include <algorithm>
#include <filesystem>
#include <treino/callback.hpp>
#include <treino/kit/durable_folders.hpp>
#include <treino/kit/worker.hpp>

#include "batch.hpp"
#include "form.hpp"
#include "output.hpp"

namespace csv_writer {
namespace {

using treino::Event;

class CsvWriter final : public treino::Callback {
 public:
  explicit CsvWriter(const treino::Setup& setup)
      : Callback(setup),
        path_(std::filesystem::path(setup.get<std::string>("dir_path")) / setup.get<std::string>("filename")),
        of_(setup.get<Names>("of")),
        columns_(setup.get<Names>("columns")),
        formulas_(setup.get<Names>("formulas")),
        header_row_(setup.get<Names>("header_row")),
        append_(setup.get<bool>("append")),
        separator_(treino::csv_separator(setup.get<std::string>("delimiter"), "delimiter")),
        worker_(setup.host(), {16, std::chrono::milliseconds(0), "batches"}, [this](Batch* first, Batch* last) {
          for (Batch* batch = first; batch != last; ++batch) write(*batch);
        }) {
    const auto filename = setup.get<std::string>("filename");
    if (filename.empty() || filename.find('/') != std::string::npos)
      throw std::invalid_argument("filename must be a file's name; its folder is dir_path");
    if (of_.empty()) throw std::invalid_argument("of must name at least one of predict, validation, test");
    for (const auto& [name, pass] : {std::pair("validation", Pass::validation), {"test", Pass::test}, {"predict", Pass::predict}})
      if (std::find(of_.begin(), of_.end(), name) != of_.end()) host().claim_output(numbered(pass, 1).string());
  }

  void on_run_begin(const Event&) override { prepare(); }  // so that columns which cannot be are refused at once
  void on_validation_begin(const Event&) override { collected_.clear(); }
  void on_validation_batch_end(const Event&) override { collect(collected_); }
  /// Only the newest is wanted: where the worker is still at one before, those between are left out.
  void on_validation_end(const Event&) override {
    complain();
    if (collected_.outputs.empty()) return;
    prepare();
    collected_.pass = Pass::validation;
    collected_.first = collected_.last = true;
    worker_.replace([&](Batch& batch) { std::swap(batch, collected_); });
  }

  void on_test_begin(const Event&) override { begin(Pass::test); }
  void on_test_batch_end(const Event&) override { go_on(Pass::test); }
  void on_test_end(const Event&) override { end(Pass::test); }
  void on_predict_begin(const Event&) override { begin(Pass::predict); }
  void on_predict_batch_end(const Event&) override { go_on(Pass::predict); }
  void on_predict_end(const Event&) override { end(Pass::predict); }

  void on_run_end(const Event&) override {
    worker_.wait();
    complain();
  }

  std::uint64_t wanted() const override {
    std::uint64_t events = std::uint64_t{1} << TREINO_RUN_BEGIN | std::uint64_t{1} << TREINO_RUN_END;
    const auto add = [&](const char* name, std::initializer_list<unsigned> those) {
      if (std::find(of_.begin(), of_.end(), name) == of_.end()) return;
      for (const unsigned event : those) events |= std::uint64_t{1} << event;
    };
    add("validation", {TREINO_VALIDATION_BEGIN, TREINO_VALIDATION_BATCH_END, TREINO_VALIDATION_END});
    add("test", {TREINO_TEST_BEGIN, TREINO_TEST_BATCH_END, TREINO_TEST_END});
    add("predict", {TREINO_PREDICT_BEGIN, TREINO_PREDICT_BATCH_END, TREINO_PREDICT_END});
    return events;
  }

  /// Nothing to remember, but the file of a validation before a checkpoint has to be there by then.
  void save(treino::Writer&) const override { worker_.wait(); }
  void load(treino::Reader& reader, std::uint32_t) override { reader.finish(); }

 private:
  void prepare() {
    if (!form_) form_.emplace(host().problem(), columns_, formulas_, header_row_, separator_);
  }
  void collect(Batch& batch) const {
    add<float>(batch.outputs, host().prediction());
    add<std::uint32_t>(batch.rows, host().rows());
    const std::optional<treino_tensor> target = host().target();
    if (!target) return;
    if (target->type_code == TREINO_DTYPE_INT)
      add<std::int32_t>(batch.classes, target);
    else
      add<float>(batch.values, target);
  }
  void complain() {
    if (const std::string failure = worker_.failure(); !failure.empty()) throw std::runtime_error(failure);
  }

  // Predictions are the result itself, so that their passes wait for the worker where it is slower.
  void begin(Pass pass) {
    prepare();
    hand_over(pass, true, false);
  }
  void go_on(Pass pass) { hand_over(pass, false, false); }
  void end(Pass pass) {
    hand_over(pass, false, true);
    worker_.wait();
    complain();
  }
  void hand_over(Pass pass, bool first, bool last) {
    worker_.put([&](Batch& batch) {
      batch.clear();
      batch.pass = pass;
      batch.first = first;
      batch.last = last;
      if (!first && !last) collect(batch);
    });
  }

  // On the worker's thread:

  /// What comes after a batch that could not be written is left out, up to the next pass.
  void write(const Batch& batch) {
    if (batch.first) {
      output_.reset();
      output_.emplace(file_for(batch.pass), append_ && batch.pass != Pass::validation);
    }
    if (!output_) return;
    try {
      if (batch.first) output_->begin(form_->header());
      output_->write(form_->lines(batch));
      if (batch.last) output_->finish();
    } catch (...) {
      output_.reset();
      throw;
    }
    if (batch.last) output_.reset();
  }

  /// predictions.csv, predictions-test.csv; where it is taken and not added to, predictions-2.csv.
  std::filesystem::path file_for(Pass pass) const {
    treino::create_folders(path_.parent_path());
    unsigned number = 1;
    while (pass != Pass::validation && !append_ && std::filesystem::exists(numbered(pass, number))) ++number;
    return numbered(pass, number);
  }
  std::filesystem::path numbered(Pass pass, unsigned number) const {
    const std::string stem = path_.stem().string() + (pass == Pass::validation ? "-validation"
                                                      : pass == Pass::test     ? "-test"
                                                                               : "");
    return path_.parent_path() / (stem + (number == 1 ? "" : "-" + std::to_string(number)) + path_.extension().string());
  }

  const std::filesystem::path path_;
  const Names of_, columns_, formulas_, header_row_;
  const bool append_;
  const char separator_;
  std::optional<Form> form_;
  Batch collected_;                       // of the validation that is under way
  std::optional<Output> output_;          // the worker's
  mutable treino::Worker<Batch> worker_;  // last: its thread uses the others
};

}  // namespace
}  // namespace csv_writer

TREINO_PLUGIN(csv_writer::CsvWriter, R"toml(
kind = "callback"
id = "csv_writer"
version = "1.2.0"
summary = "Writes predictions to a CSV file, one row per sample."
phase = "report"
events = ["run_begin", "validation_begin", "validation_batch_end", "validation_end", "test_begin", "test_batch_end", "test_end",
  "predict_begin", "predict_batch_end", "predict_end", "run_end"]
help = """
of = "predict" writes the predictions of `treino predict` to dir_path/filename, "test" those of the test after a run and of
`treino evaluate` to the name with -test, "validation" those of the newest validation to the name with -validation.
Columns: row, the sample's row in its data (from 0); target, the class's name or the target's values, empty where the data have none;
class, the likeliest one (of equal ones the first; of a single output class 1 where its probability exceeds 0.5), or of independent
questions those with a probability above 0.5, with | between them, empty where an output is NaN; outputs, as the model gives them; probabilities, after the softmax or sigmoid that the loss applies. Without `columns` these are row, target, class and
probabilities for classes, row, target and outputs for quantities. Values have the fewest digits that read back as the same number.
formulas add columns after these, a value each: "margin = output_1 - output_0". Known are row; output, target and probability where there
is one of it, else output_0, output_1, ..., target_0, ..., probability_0, ... in the order of the classes (probabilities only of classes); a
class that is a target is its number from 0; a target that the data have not is NaN. What TorchTNT's user computes of a step in Python is a
formula here; a file of another form is a callback of your own.
A thread of its own writes beside the file, syncs and renames, so that a file is whole or not there. The file of a validation replaces
the one before; for the others append = false begins a new file each time (predictions-2.csv, ...), true adds rows under the same header
and refuses another one. Training only copies the outputs; where validations come faster than files are written, some are left out, the
last one never.
State: none; a checkpoint waits until the file of the last validation is there.
"""

[parameters.filename]
type = "string"
default = "predictions.csv"
doc = "name of the file, see the help for what is added to it"

[parameters.dir_path]
type = "output"
folder = true
default = "."
doc = "folder of the files; made where it is not there"

[parameters.delimiter]
type = "string"
default = ","
doc = "one character between fields"

[parameters.columns]
type = "list"
items = "string"
scalar = true
choices = ["row", "target", "class", "outputs", "probabilities"]
default = []
doc = "what is written, in this order; empty: what fits the problem"

[parameters.formulas]
type = "list"
items = "string"
scalar = true
default = []
doc = 'further columns of your own, each a name and a formula in Lua: "margin = output_1 - output_0"'

[parameters.header_row]
type = "list"
items = "string"
default = []
doc = "names for the columns that are written, in place of those of the help; one for each"

[parameters.of]
type = "list"
items = "string"
scalar = true
choices = ["predict", "validation", "test"]
default = ["predict"]
doc = "whose predictions are written"

[parameters.append]
type = "bool"
default = false
doc = "predict and test: add rows to the file that is there instead of beginning another one"
)toml")
