// Types, bounds, choices and paths: the reasons for which one value of a manifest is refused, each with what would be accepted.
#include "manifest/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "manifest/environment.hpp"
#include "manifest/kind.hpp"
#include "manifest/placeholders.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/wording.hpp"

namespace treino::manifest {
namespace {

template <class Number>
bool within(const ParameterDescription& parameter, Number number) {
  // long double holds every 64-bit integer and every double exactly.
  const auto x = static_cast<long double>(number);
  return (!parameter.min || x >= *parameter.min) && (!parameter.max || x <= *parameter.max) &&
         (!parameter.above || x > *parameter.above) && (!parameter.below || x < *parameter.below);
}

bool bounded(const ParameterDescription& parameter) {
  return parameter.min || parameter.max || parameter.above || parameter.below;
}

class Check {
 public:
  Check(const ParameterDescription& parameter, const Value& value, const std::string& subject,
        const std::filesystem::path& folder, Faults& faults)
      : parameter_(parameter), value_(value), subject_(subject), folder_(folder), faults_(faults) {}

  std::optional<Value> result() {
    const std::string& type = parameter_.type;
    if (type == "any") return value_;
    if (type == "bool") return value_.as<bool>() ? accept() : refuse();
    if (type == "int") return integer();
    if (type == "float") return real();
    if (type == "table") return value_.as<Table>() ? accept() : refuse();
    if (type == "list") return list();
    if (type == "column") return column();
    if (child_kind(type)) return child();
    return text();
  }

 private:
  std::optional<Value> accept() { return value_; }

  std::optional<Value> refuse(const std::string& hint = "") {
    return fault(fmt::format("expected {}, got {}{}", expectation(parameter_), describe(value_), hint));
  }

  std::optional<Value> fault(const std::string& text) {
    faults_.add(value_.location, subject_ + ": " + text);
    return std::nullopt;
  }

  std::optional<Value> integer() {
    if (const auto* number = value_.as<std::int64_t>()) return within(parameter_, *number) ? accept() : refuse();
    const auto* real = value_.as<double>();
    const bool whole = real && *real == std::trunc(*real) && std::abs(*real) < 1e15;
    return refuse(whole ? fmt::format(" (write {:.0f})", *real) : "");
  }

  std::optional<Value> real() {
    Value result = value_;
    if (const auto* number = value_.as<std::int64_t>()) result.data = static_cast<double>(*number);
    const auto* number = result.as<double>();
    const bool fits =
        number && !std::isnan(*number) && (std::isfinite(*number) || !bounded(parameter_)) && within(parameter_, *number);
    return fits ? std::optional(result) : refuse();
  }

  std::optional<Value> column() {
    const auto* number = value_.as<std::int64_t>();
    const auto* name = value_.as<std::string>();
    return number || (name && !name->empty()) ? accept() : refuse();
  }

  std::optional<Value> text() {
    const auto* text = value_.as<std::string>();
    if (!text) return parameter_.or_int && value_.as<std::int64_t>() ? integer() : refuse();
    if (parameter_.type == "monitor" && text->empty()) return refuse();
    if (parameter_.type == "output" || parameter_.type == "input") return path(*text);
    const auto& choices = parameter_.choices;
    if (choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end()) return accept();
    // The suggestion is made from the value: for a secret it could show what that nearly is.
    const std::string hint = value_.secret ? "" : suggestion(*text, choices);
    return refuse(hint.empty() ? "" : "." + hint);
  }

  std::optional<Value> path(const std::string& text) {
    if (text.empty()) return refuse();
    if (text.find('\0') != std::string::npos) return fault("a path cannot hold a null character");
    Faults found;
    if (parameter_.placeholders) placeholders(text, value_.location, found);
    if (!found.empty() && value_.secret) return fault(describe(value_) + " has bad placeholders");
    for (const Fault& each : found.sorted()) fault(each.text);
    if (!found.empty()) return std::nullopt;
    Value result = value_;
    if (parameter_.type == "input") make_absolute(result, folder_);
    return result;
  }

  std::optional<Value> child() {
    const auto* table = value_.as<Table>();
    if (!table) return refuse();
    const Value* plugin = find(*table, "plugin");
    if (!plugin) return fault(fmt::format("the table has no 'plugin': which {}?", parameter_.type));
    if (plugin->as<std::string>()) return accept();
    faults_.add(plugin->location, fmt::format("{}: plugin: expected a string, got {}", subject_, describe(*plugin)));
    return std::nullopt;
  }

  std::optional<Value> list() {
    ParameterDescription element = parameter_;
    element.type = parameter_.items;
    const auto* given = value_.as<List>();
    if (!given && !parameter_.scalar) return refuse();
    Value result = value_;
    result.data = List();
    auto& checked = *std::get_if<List>(&result.data);
    if (!given) {
      result.secret = false;
      result.original.clear();
      auto single = check(element, value_, subject_, folder_, faults_);
      if (!single) return std::nullopt;
      checked.push_back(std::move(*single));
      return result;
    }
    for (std::size_t i = 0; i < given->size(); ++i) {
      const std::string name = fmt::format("element {} of {}", i + 1, subject_);
      if (auto one = check(element, (*given)[i], name, folder_, faults_)) checked.push_back(std::move(*one));
    }
    return checked.size() == given->size() ? std::optional(result) : std::nullopt;
  }

  const ParameterDescription& parameter_;
  const Value& value_;
  const std::string& subject_;
  const std::filesystem::path& folder_;
  Faults& faults_;
};

}  // namespace

std::optional<Value> check(const ParameterDescription& parameter, const Value& value, const std::string& subject,
                           const std::filesystem::path& folder, Faults& faults) {
  return Check(parameter, value, subject, folder, faults).result();
}

void make_absolute(Value& path, const std::filesystem::path& folder) {
  auto& text = *std::get_if<std::string>(&path.data);
  const std::filesystem::path base = std::filesystem::current_path() / folder;
  const bool relative = std::filesystem::path(text).is_relative();
  if (relative && path.secret) path.original = escape_variables((base / "").string()) + path.original;
  text = (base / text).lexically_normal().string();
}

}  // namespace treino::manifest
