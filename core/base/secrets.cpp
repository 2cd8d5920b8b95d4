// Secrets are known to the process as a whole, since a text can leave it by any thread and any room.
#include "base/secrets.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace treino::base {

namespace {

constexpr std::size_t shortest = 4;

struct Secrets {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::string>> by_length;  // value and name; a secret within another comes after it
};

Secrets& secrets() {
  static Secrets all;
  return all;
}

}  // namespace

void keep_secret(std::string_view name, std::string_view value) {
  if (value.size() < shortest) return;
  const std::lock_guard lock(secrets().mutex);
  auto& all = secrets().by_length;
  const auto same = [&](const auto& one) { return one.first == value; };
  if (std::any_of(all.begin(), all.end(), same)) return;
  const auto place = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first.size() < value.size(); });
  all.insert(place, {std::string(value), std::string(name)});
}

std::string without_secrets(std::string_view text) {
  std::string result(text);
  const std::lock_guard lock(secrets().mutex);
  for (const auto& [value, name] : secrets().by_length) result = replaced(std::move(result), value, "${" + name + "}");
  return result;
}

}  // namespace treino::base
