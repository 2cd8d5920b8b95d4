// A function for each level of precedence, from the loosest to the tightest.
#include <algorithm>
#include <utility>

#include "shared/formula/tokens.hpp"
#include "shared/formula/tree.hpp"

namespace treino {
namespace formula {
namespace {

constexpr int deepest = 100;

class Parser {
 public:
  explicit Parser(const Source& source) : source_(source), tokens_(tokens_of(source)) {}

  Tree whole() {
    if (here().kind == Token::Kind::end) refuse(source_, 0, "the formula is empty");
    Tree tree = expression();
    if (here().is(")")) fail("there is no '(' for this ')'");
    if (here().is(",")) fail("a ',' stands between the arguments of a function only");
    if (here().kind != Token::Kind::end) fail("expected an operator before " + shown(here()) + multiplication());
    return tree;
  }

 private:
  const Token& here() const { return tokens_[next_]; }
  Token take() { return tokens_[next_ == tokens_.size() - 1 ? next_ : next_++]; }
  bool take(const char* symbol) {
    if (!here().is(symbol)) return false;
    take();
    return true;
  }
  static std::string shown(const Token& token) {
    return token.kind == Token::Kind::end ? "the end of the formula" : "'" + token.text + "'";
  }
  [[noreturn]] void fail(const std::string& why) const { refuse(source_, here().at, why); }
  std::string multiplication() const {
    const Token& last = tokens_[next_ - 1];
    const bool product = here().kind == Token::Kind::name || here().kind == Token::Kind::number || here().is("(");
    return product && last.kind != Token::Kind::symbol ? ": write " + last.text + " * " + here().text + " for a product" : "";
  }

  static Tree operation(Token token, std::vector<Tree> operands) {
    return {Tree::Kind::operation, std::move(token.text), 0, token.at, std::move(operands)};
  }
  /// Operands of operators of one level, from the left.
  template <class Operand>
  Tree chain(std::initializer_list<const char*> operators, const Operand& operand) {
    Tree left = operand();
    while (std::any_of(operators.begin(), operators.end(), [&](const char* one) { return here().is(one); })) {
      Token token = take();
      std::vector<Tree> both;
      both.push_back(std::move(left));
      both.push_back(operand());
      left = operation(std::move(token), std::move(both));
    }
    return left;
  }

  Tree expression() {
    if (++depth_ > deepest) fail("nested more than 100 deep");
    Tree tree = chain({"or"}, [&] { return chain({"and"}, [&] { return negation(); }); });
    --depth_;
    return tree;
  }
  Tree negation() {
    if (!here().is("not")) return comparison();
    if (++depth_ > deepest) fail("nested more than 100 deep");
    Token token = take();
    Tree tree = operation(std::move(token), {negation()});
    --depth_;
    return tree;
  }
  bool at_comparison() const {
    return here().kind == Token::Kind::symbol &&
           (here().is("<") || here().is("<=") || here().is(">") || here().is(">=") || here().is("==") || here().is("!="));
  }
  Tree comparison() {
    Tree left = sum();
    if (!at_comparison()) return left;
    Token token = take();
    std::vector<Tree> both;
    both.push_back(std::move(left));
    both.push_back(sum());
    if (at_comparison()) fail("comparisons do not chain: write a < b and b < c");
    return operation(std::move(token), std::move(both));
  }
  Tree sum() {
    return chain({"+", "-"}, [&] { return chain({"*", "/"}, [&] { return sign(); }); });
  }
  Tree sign() {
    if (!here().is("-") && !here().is("+")) return power();
    if (++depth_ > deepest) fail("nested more than 100 deep");
    Token token = take();
    Tree operand = sign();
    --depth_;
    return token.text == "+" ? operand : operation(std::move(token), {std::move(operand)});
  }
  Tree power() {
    Tree base = primary();
    if (!here().is("^")) return base;
    if (++depth_ > deepest) fail("nested more than 100 deep");
    Token token = take();
    std::vector<Tree> both;
    both.push_back(std::move(base));
    both.push_back(sign());
    --depth_;
    return operation(std::move(token), std::move(both));
  }
  Tree primary() {
    if (here().kind == Token::Kind::number) {
      const Token token = take();
      return {Tree::Kind::number, token.text, token.number, token.at};
    }
    if (here().is("(")) {
      const Token open = take();
      Tree tree = expression();
      close(open);
      return tree;
    }
    const bool word = here().is("and") || here().is("or") || here().is("not");
    if (here().kind != Token::Kind::name || word) fail("expected a number, a name or '(', found " + shown(here()));
    Token token = take();
    if (!here().is("(")) return {Tree::Kind::name, std::move(token.text), 0, token.at};
    return call(std::move(token));
  }
  Tree call(Token function) {
    const Token open = take();
    Tree tree{Tree::Kind::call, std::move(function.text), 0, function.at};
    if (here().is(")")) fail(tree.text + "() needs an argument");
    do tree.parts.push_back(expression());
    while (take(","));
    close(open);
    return tree;
  }
  void close(const Token& open) {
    if (take(")")) return;
    if (here().kind == Token::Kind::end) refuse(source_, open.at, "there is no ')' for this '('");
    fail("expected an operator or ')' before " + shown(here()) + multiplication());
  }

  const Source& source_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

Tree parse(const Source& source) { return Parser(source).whole(); }

bool mentions(const Tree& tree, const std::string& name) {
  return (tree.kind == Tree::Kind::name && tree.text == name) ||
         std::any_of(tree.parts.begin(), tree.parts.end(), [&](const Tree& part) { return mentions(part, name); });
}

}  // namespace formula
}  // namespace treino
