// One function for each kind of what can be written. A condition is not a number that happens to be 0 or 1: where one is needed,
// it has to be written as one.
#include "shared/formula/build.hpp"

#include <algorithm>
#include <treino/kit/text.hpp>

namespace treino {
namespace formula {
namespace {

struct Function {
  const char* name;
  std::size_t least, most;  // arguments
  const char* form;
};
constexpr Function functions[] = {{"where", 3, 3, "where(condition, a, b)"},
                                  {"clip", 3, 3, "clip(a, low, high)"},
                                  {"abs", 1, 1, "abs(a)"},
                                  {"exp", 1, 1, "exp(a)"},
                                  {"log", 1, 1, "log(a)"},
                                  {"sqrt", 1, 1, "sqrt(a)"},
                                  {"pow", 2, 2, "pow(a, b)"},
                                  {"sum", 1, 2, "sum(a), sum(a, outputs) or sum(a, samples)"},
                                  {"mean", 1, 2, "mean(a), mean(a, outputs) or mean(a, samples)"},
                                  {"min", 1, 2, "min(a, b), min(a), min(a, outputs) or min(a, samples)"},
                                  {"max", 1, 2, "max(a, b), max(a), max(a, outputs) or max(a, samples)"}};
constexpr const char* variables[] = {"y", "p", "weights"};
constexpr const char* words[] = {"samples", "outputs", "and", "or", "not"};

const Function* find_function(const std::string& name) {
  const auto* found =
      std::find_if(std::begin(functions), std::end(functions), [&](const Function& one) { return name == one.name; });
  return found == std::end(functions) ? nullptr : found;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  for (const Function& one : functions) names.emplace_back(one.name);
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

struct Term {
  int node;
  bool condition = false;
};

class Build {
 public:
  Build(Graph& graph, const Names& names, std::set<std::string>& used, const Source& source, bool counts_itself)
      : graph_(graph), names_(names), used_(used), source_(source), counts_itself_(counts_itself) {}

  int node(const Tree& tree) { return term(tree).node; }

 private:
  [[noreturn]] void fail(const Tree& tree, const std::string& why) const { refuse(source_, tree.at, why); }

  Term term(const Tree& tree) {
    if (tree.kind == Tree::Kind::number) return {graph_.number(tree.number)};
    if (tree.kind == Tree::Kind::name) return {name(tree)};
    return tree.kind == Tree::Kind::call ? Term{call(tree)} : operation(tree);
  }

  std::vector<std::string> known() const {
    std::vector<std::string> names = names_.inputs;
    if (names.empty()) names.assign(std::begin(variables), std::end(variables));
    for (const auto& parameter : names_.parameters) names.push_back(parameter.first);
    return names;
  }
  int name(const Tree& tree) {
    for (std::size_t i = 0; i < names_.inputs.size(); ++i)
      if (names_.inputs[i] == tree.text) return used_.insert(tree.text), graph_.input(static_cast<int>(i));
    for (const auto& [name, value] : names_.parameters)
      if (name == tree.text) return used_.insert(name), graph_.number(value);
    if (names_.inputs.empty()) {
      if (tree.text == "y") return graph_.given(Op::target, element);
      if (tree.text == "p") return graph_.given(Op::prediction, element);
      if (tree.text == "weights") return graph_.given(Op::weight, per_sample);
    }
    unknown(tree);
  }
  [[noreturn]] void unknown(const Tree& tree) const {
    if (const Function* function = find_function(tree.text))
      fail(tree, "'" + tree.text + "' is a function: write " + function->form);
    if (tree.text == "samples" || tree.text == "outputs")
      fail(tree, "'" + tree.text + "' says along what sum, mean, min or max goes: sum(a, " + tree.text + ")");
    const std::vector<std::string> names = known();
    std::vector<std::string> near = names;
    for (const Function& one : functions) near.emplace_back(one.name);
    fail(tree, "there is no '" + tree.text + "'. Did you mean '" + nearest_name(tree.text, near) + "'? There are: " +
                   listed(names) + "; a number of your own goes into parameters = { " + tree.text + " = ... }");
  }

  int number_of(const Tree& tree) {
    return term(tree).node;  // a condition counts as 0 or 1
  }
  int condition_of(const Tree& tree, const std::string& whose) {
    const Term found = term(tree);
    if (!found.condition) fail(tree, whose + " needs a condition such as y > 0.5, and this is a number");
    return found.node;
  }

  Term operation(const Tree& tree) {
    const std::string& text = tree.text;
    if (text == "not") return {graph_.apply(Op::subtract, graph_.number(1), condition_of(tree.parts[0], "not")), true};
    if (text == "and" || text == "or") {
      const int left = condition_of(tree.parts[0], text), right = condition_of(tree.parts[1], text);
      return {graph_.apply(text == "and" ? Op::multiply : Op::larger, left, right), true};
    }
    if (tree.parts.size() == 1) return {graph_.apply(Op::subtract, graph_.number(0), number_of(tree.parts[0]))};
    const int left = number_of(tree.parts[0]), right = number_of(tree.parts[1]);
    if (text == "+") return {graph_.apply(Op::add, left, right)};
    if (text == "-") return {graph_.apply(Op::subtract, left, right)};
    if (text == "*") return {graph_.apply(Op::multiply, left, right)};
    if (text == "/") return {graph_.apply(Op::divide, left, right)};
    if (text == "^") return {graph_.raise(left, right)};
    if (text == "<") return {graph_.apply(Op::less, left, right), true};
    if (text == "<=") return {graph_.apply(Op::less_or_equal, left, right), true};
    if (text == ">") return {graph_.apply(Op::less, right, left), true};
    if (text == ">=") return {graph_.apply(Op::less_or_equal, right, left), true};
    const int same = graph_.apply(Op::equal, left, right);
    return {text == "==" ? same : graph_.apply(Op::subtract, graph_.number(1), same), true};
  }

  int call(const Tree& tree) {
    const Function* function = find_function(tree.text);
    if (function == nullptr)
      fail(tree, "there is no function '" + tree.text + "'. Did you mean '" + nearest_name(tree.text, function_names()) +
                     "'? There are: " + listed(function_names()));
    const std::size_t count = tree.parts.size();
    if (count < function->least || count > function->most)
      fail(tree, tree.text + "() has " + std::to_string(count) + (count == 1 ? " argument" : " arguments") + ": it is " +
                     function->form);
    if (tree.text == "where") return choice(tree);
    const int first = number_of(tree.parts[0]);
    if (tree.text == "abs") return graph_.apply(Op::absolute, first);
    if (tree.text == "exp") return graph_.apply(Op::exponential, first);
    if (tree.text == "log") return graph_.apply(Op::logarithm, first);
    if (tree.text == "sqrt") return graph_.apply(Op::root, first);
    if (tree.text == "pow") return graph_.raise(first, number_of(tree.parts[1]));
    if (tree.text == "clip")
      return graph_.apply(Op::smaller, graph_.apply(Op::larger, first, number_of(tree.parts[1])), number_of(tree.parts[2]));
    return count == 1 || is_axis(tree.parts[1]) ? reduction(tree, first) : pair(tree, first);
  }
  int choice(const Tree& tree) {
    const int condition = condition_of(tree.parts[0], "where()");
    return graph_.apply(Op::choose, condition, number_of(tree.parts[1]), number_of(tree.parts[2]));
  }
  static bool is_axis(const Tree& tree) {
    return tree.kind == Tree::Kind::name && (tree.text == "samples" || tree.text == "outputs");
  }
  int pair(const Tree& tree, int first) {
    if (tree.text == "min") return graph_.apply(Op::smaller, first, number_of(tree.parts[1]));
    if (tree.text == "max") return graph_.apply(Op::larger, first, number_of(tree.parts[1]));
    fail(tree.parts[1], "the second argument of " + tree.text + "() is samples or outputs");
  }

  /// What the reduction goes along: what is named, or all that its argument varies along.
  Shape along(const Tree& tree, Shape of) const {
    const std::string* axis = tree.parts.size() == 2 ? &tree.parts[1].text : nullptr;
    if (axis != nullptr && !(*axis == "samples" ? of.samples : of.outputs))
      fail(tree.parts[0], "this is the same for all " + *axis + ": there is nothing for " + tree.text + "() to go along");
    if (of == single)
      fail(tree.parts[0],
           "this is one number, the same for all samples and outputs: there is nothing for " + tree.text + "() to go along");
    return axis == nullptr ? of : *axis == "samples" ? Shape{true, false} : Shape{false, true};
  }
  int reduction(const Tree& tree, int operand) {
    const Shape of = graph_[operand].shape, gone = along(tree, of);
    const Shape to{of.samples && !gone.samples, of.outputs && !gone.outputs};
    if (tree.text == "max") return graph_.reduce(Op::largest, operand, to);
    if (tree.text == "min") {
      const int zero = graph_.number(0);
      return graph_.apply(Op::subtract, zero, graph_.reduce(Op::largest, graph_.apply(Op::subtract, zero, operand), to));
    }
    const bool weighted = gone.samples && !counts_itself_;
    if (weighted) operand = graph_.apply(Op::multiply, graph_.given(Op::weight, per_sample), operand);
    const int sum = graph_.reduce(Op::sum, operand, to);
    if (tree.text == "sum") return sum;
    const int size = graph_.number(gone.outputs ? static_cast<double>(names_.outputs) : 1);
    if (!gone.samples) return graph_.apply(Op::divide, sum, size);
    const int samples = graph_.given(counts_itself_ ? Op::count : Op::sum_of_weights, single);
    return graph_.apply(Op::divide, sum, graph_.apply(Op::multiply, size, samples));
  }

  Graph& graph_;
  const Names& names_;
  std::set<std::string>& used_;
  const Source& source_;
  bool counts_itself_;
};

}  // namespace

bool is_reserved(const std::string& name) {
  const auto is_name = [&](const char* one) { return name == one; };
  return find_function(name) != nullptr || std::any_of(std::begin(variables), std::end(variables), is_name) ||
         std::any_of(std::begin(words), std::end(words), is_name);
}

int Builder::build(const Source& source, const Tree& tree, bool counts_itself) {
  return Build(graph_, names_, used_, source, counts_itself).node(tree);
}

}  // namespace formula
}  // namespace treino
