// Sparse rows as text, "label index:value index:value ...", the format of LIBSVM and SVMlight.
// C.-C. Chang and C.-J. Lin, LIBSVM: A Library for Support Vector Machines, ACM TIST 2 (2011).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <treino/reader.hpp>

#include "libsvm_rows.hpp"
#include "shared/readers/lent_texts.hpp"
#include "shared/readers/message.hpp"

namespace {

using namespace treino::readers;

class Libsvm final : public treino::DataReader {
 public:
  explicit Libsvm(const treino::Setup& setup)
      : asked_features_(setup.get<std::int64_t>("n_features")),
        first_index_(setup.get<bool>("zero_based") ? 0 : 1),
        limit_(setup.get<std::int64_t>("dense_limit")) {}

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    rows_.emplace(path_);
    const std::int64_t found = rows_->largest_index() + 1 - first_index_;
    features_ = asked_features_ > 0 ? asked_features_ : found;
    if (found > features_)
      throw std::runtime_error(fmt::format("{}: an index {}, beyond n_features = {}", path_, rows_->largest_index(), features_));
    if (features_ < 1) throw std::runtime_error(path_ + ": no row has a value; say how many features there are: n_features");
    // Not by a product, which could overflow.
    if (features_ > limit_ / rows_->rows())
      throw std::runtime_error(
          fmt::format("{}: {} rows of {} features are more than {} numbers, which memory would hold; dense_limit allows more",
                      path_, rows_->rows(), features_, limit_));
    treino::DataSchema schema;
    schema.rows = rows_->rows();
    schema.column("label", treino::ReadType::text, treino::FieldRole::target);
    schema.tensor("features", treino::ReadType::float64, {features_});
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    texts_.clear();
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      row_ = rows[i];
      rest_ = rows_->row(row_);
      token_ = 0;
      const std::string_view label = next();
      check_label(label);
      const std::string_view values = rest_;
      for (std::size_t k = 0; k < to.size(); ++k) {
        if (to[k].field() == 1) {
          rest_ = values;
          token_ = 1;
          read_values(to[k].row<double>(i));
        } else if (to[k].type() == treino::ReadType::text) {
          texts_.add(to[k].row<treino_read_text>(i), label);
        } else {
          to[k].set(i, label);
        }
      }
    }
    texts_.lend();
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    if (field == 1) return treino::ValuePlace{fmt::format("{}:{}", path_, rows_->line_of(row)), ""};
    const std::string_view content = rows_->row(row);
    return treino::ValuePlace{fmt::format("{}:{}:1", path_, rows_->line_of(row)),
                              std::string(content.substr(0, content.find_first_of(" \t")))};
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(fmt::format("{}:{}:{}: {}", path_, rows_->line_of(row_), token_, what));
  }

  /// The next word of the row; empty: there is none.
  std::string_view next() {
    constexpr std::string_view blanks = " \t\v\f\r";
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find_first_of(blanks));
    rest_.remove_prefix(word.size());
    if (!word.empty()) ++token_;
    return word;
  }

  void check_label(std::string_view label) {
    if (label.find(':') != label.npos) fail(fmt::format("expected a label, found {}", in_quotes(label)));
    if (label.find(',') != label.npos) fail(fmt::format("expected one label, found several: {}", in_quotes(label)));
    if (!is_utf8(label)) fail("no UTF-8 text");
  }

  void read_values(double* to) {
    std::fill_n(to, features_, 0.0);
    std::int64_t before = first_index_ - 1;
    for (std::string_view word = next(); !word.empty(); word = next()) {
      const auto [colon, odd] = std::from_chars(word.data(), word.data() + word.size(), index_);
      const char* const end = word.data() + word.size();
      if (word.starts_with("qid:")) fail("found a qid: queries of rankings are not read");
      if (odd != std::errc{} || colon == end || *colon != ':')
        fail(fmt::format("expected index:value, found {}", in_quotes(word)));
      if (index_ < first_index_)
        fail(fmt::format("an index {}; the first one is {}{}", index_, first_index_,
                         index_ == 0 ? ", unless zero_based = true" : ""));
      if (index_ <= before) fail(fmt::format("index {} after {}: they have to ascend", index_, before));
      if (index_ - first_index_ >= features_)  // it was not so when the file was opened
        fail(fmt::format("an index {} of {} features: has the file changed?", index_, features_));
      before = index_;
      double& value = to[index_ - first_index_];
      const char* const begin = colon + 1 + (end - colon > 2 && colon[1] == '+' && colon[2] != '-' ? 1 : 0);
      const auto [after, wrong] = std::from_chars(begin, end, value);
      if (wrong == std::errc::result_out_of_range)
        fail(fmt::format("the number {} is out of range", in_quotes({colon + 1, end})));
      if (wrong != std::errc{} || after != end)
        fail(fmt::format("expected a number after {}:, found {}", index_, in_quotes({colon + 1, end})));
    }
  }

  const std::int64_t asked_features_, first_index_, limit_;
  std::string path_;
  std::optional<LibsvmRows> rows_;
  std::int64_t features_ = 0;
  std::int64_t row_ = 0, token_ = 0, index_ = 0;  // that are being read
  std::string_view rest_;
  LentTexts texts_;
};

}  // namespace

TREINO_PLUGIN(Libsvm, R"toml(
kind = "reader"
draft = 1
id = "libsvm"
version = "1.0.0"
summary = "Sparse rows as text, as LIBSVM and SVMlight have them; compressed by gzip or not."
help = """
A line is "label index:value index:value ..."; indices ascend, and features without one are 0. What follows a # is a comment. The label is the target:
labels such as -1 and +1 are classes by `class_names = ["-1", "+1"]`. Rows become dense; a compressed file is kept in memory as text.
The largest index tells how many features there are: where another file of the same data may lack the last ones, say `n_features`."""
files = ["*.libsvm", "*.svmlight", "*.svm"]
[parameters.n_features]
type = "int"
default = 0
min = 0
max = 2147483647
doc = "features of a row; 0: as many as the largest index of the file says"
[parameters.zero_based]
type = "bool"
default = false
doc = "whether the first feature has the index 0, and not 1"
[parameters.dense_limit]
type = "int"
default = 1073741824
min = 1
doc = "the most numbers that all rows may have together when they are dense; as 32-bit floats, 4 bytes each"
)toml")
