// A text as windows of characters, and for each character the one that follows: what a model of sequences learns to continue with.
//
//   train = { file = "sonnets.txt", format = "text", window = 64 }
//
// Characters are numbered by their place among all that the training text has, sorted; another text is read with the same numbers.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <treino/reader.hpp>

#include "characters.hpp"
#include "shared/readers/message.hpp"

namespace {

using namespace treino::readers;

class Text final : public treino::DataReader {
 public:
  explicit Text(const treino::Setup& setup)
      : window_(setup.get<std::int64_t>("window")), stride_(setup.find<std::int64_t>("stride").value_or(window_)) {}

  treino::DataSchema open(const treino::DataSource& source) override {
    path_ = source.path();
    const std::u32string text = read_characters(path_);
    number(text, source.class_names());
    const std::int64_t needed = window_ + (source.wants_targets() ? 1 : 0), length = static_cast<std::int64_t>(text.size());
    if (length < needed)
      throw std::runtime_error(fmt::format("{}: {} characters, and a window with what follows takes {}", path_, length, needed));
    rows_ = (length - needed) / stride_ + 1;
    if (rows_ > TREINO_READER_MOST_NUMBERS / window_)
      throw std::runtime_error(
          fmt::format("{}: windows of {} characters, one every {}, are more than {} numbers: take a larger stride", path_,
                      window_, stride_, TREINO_READER_MOST_NUMBERS));
    treino::DataSchema schema;
    schema.rows = rows_;
    schema.tensor("", treino::ReadType::int32, {window_});
    schema.tensor("", treino::ReadType::int32, {window_}, treino::FieldRole::target);
    for (const char32_t character : characters_) schema.class_names.push_back(name_of(character));
    return schema;
  }

  void read(const treino::Rows& rows, const treino::Destination& to) override {
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      if (rows[i] < 0 || rows[i] >= rows_) throw std::runtime_error(fmt::format("{}: there is no row {}", path_, rows[i] + 1));
      for (std::size_t field = 0; field < to.size(); ++field)
        copy(rows[i] * stride_ + static_cast<std::int64_t>(to[field].field()), to[field].row<std::int32_t>(i));
    }
  }

  std::optional<treino::ValuePlace> locate(std::int64_t row, std::size_t field) override {
    const auto at = static_cast<std::size_t>(row * stride_) + field;
    const auto newline = std::lower_bound(characters_.begin(), characters_.end(), U'\n');
    const std::ptrdiff_t code = newline == characters_.end() || *newline != U'\n' ? -1 : newline - characters_.begin();
    Place place;
    for (std::size_t i = 0; i < at && i < numbers_.size(); ++i) place.pass(numbers_[i] == code);
    return treino::ValuePlace{fmt::format("{}:{}:{}", path_, place.line, place.column), ""};
  }

 private:
  /// Of a text, by the characters that are known, or else all that it has.
  void number(const std::u32string& text, const std::vector<std::string>& known) {
    const std::set<char32_t> own(text.begin(), text.end());
    characters_ = known.empty() ? std::vector<char32_t>(own.begin(), own.end()) : known_characters(known);
    if (characters_.size() > std::numeric_limits<std::uint16_t>::max())
      throw std::runtime_error(fmt::format("{}: {} different characters; there are {} at most", path_, characters_.size(),
                                           std::numeric_limits<std::uint16_t>::max()));
    std::map<char32_t, std::uint16_t> places;
    for (const char32_t character : characters_) places.emplace(character, static_cast<std::uint16_t>(places.size()));
    if (places.size() != characters_.size()) throw std::runtime_error(path_ + ": class_names has a character twice");
    Place place;
    for (const char32_t character : text) {
      const auto found = places.find(character);
      if (found == places.end())
        throw std::runtime_error(fmt::format("{}:{}:{}: expected one of the {} characters of the training text, found {}", path_,
                                             place.line, place.column, characters_.size(), in_quotes(name_of(character))));
      numbers_.push_back(found->second);
      place.pass(character == U'\n');
    }
  }
  std::vector<char32_t> known_characters(const std::vector<std::string>& names) const {
    std::vector<char32_t> characters;
    for (const std::string& name : names) {
      const std::optional<char32_t> one = character_named(name);
      if (!one)
        throw std::runtime_error(fmt::format("{}: class_names: expected single characters, found {}", path_, in_quotes(name)));
      characters.push_back(*one);
    }
    return characters;
  }

  void copy(std::int64_t first, std::int32_t* to) const {
    const auto there = std::min<std::int64_t>(window_, static_cast<std::int64_t>(numbers_.size()) - first);
    std::copy_n(numbers_.begin() + first, there, to);
    std::fill(to + there, to + window_, 0);  // targets that nobody wants
  }

  const std::int64_t window_, stride_;
  std::string path_;
  std::vector<char32_t> characters_;    // by their numbers
  std::vector<std::uint16_t> numbers_;  // of the text
  std::int64_t rows_ = 0;
};

}  // namespace

TREINO_PLUGIN(Text, R"toml(
kind = "reader"
draft = 1
id = "text"
version = "1.0.0"
summary = "A text as windows of characters, with the character that follows each; compressed by gzip or not."
help = """
A sample is `window` characters, as numbers from 0 for an embedding; its targets are the same characters one place on, so that a model whose
output is a sequence, window x characters, learns at each step which one follows. The characters of the training text, sorted by their code points, are the
classes (a line's end is called \\n, a tabulator \\t); class_names in [data] names more, or in another order. A text that is evaluated or predicted has no others. Characters that fill no further
window are left out. The text is UTF-8; line ends are characters as all others. It is kept in memory, two bytes for a character."""
[parameters.window]
type = "int"
required = true
min = 1
max = 1048576
doc = "characters of a sample"
[parameters.stride]
type = "int"
min = 1
max = 1048576
doc = "characters from the beginning of a sample to that of the next; those of a window where it is not given"
)toml")
