// --set reaches into tables by key and into lists by number or name, and takes text that is no TOML for a string.
#include "manifest/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "manifest/kind.hpp"
#include "manifest/reading.hpp"
#include "manifest/scalar_names.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/toml_reader.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

constexpr std::size_t kDeepestPath = 16;

/// `a."b.c".d` in its parts; nothing where a part is empty or a quote is not closed.
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (const char c : path) {
    if (c == '"')
      quoted = !quoted;
    else if (c == '.' && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  const bool empty_part = std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  return quoted || empty_part ? std::vector<std::string>() : parts;
}

/// The names by which elements of a list of plugins or layers can be reached.
std::vector<std::string> instance_names(const List& list) {
  std::vector<std::string> names;
  std::map<std::string, int> unnamed;
  for (const Value& element : list) {
    const auto* table = element.as<Table>();
    std::string name = table ? get<std::string>(*table, "name") : "", id = table ? get<std::string>(*table, "plugin") : "";
    if (name.empty() && !id.empty())
      id = default_name(id), name = ++unnamed[id] == 1 ? id : fmt::format("{}_{}", id, unnamed[id]);
    names.push_back(std::move(name));
  }
  return names;
}

class Setting {
 public:
  Setting(const std::string& text, Faults& faults) : location_{"--set " + shown(text), 0, 0}, faults_(faults) {}

  void apply(Table& document, const std::string& text) {
    // Whatever else it holds could not be written to the run's folder.
    if (!parse_toml_value(in_quotes(text), location_)) return fault("not UTF-8 text");
    const std::size_t equals = text.find('=');
    if (equals == text.npos) return fault("expected key=value, as in --set run.epochs=3");
    path_ = split_path(std::string_view(text).substr(0, equals));
    if (path_.empty() || path_.size() > kDeepestPath) return fault("expected a key like run.epochs before the '='");
    Value* target = walk(document);
    if (!target) return;
    const std::string value = text.substr(equals + 1);
    auto parsed = parse_toml_value(value, location_);
    if (!parsed) parsed = number(value);
    *target = parsed ? std::move(*parsed) : Value{value, location_, false, {}};
  }

 private:
  void fault(const std::string& text) { faults_.add(location_, text); }

  /// What everybody but TOML takes for a number: ".001", "1.", "-.5e3". Leading zeros might be a text ("007").
  std::optional<Value> number(std::string_view text) {
    const bool plus = text.starts_with('+');
    if (plus) text.remove_prefix(1);
    const std::string_view unsigned_text = text.substr(!plus && text.starts_with('-') ? 1 : 0);
    if (unsigned_text.empty() || std::string_view("0123456789.").find(unsigned_text[0]) == std::string_view::npos)
      return std::nullopt;
    double parsed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (text.find_first_of(".eE") == std::string_view::npos)
      fault(
          fmt::format("'{}' is no number of TOML: write it without leading zeros, or as a text in quotation marks", shown(text)));
    return Value{parsed, location_, false, {}};
  }

  Value* walk(Table& document) {
    Value* at = step_into(document, 0);
    for (std::size_t i = 1; at && i < path_.size(); ++i) {
      if (auto* table = std::get_if<Table>(&at->data))
        at = step_into(*table, i);
      else if (auto* list = std::get_if<List>(&at->data))
        at = step_into(*list, i);
      else {
        fault(fmt::format("'{}' is {}: there is nothing in it to set", prefix(i), describe(*at)));
        return nullptr;
      }
    }
    return at;
  }

  Value* step_into(Table& table, std::size_t i) {
    if (Value* value = find(table, path_[i])) return value;
    // A list that is missing is not made: its elements could not be told from keys.
    const std::optional<Kind> kind = i == 0 ? kind_named(path_[0]) : std::nullopt;
    if (kind && traits(*kind).sections == Sections::any && path_.size() > 1) {
      fault("the manifest has no " + section_heading(*kind));
      return nullptr;
    }
    table.push_back({path_[i], location_, Value{Table{}, location_, false, {}}});
    return &table.back().value;
  }

  Value* step_into(List& list, std::size_t i) {
    const std::string& part = path_[i];
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool is_number = error == std::errc() && end == part.data() + part.size();
    if (is_number && number < list.size()) return &list[number];
    const std::vector<std::string> names = instance_names(list);
    const auto named = std::find(names.begin(), names.end(), part);
    if (named != names.end()) return &list[static_cast<std::size_t>(named - names.begin())];
    std::vector<std::string> known;
    std::copy_if(names.begin(), names.end(), std::back_inserter(known), [](const std::string& name) { return !name.empty(); });
    const std::string count = list.empty() ? "is empty" : fmt::format("has the elements 0 to {}", list.size() - 1);
    fault(fmt::format("'{}' {}, but no '{}'.{}{}", prefix(i), count, shown(part), suggestion(part, known),
                      known.empty() ? "" : " It has: " + enumerate(known) + "."));
    return nullptr;
  }

  std::string prefix(std::size_t parts) const {
    return shown(fmt::format("{}", fmt::join(path_.begin(), path_.begin() + static_cast<std::ptrdiff_t>(parts), ".")));
  }

  const Location location_;
  Faults& faults_;
  std::vector<std::string> path_;
};

}  // namespace

void apply_settings(Table& document, const std::vector<std::string>& settings, Faults& faults) {
  for (const std::string& setting : settings) Setting(setting, faults).apply(document, setting);
}

}  // namespace treino::manifest
