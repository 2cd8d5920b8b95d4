// Self-descriptions come out of libraries that anybody wrote: every word of them is checked before it is believed.
#include "manifest/description.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "manifest/check.hpp"
#include "manifest/complete.hpp"
#include "manifest/description_kind.hpp"
#include "manifest/kind.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/sections.hpp"
#include "manifest/toml_reader.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {
constexpr std::size_t kLongestText = 1 << 20;

bool is_identifier(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z' && std::all_of(text.begin(), text.end(), allowed);
}

/// An identifier, or a namespace and one: acme/notify. Namespaces called like a kind would make "loss/mse" mean two things.
bool is_id(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return is_identifier(text);
  const std::string_view owner = text.substr(0, slash);
  return is_identifier(owner) && !kind_named(owner) && is_identifier(text.substr(slash + 1));
}

bool is_one_line(std::string_view text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

const std::string* text_of(const Table& table, std::string_view key) {
  const Value* value = find(table, key);
  return value ? value->as<std::string>() : nullptr;
}

void refuse_identifier(const Location& at, const std::string& what, std::string_view text, Faults& faults) {
  faults.add(at, fmt::format("{}: expected lower-case letters, digits and underscores, got '{}'", what, shown(text)));
}

/// The keys that only some types of parameters have, and bounds that contradict each other.
class ParameterCheck {
 public:
  ParameterCheck(const Entry& entry, const std::vector<std::string>& reserved, Faults& faults)
      : entry_(entry), subject_(fmt::format("parameter '{}'", shown(entry.key))), reserved_(reserved), faults_(faults) {}

  void run() {
    if (!is_identifier(entry_.key)) refuse_identifier(entry_.location, subject_, entry_.key, faults_);
    if (std::find(reserved_.begin(), reserved_.end(), entry_.key) != reserved_.end())
      faults_.add(entry_.location, subject_ + ": the host reads this key itself; choose another name");
    const auto* table = entry_.value.as<Table>();
    if (!table) {
      fault(entry_.value.location, "expected a table with a type, got " + describe(entry_.value));
      return;
    }
    Faults found;
    complete(section("parameter"), *table, entry_.location, subject_, found);
    for (const Fault& each : found.sorted()) faults_.add(each.location, each.text);
    if (found.empty()) consistency(*table);
  }

 private:
  void consistency(const Table& table) {
    const ParameterDescription parameter =
        build_description({{"parameters", {}, Value{Table{entry_}, {}, false, {}}}}).parameters.front();
    const bool list = parameter.type == "list";
    const std::string& plain = list ? parameter.items : parameter.type;
    if (list && parameter.items.empty()) fault(entry_.location, "a list needs 'items', the type of its elements");
    only(table, "items", list, "lists");
    only(table, "scalar", list, "lists");
    only(table, "placeholders", parameter.type == "output", "outputs");
    only(table, "folder", parameter.type == "output", "outputs");
    only(table, "needs_trust", parameter.type == "bool", "bools");
    only(table, "needs", parameter.type == "bool", "bools");
    only(table, "choices", plain == "string", "strings and lists of strings");
    only(table, "or", parameter.type == "string", "strings");
    const bool counts = plain == "int" || plain == "float" || parameter.or_int;
    for (const char* bound : {"min", "max", "above", "below"}) only(table, bound, counts, "numbers");
    exclude(table, "min", "above");
    exclude(table, "max", "below");
    exclude(table, "required", "default");
    if (const Value* choices = find(table, "choices"); choices && parameter.choices.empty())
      fault(choices->location, "no choices");
    if (!has_range(parameter)) fault(entry_.location, "no number is within its limits");
    if (parameter.doc.find('\n') != std::string::npos) fault(find(table, "doc")->location, "doc is one line");
    if (const Value* value = find(table, "default")) check(parameter, *value, "default of " + subject_, {}, faults_);
  }

  static bool has_range(const ParameterDescription& parameter) {
    const auto low = parameter.min ? parameter.min : parameter.above, high = parameter.max ? parameter.max : parameter.below;
    if (!low || !high) return true;
    return parameter.above || parameter.below ? *low < *high : *low <= *high;
  }

  void only(const Table& table, const char* key, bool allowed, const char* whom) {
    if (const Value* value = find(table, key); value && !allowed)
      fault(value->location, fmt::format("'{}' is for {} only", key, whom));
  }

  void exclude(const Table& table, const char* one, const char* other) {
    const Value* second = find(table, other);
    const Value* first = find(table, one);
    const bool meant = first && (!first->as<bool>() || *first->as<bool>());
    if (meant && second) fault(second->location, fmt::format("'{}' and '{}' exclude each other", one, other));
  }

  void fault(const Location& at, const std::string& text) { faults_.add(at, subject_ + ": " + text); }

  const Entry& entry_;
  const std::string subject_;
  const std::vector<std::string>& reserved_;
  Faults& faults_;
};

void check_parameters(const Table& table, const std::vector<std::string>& reserved, Faults& faults) {
  const Value* parameters = find(table, "parameters");
  if (!parameters || !parameters->as<Table>()) return;
  for (const Entry& entry : *parameters->as<Table>()) ParameterCheck(entry, reserved, faults).run();
}

/// "{names}" in `scalars` stands for the strings of a parameter, which must be there.
void check_scalars(const Table& table, Faults& faults) {
  const Value* scalars = find(table, "scalars");
  if (!scalars || !scalars->as<List>()) return;
  const Description description = build_description(table);
  for (const Value& pattern : *scalars->as<List>()) {
    const std::string name = parameter_in(*pattern.as<std::string>());
    if (name.empty()) continue;
    const ParameterDescription* parameter = description.find(name);
    const bool texts = parameter && (parameter->type == "string" || (parameter->type == "list" && parameter->items == "string"));
    if (!texts)
      faults.add(
          pattern.location,
          fmt::format("scalars: '{{{}}}' stands for a parameter that is a string or a list of strings; there is none of that "
                      "name",
                      shown(name)));
  }
}

void check_inputs(const Table& table, Faults& faults) {
  const Value* inputs = find(table, "inputs");
  const List* list = inputs ? inputs->as<List>() : nullptr;
  if (!list) return;
  const auto number = [](const Value& one) { return one.as<std::int64_t>() ? *one.as<std::int64_t>() : 0; };
  if (list->size() != 2 || number(list->front()) > number(list->back()))
    faults.add(inputs->location, "inputs of the description: expected a number, or the least and the most as in [2, 4]");
}

/// Bytes in hexadecimal with blanks between them.
bool is_magic(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != ' ' : std::string_view("0123456789abcdef").find(text[i]) == std::string_view::npos) return false;
  return text.empty() || text.size() % 3 == 2;
}

void check_magic(const Table& table, Faults& faults) {
  const Value* magic = find(table, "magic");
  const auto* list = magic ? magic->as<List>() : nullptr;
  for (const Value& each : list ? *list : List{})
    if (const auto* text = each.as<std::string>(); text && !is_magic(*text))
      faults.add(each.location,
                 fmt::format("magic of the description: expected bytes as in \"50 4b 03 04\", got {}", describe(each)));
}

void check_texts(const Table& table, Faults& faults) {
  const std::string* id = text_of(table, "id");
  if (id && !is_id(*id)) {
    if (id->find('/') == id->npos)
      refuse_identifier(find(table, "id")->location, "id of the description", *id, faults);
    else
      faults.add(
          find(table, "id")->location,
          fmt::format("id of the description: expected a namespace that is no kind and a name, as in acme/notify, of lower-case "
                      "letters, digits and underscores, got '{}'",
                      shown(*id)));
  }
  for (const char* key : {"summary", "version"})
    if (const std::string* text = text_of(table, key); text && !is_one_line(*text))
      faults.add(find(table, key)->location, fmt::format("{} of the description: expected one line of text", key));
}

std::optional<Table> parse_bounded(std::string_view toml, const std::string& origin, Faults& faults) {
  if (toml.size() <= kLongestText) return parse_toml(toml, origin, faults);
  faults.add({origin, 0, 0}, fmt::format("a description of {} bytes; at most {} are read", toml.size(), kLongestText));
  return std::nullopt;
}

void check_type(const Value& type, Faults& faults) {
  const auto* table = type.as<Table>();
  if (!table) {
    faults.add(type.location, "expected a table [[type]], got " + describe(type));
    return;
  }
  complete(section("type_description"), *table, type.location, "the description", faults);
  check_texts(*table, faults);
  check_parameters(*table, {"type"}, faults);
}

}  // namespace

const ParameterDescription* Description::find(std::string_view parameter) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& each) { return each.name == parameter; });
  return found == parameters.end() ? nullptr : &*found;
}

Description parse_description(std::string_view toml, const std::string& origin) {
  Faults faults;
  const std::optional<Table> table = parse_bounded(toml, origin, faults);
  if (table) {
    complete(section("description"), *table, {origin, 0, 0}, "the description", faults);
    check_texts(*table, faults);
    check_inputs(*table, faults);
    check_magic(*table, faults);
    const std::string* name = text_of(*table, "kind");
    const std::optional<Kind> kind = name ? kind_named(*name) : std::nullopt;
    if (kind) check_keys_of_kind(traits(*kind), *table, faults);
    check_parameters(*table, reserved_names(kind), faults);
    if (faults.empty()) check_scalars(*table, faults);
  }
  if (!faults.empty()) throw ManifestError(faults);
  return build_description(*table);
}

std::vector<Description> parse_type_descriptions(std::string_view toml, const std::string& origin) {
  Faults faults;
  const std::optional<Table> table = parse_bounded(toml, origin, faults);
  const Value* types = table ? find(*table, "type") : nullptr;
  const List* list = types ? types->as<List>() : nullptr;
  if (table && (!list || table->size() != 1)) faults.add({origin, 0, 0}, "expected a list of [[type]] tables and nothing else");
  if (list)
    for (const Value& type : *list) check_type(type, faults);
  if (!faults.empty()) throw ManifestError(faults);
  std::vector<Description> result;
  for (const Value& type : *list) result.push_back(build_description(*type.as<Table>()));
  return result;
}

}  // namespace treino::manifest
