#include "manifest/secrets.hpp"

namespace treino::manifest {

namespace {

void hide_secrets(std::string& text, const Value& value) {
  if (const auto* list = value.as<List>())
    for (const Value& element : *list) hide_secrets(text, element);
  if (const auto* table = value.as<Table>())
    for (const Entry& entry : *table) hide_secrets(text, entry.value);
  const auto* secret = value.secret ? value.as<std::string>() : nullptr;
  if (secret == nullptr || secret->empty()) return;
  for (std::size_t at = text.find(*secret); at != std::string::npos; at = text.find(*secret, at + value.original.size()))
    text.replace(at, secret->size(), value.original);
}

}  // namespace

std::string without_secrets(std::string text, const Manifest& manifest) {
  for (const Entry& entry : manifest.source) hide_secrets(text, entry.value);
  return text;
}

}  // namespace treino::manifest
