// The head of a NPY file is a Python dictionary; this parses as much Python as NumPy writes there.
#include "shared/readers/npy_head.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "shared/readers/array_head.hpp"
#include "shared/readers/message.hpp"

namespace treino::readers {

namespace {

/// Reads the text of the head, a Python dictionary: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
class NpyHeadParser {
 public:
  NpyHeadParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  ArrayHead parse() {
    expect('{');
    while (!accept('}')) {
      parse_entry();
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_blanks();
    if (!text_.empty()) fail("text after the head's dictionary");
    if (!descr_ || !order_ || !shape_) fail("expected descr, fortran_order and shape in the head");
    ArrayHead head;
    parse_type(*descr_, head);
    head.fortran_order = *order_;
    head.shape = *shape_;
    return head;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw std::runtime_error(fmt::format("{}: {}", name_, what)); }

  void skip_blanks() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t')) text_.remove_prefix(1);
  }

  bool accept(char wanted) {
    skip_blanks();
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted))
      fail(fmt::format("the head is damaged: expected '{}', found {}", wanted, in_quotes(text_.substr(0, 16))));
  }

  std::string_view parse_string() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) fail("the head is damaged: a string that is never closed");
    const std::string_view result = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return result;
  }

  void parse_entry() {
    const std::string_view key = parse_string();
    expect(':');
    skip_blanks();
    if (key == "descr") {
      if (text_.starts_with('[')) fail("arrays of records cannot be read; expected an array of numbers");
      descr_ = parse_string();
    } else if (key == "fortran_order") {
      order_ = parse_bool();
    } else if (key == "shape") {
      shape_ = parse_shape();
    } else {
      fail("the head has an unknown key " + in_quotes(key));
    }
  }

  bool parse_bool() {
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    fail("the head is damaged: expected True or False, found " + in_quotes(text_.substr(0, 16)));
  }

  Shape parse_shape() {
    constexpr std::size_t most = 32;  // as NumPy
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc{}) fail("the head is damaged: expected a dimension, found " + in_quotes(text_.substr(0, 24)));
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      shape.push_back(size);
      if (shape.size() > most) fail(fmt::format("more than {} dimensions", most));
      accept('L');  // Python 2 wrote long integers so
      if (accept(',')) continue;
      expect(')');
      break;
    }
    return shape;
  }

  void parse_type(std::string_view descr, ArrayHead& head) const {
    struct Type {
      std::string_view code;
      Element element;
    };
    static constexpr Type types[] = {{"b1", Element::boolean}, {"u1", Element::uint8},   {"i1", Element::int8},
                                     {"u2", Element::uint16},  {"i2", Element::int16},   {"u4", Element::uint32},
                                     {"i4", Element::int32},   {"u8", Element::uint64},  {"i8", Element::int64},
                                     {"f2", Element::float16}, {"f4", Element::float32}, {"f8", Element::float64}};
    const bool ordered = descr.size() == 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
    for (const Type& type : types) {
      if (!ordered || descr.substr(1) != type.code) continue;
      head.element = type.element;
      head.big_endian = descr[0] == '>';
      return;
    }
    fail(
        fmt::format("cannot read elements of type {}; expected booleans, integers or floats of up to 64 bits", in_quotes(descr)));
  }

  std::string_view text_;
  const std::string& name_;
  std::optional<std::string_view> descr_;
  std::optional<bool> order_;
  std::optional<Shape> shape_;
};

void read_exactly(ByteSource& source, std::span<char> bytes, const std::string& name) {
  if (source.read(bytes) < bytes.size()) throw std::runtime_error(name + ": ends within its NPY head: the file is truncated");
}

}  // namespace

ArrayHead read_npy_head(ByteSource& source, const std::string& name) {
  char magic[8] = {};
  read_exactly(source, magic, name);
  if (std::string_view(magic, 6) != "\x93NUMPY")
    throw std::runtime_error(name + ": no NPY file: expected it to begin with \\x93NUMPY");
  const int version = static_cast<unsigned char>(magic[6]);
  if (version < 1 || version > 3) throw std::runtime_error(fmt::format("{}: NPY version {}; expected 1, 2 or 3", name, version));
  unsigned char length_bytes[4] = {};
  read_exactly(source, {reinterpret_cast<char*>(length_bytes), version == 1 ? std::size_t{2} : std::size_t{4}}, name);
  const std::uint32_t length = length_bytes[0] | std::uint32_t{length_bytes[1]} << 8 | std::uint32_t{length_bytes[2]} << 16 |
                               std::uint32_t{length_bytes[3]} << 24;
  constexpr std::uint32_t most = 1 << 20;
  if (length > most) throw std::runtime_error(fmt::format("{}: a head of {} bytes; expected {} at most", name, length, most));
  std::string text(length, '\0');
  read_exactly(source, text, name);
  return NpyHeadParser(text, name).parse();
}

}  // namespace treino::readers
