// Numbers, names and symbols; what other languages write for an operator is refused with what is written here.
#include "shared/formula/tokens.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

namespace treino {
namespace formula {
namespace {

// Nobody writes longer ones, and what is nested or chained within them stays within any thread's stack.
constexpr std::size_t most_bytes = 4000, most_tokens = 1000;

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_'; }

struct Foreign {
  const char *text, *ours;
};
// The longer ones first.
constexpr Foreign foreign[] = {{"**", "^"},  {"&&", "and"}, {"||", "or"}, {"~=", "!="}, {"<>", "!="}, {"=<", "<="},
                               {"=>", ">="}, {"&", "and"},  {"|", "or"},  {"~", "not"}, {"[", "("},   {"{", "("}};
constexpr const char* symbols[] = {"<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">"};

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), text_(source.text) {}

  std::vector<Token> all() {
    if (text_.size() > most_bytes) refuse(source_, most_bytes, "a formula has at most 4000 characters");
    std::vector<Token> tokens;
    do {
      tokens.push_back(next());
      if (tokens.size() > most_tokens) refuse(source_, tokens.back().at, "a formula has at most 1000 numbers, names and symbols");
    } while (tokens.back().kind != Token::Kind::end);
    return tokens;
  }

 private:
  Token next() {
    at_ = text_.find_first_not_of(" \t\r\n", at_);
    if (at_ == std::string::npos) at_ = text_.size();
    if (at_ == text_.size()) return {Token::Kind::end, "", 0, at_};
    const char first = text_[at_];
    if (is_digit(first) || (first == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    return is_letter(first) ? name() : symbol();
  }
  Token taken(Token::Kind kind, std::size_t size, double number = 0) {
    const std::size_t at = at_;
    at_ += size;
    return {kind, text_.substr(at, size), number, at};
  }
  Token number() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    const auto size = static_cast<std::size_t>(end - begin);
    if (error != std::errc()) refuse(source_, at_, "'" + text_.substr(at_, size) + "' is beyond what a double holds");
    return taken(Token::Kind::number, size, value);
  }
  Token name() {
    std::size_t size = 1;
    while (at_ + size < text_.size() && (is_letter(text_[at_ + size]) || is_digit(text_[at_ + size]))) ++size;
    return taken(Token::Kind::name, size);
  }
  bool comes(const char* symbol) const { return text_.compare(at_, std::strlen(symbol), symbol) == 0; }
  Token symbol() {
    for (const Foreign& one : foreign)
      if (comes(one.text)) refuse(source_, at_, std::string("'") + one.text + "' is no operator here: write " + one.ours);
    for (const char* one : symbols)
      if (comes(one)) return taken(Token::Kind::symbol, std::strlen(one));
    if (comes("=")) refuse(source_, at_, "'=' is no operator here: write == to compare");
    if (comes("!")) refuse(source_, at_, "'!' is no operator here: write not");
    const bool printable = text_[at_] > ' ' && text_[at_] < '\x7f';
    refuse(source_, at_,
           printable ? std::string("'") + text_[at_] + "' has no meaning in a formula"
                     : "a character that has no meaning in a formula");
  }

  const Source& source_;
  const std::string& text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(const Source& source) { return Lexer(source).all(); }

}  // namespace formula
}  // namespace treino
