// Lines of words with blanks between them, the first of them names: a source of texts that does not know its rows before it has read
// them, and knows where each value stands.
#include <deque>
#include <fstream>
#include <iterator>
#include <sstream>
#include <treino/reader.hpp>

namespace {

class Words final : public treino::DataReader {
 public:
  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    file_.open(path_);
    std::string line;
    if (!std::getline(file_, line)) throw std::runtime_error(path_ + ": cannot be read, or is empty");
    treino::DataSchema schema;
    schema.head = path_ + ":1";
    schema.hint = "; are blanks between the names?";
    for (const std::string& name : words(line)) schema.column(name, treino::ReadType::text);
    columns_ = schema.fields.size();
    starts_.push_back(file_.tellg());
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    texts_.clear();
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      const auto line = line_of(rows[i]);
      if (!line) return to.end_after(i);
      texts_.push_back(words(*line));
      if (texts_.back().size() != columns_)
        throw std::runtime_error(place(rows[i]) + ": expected " + std::to_string(columns_) + " words, found " +
                                 std::to_string(texts_.back().size()));
      for (std::size_t k = 0; k < to.size(); ++k) to[k].set(i, std::string_view(texts_.back()[to[k].field()]));
    }
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    const auto line = line_of(row);
    if (!line) return std::nullopt;
    return treino::ValuePlace{place(row) + ":" + std::to_string(field + 1), words(*line).at(field)};
  }

 private:
  static std::vector<std::string> words(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
  }
  std::string place(std::int64_t row) const { return path_ + ":" + std::to_string(row + 2); }
  std::optional<std::string> line_of(std::int64_t row) {
    std::string line;
    while (starts_.size() <= static_cast<std::size_t>(row)) {
      file_.clear();
      file_.seekg(starts_.back());
      if (!std::getline(file_, line)) return std::nullopt;
      starts_.push_back(file_.eof() ? starts_.back() + static_cast<std::streamoff>(line.size()) : std::streamoff(file_.tellg()));
    }
    file_.clear();
    file_.seekg(starts_[static_cast<std::size_t>(row)]);
    return std::getline(file_, line) ? std::optional(line) : std::nullopt;
  }

  std::string path_;
  std::ifstream file_;
  std::size_t columns_ = 0;
  std::vector<std::streamoff> starts_;
  std::deque<std::vector<std::string>> texts_;
};

}  // namespace

TREINO_PLUGIN(Words, R"toml(
kind = "reader"
draft = 1
id = "words"
version = "1.0.0"
summary = "Words with blanks between them."
help = "The first line names the columns."
)toml")
