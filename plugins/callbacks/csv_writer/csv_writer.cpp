// Writes what the model predicts, a row per sample, into CSV files (RFC 4180). Known from TorchTNT as BaseCSVWriter. Prints, for
// three classes
//   row,target,class,probability_setosa,probability_versicolor,probability_virginica
//   0,setosa,setosa,0.981,0.018,0.001
#include <algorithm>
#include <treino/callback.hpp>
#include <treino/kit/durable_file.hpp>
#include <treino/kit/text.hpp>
#include <treino/kit/worker.hpp>
#include <treino/monitor.hpp>
#include <treino/tensor.hpp>

#include "shared/files/csv.hpp"
#include "shared/lua/lua.hpp"

namespace {

using treino::Event;
using Names = std::vector<std::string>;

enum class Pass : std::uint8_t { validation, test, predict };

/// Samples of a pass on their way to the worker.
struct Batch {
  Pass pass = Pass::predict;
  bool first = false, last = false;  // of the pass
  std::vector<float> outputs;        // samples x outputs
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> classes;  // targets that are indices
  std::vector<float> values;          // targets that are not: samples x columns

  void clear() {
    first = last = false;
    outputs.clear();
    rows.clear();
    classes.clear();
    values.clear();
  }
};

template <class T>
void add(std::vector<T>& to, const std::optional<treino_tensor>& view) {
  if (!view) return;
  const treino::Elements<const T> elements(*view);
  for (std::int64_t i = 0; i < elements.size(); ++i) to.push_back(elements[i]);
}

/// A column of the user's own: its name, and a number of each sample by a formula in Lua.
class Formula {
 public:
  /// What formulas may name, with what it is of a sample.
  struct Variable {
    enum Kind { row, target, output, probability } kind;
    std::size_t index;
    std::string name;
  };

  /// `text`: "margin = output_1 - output_0".
  Formula(const std::string& text, const std::vector<Variable>& variables) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals == std::string::npos ? 0 : equals);
    const std::size_t begin = name.find_first_not_of(' '), end = name.find_last_not_of(' ');
    const std::string what = "formulas: \"" + text + "\"";
    if (begin == std::string::npos || (equals + 1 < text.size() && text[equals + 1] == '='))
      throw std::invalid_argument(what + ": expected a column's name, = and a formula, as \"margin = output_1 - output_0\"");
    name_ = name.substr(begin, end + 1 - begin);
    const std::string body = text.substr(equals + 1);
    std::vector<std::string> names;
    for (const Variable& variable : variables) {
      if (!has_word(body, variable.name)) continue;  // Lua takes 200 at most
      used_.push_back(variable);
      names.push_back(variable.name);
    }
    function_.emplace(body, names, "formula of column " + name_);
    (*this)([](const Variable& variable) {  // a name that is none is found here
      return variable.kind == Variable::row ? treino::LuaNumber(std::uint64_t{1}) : treino::LuaNumber(0.5);
    });
  }

  const std::string& name() const { return name_; }
  template <class Value>
  double operator()(Value&& value) const {
    std::vector<treino::LuaNumber> arguments;
    for (const Variable& variable : used_) arguments.push_back(value(variable));
    return (*function_)(arguments);
  }

 private:
  static bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_'; }
  static bool has_word(const std::string& text, const std::string& word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
    }
    return false;
  }

  std::string name_;
  std::vector<Variable> used_;
  std::optional<treino::LuaFunction> function_;
};

/// What the columns are, and a sample's fields in them. Copies what it needs of the problem, for the worker's thread.
class Form {
 public:
  Form(const treino_problem& problem, Names wanted, const Names& formulas, const Names& header_row, char separator)
      : wanted_(std::move(wanted)),
        separator_(separator),
        outputs_(static_cast<std::size_t>(problem.outputs)),
        target_columns_(problem.target == TREINO_TARGET_INDEX ? 0 : static_cast<std::size_t>(problem.target_columns)),
        logits_(problem.prediction == TREINO_PREDICTION_LOGITS),
        margins_(problem.prediction == TREINO_PREDICTION_VALUES && problem.independent != 0),
        independent_(problem.independent != 0 || problem.outputs == 1),
        one_hot_(problem.target == TREINO_TARGET_ONE_HOT) {
    for (std::int64_t i = 0; i < problem.classes; ++i)
      classes_.push_back(problem.class_names == nullptr ? std::to_string(i) : problem.class_names[i]);
    for (const char* column : {"class", "probabilities"})
      if (classes_.empty() && wants(column))
        throw std::invalid_argument(std::string("columns: there is no ") + column +
                                    " to write, since the target is a quantity; take \"outputs\"");
    if (wanted_.empty())
      wanted_ = classes_.empty() ? Names{"row", "target", "outputs"} : Names{"row", "target", "class", "probabilities"};
    for (const std::string& formula : formulas) formulas_.emplace_back(formula, variables());
    header_ = header_row.empty() ? column_names() : header_row;
    if (header_.size() != column_names().size())
      throw std::invalid_argument("header_row names " + std::to_string(header_.size()) + " columns, but " +
                                  std::to_string(column_names().size()) +
                                  " are written: " + treino::csv_line(column_names(), separator_, ""));
  }

  std::string header() const { return treino::csv_line(header_, separator_); }

  Names column_names() const {
    Names names;
    for (const std::string& column : wanted_) {
      if (column == "row" || column == "class") names.push_back(column);
      if (column == "target") add_numbered(names, "target", one_choice() ? 1 : target_columns_);
      if (column == "outputs") add_numbered(names, "output", outputs_);
      if (column == "probabilities")
        for (std::size_t i = 0; i < outputs_; ++i) names.push_back("probability_" + class_name(outputs_ == 1 ? 1 : i));
    }
    for (const Formula& formula : formulas_) names.push_back(formula.name());
    return names;
  }

  std::string lines(const Batch& batch) const {
    std::string text;
    for (std::size_t sample = 0; (sample + 1) * outputs_ <= batch.outputs.size(); ++sample) {
      Names fields;
      const float* outputs = batch.outputs.data() + sample * outputs_;
      const std::vector<double> chances = probabilities(outputs);
      for (const std::string& column : wanted_) {
        if (column == "row") fields.push_back(sample < batch.rows.size() ? std::to_string(batch.rows[sample]) : "");
        if (column == "target") add_target(fields, batch, sample);
        if (column == "class") fields.push_back(answer(outputs));
        for (std::size_t i = 0; column == "outputs" && i < outputs_; ++i)
          fields.push_back(treino::exact_text(static_cast<double>(outputs[i])));
        for (std::size_t i = 0; column == "probabilities" && i < outputs_; ++i)
          fields.push_back(treino::exact_text(static_cast<double>(static_cast<float>(chances[i]))));
      }
      for (const Formula& formula : formulas_)
        fields.push_back(treino::exact_text(
            formula([&](const Formula::Variable& variable) { return value(variable, batch, sample, chances); })));
      text += treino::csv_line(fields, separator_);
    }
    return text;
  }

 private:
  bool wants(const char* column) const { return std::find(wanted_.begin(), wanted_.end(), column) != wanted_.end(); }
  /// Whether a sample's target is one class.
  bool one_choice() const { return target_columns_ == 0 || (one_hot_ && !independent_); }
  std::string class_name(std::size_t index) const { return index < classes_.size() ? classes_[index] : std::to_string(index); }

  /// The numbers of a sample: row, output (output_0, output_1, ... of several), target and probability likewise.
  std::vector<Formula::Variable> variables() const {
    std::vector<Formula::Variable> all{{Formula::Variable::row, 0, "row"}};
    const auto add = [&](Formula::Variable::Kind kind, const std::string& name, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) all.push_back({kind, i, count == 1 ? name : name + "_" + std::to_string(i)});
    };
    add(Formula::Variable::target, "target", std::max<std::size_t>(1, target_columns_));
    add(Formula::Variable::output, "output", outputs_);
    if (!classes_.empty()) add(Formula::Variable::probability, "probability", outputs_);
    return all;
  }
  /// NaN where the data have no target.
  treino::LuaNumber value(const Formula::Variable& variable, const Batch& batch, std::size_t sample,
                          const std::vector<double>& chances) const {
    switch (variable.kind) {
      case Formula::Variable::row:
        return treino::LuaNumber(std::uint64_t{sample < batch.rows.size() ? batch.rows[sample] : 0});
      case Formula::Variable::output:
        return treino::LuaNumber(static_cast<double>(batch.outputs[sample * outputs_ + variable.index]));
      case Formula::Variable::probability:
        return treino::LuaNumber(static_cast<double>(static_cast<float>(chances[variable.index])));
      case Formula::Variable::target:
        break;
    }
    if (target_columns_ == 0 && sample < batch.classes.size())
      return treino::LuaNumber(static_cast<double>(batch.classes[sample]));
    const std::size_t place = sample * target_columns_ + variable.index;
    return treino::LuaNumber(place < batch.values.size() ? static_cast<double>(batch.values[place]) : std::nan(""));
  }

  void add_numbered(Names& names, const std::string& name, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      names.push_back(count == 1 ? name : name + "_" + (one_hot_ ? class_name(i) : std::to_string(i)));
  }

  /// Empty where the data have none.
  void add_target(Names& fields, const Batch& batch, std::size_t sample) const {
    const float* values =
        (sample + 1) * target_columns_ <= batch.values.size() ? batch.values.data() + sample * target_columns_ : nullptr;
    if (target_columns_ == 0) {
      fields.push_back(sample < batch.classes.size() ? class_name(static_cast<std::size_t>(batch.classes[sample])) : "");
    } else if (one_choice()) {
      fields.push_back(values == nullptr
                           ? ""
                           : class_name(static_cast<std::size_t>(std::max_element(values, values + target_columns_) - values)));
    } else {
      for (std::size_t i = 0; i < target_columns_; ++i)
        fields.push_back(values == nullptr ? "" : treino::exact_text(static_cast<double>(values[i])));
    }
  }

  std::vector<double> probabilities(const float* outputs) const {
    std::vector<double> chances(outputs, outputs + outputs_);
    if (!logits_) return chances;
    const double largest = *std::max_element(chances.begin(), chances.end());
    double sum = 0;
    for (double& chance : chances) sum += chance = independent_ ? 1 / (1 + std::exp(-chance)) : std::exp(chance - largest);
    if (!independent_)
      for (double& chance : chances) chance /= sum;
    return chances;
  }

  /// The class that metrics count, decided on the outputs themselves, since probabilities of different logits may be equal; of
  /// independent questions those that are answered with yes, with | between them. Empty where an output is NaN.
  std::string answer(const float* outputs) const {
    if (std::any_of(outputs, outputs + outputs_, [](float output) { return std::isnan(output); })) return "";
    const bool signs = logits_ || margins_;  // margins say yes by their sign, as logits do
    const auto yes = [&](std::size_t i) { return outputs[i] > (signs ? 0.0f : 0.5f); };
    if (outputs_ == 1) return class_name(yes(0) ? 1 : 0);
    if (!independent_) return class_name(static_cast<std::size_t>(std::max_element(outputs, outputs + outputs_) - outputs));
    std::string names;
    for (std::size_t i = 0; i < outputs_; ++i)
      if (yes(i)) names += (names.empty() ? "" : "|") + class_name(i);
    return names;
  }

  Names wanted_, classes_, header_;
  std::vector<Formula> formulas_;
  char separator_;
  std::size_t outputs_, target_columns_;  // target_columns_: 0 where the target is an index
  bool logits_, margins_, independent_, one_hot_;
};

/// The file of one pass; removed where the pass does not come to its end.
class Output {
 public:
  /// A new file gets its name at the end; one that is added to is cut back where the pass fails.
  Output(const std::filesystem::path& path, bool add) : path_(path.string()) {
    if (add && std::filesystem::exists(path)) {
      added_.emplace(path_, O_RDWR | O_APPEND);
      before_ = added_->size();
    } else {
      fresh_.emplace(path_);
    }
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (finished_ || !added_) return;
    try {
      added_->cut(before_);
    } catch (const std::exception&) {  // what made the pass fail has been said
    }
  }
  void begin(const std::string& header) {
    if (before_ == 0) return write(header);
    if (added_->read(0, header.size()) != header)
      throw std::runtime_error(path_ + ": has other columns than the rows that are to be added; its first line should be " +
                               header.substr(0, header.size() - 1));
  }
  void write(const std::string& text) { added_ ? added_->write(text) : fresh_->write(text); }
  void finish() {
    added_ ? added_->sync() : fresh_->put_in_place();
    finished_ = true;
  }

 private:
  std::string path_;
  std::optional<treino::Replacement> fresh_;  // one of the two
  std::optional<treino::DurableFile> added_;
  std::uint64_t before_ = 0;
  bool finished_ = false;
};

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

  /// What comes behind a batch that could not be written is left out, up to the next pass.
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

TREINO_PLUGIN(CsvWriter, R"toml(
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
probabilities for classes, row, target and outputs for quantities. Numbers have the fewest digits that read back as the same number.
formulas add columns behind these, a number each: "margin = output_1 - output_0". Known are row; output, target and probability where there
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
