// Values to the contract's form and back; what is added stays where it is, since plugins keep pointers.
#include "host/session/parameters.hpp"

namespace treino::host {

namespace {

manifest::Value to_value(const treino_value& value) {
  manifest::Value result;
  switch (value.type) {
    case TREINO_BOOL:
      result.data = value.as.integer != 0;
      break;
    case TREINO_INT:
      result.data = value.as.integer;
      break;
    case TREINO_FLOAT:
      result.data = value.as.real;
      break;
    case TREINO_TEXT:
      result.data = std::string(value.as.text, value.count);
      break;
    case TREINO_LIST: {
      manifest::List list;
      for (std::uint32_t i = 0; i < value.count; ++i) list.push_back(to_value(value.as.list[i]));
      result.data = std::move(list);
      break;
    }
    case TREINO_TABLE:
      result.data = to_table(value.as.table, value.count);
      break;
    default:
      throw std::invalid_argument("a value of unknown type");
  }
  return result;
}

}  // namespace

treino_value ParameterPack::add(const manifest::Table& table) {
  std::vector<treino_parameter> entries;
  for (const manifest::Entry& entry : table) entries.push_back({keep(entry.key).c_str(), add(entry.value)});
  treino_value value{TREINO_TABLE, static_cast<std::uint32_t>(entries.size()), {}};
  value.as.table = tables_.emplace_back(std::move(entries)).data();
  return value;
}

treino_value ParameterPack::add(const manifest::Value& source) {
  treino_value value{};
  if (const bool* boolean = source.as<bool>()) {
    value.type = TREINO_BOOL;
    value.as.integer = *boolean ? 1 : 0;
  } else if (const std::int64_t* integer = source.as<std::int64_t>()) {
    value.type = TREINO_INT;
    value.as.integer = *integer;
  } else if (const double* real = source.as<double>()) {
    value.type = TREINO_FLOAT;
    value.as.real = *real;
  } else if (const std::string* text = source.as<std::string>()) {
    value.type = TREINO_TEXT;
    value.count = static_cast<std::uint32_t>(text->size());
    value.as.text = keep(*text).c_str();
  } else if (const manifest::List* list = source.as<manifest::List>()) {
    std::vector<treino_value> values;
    for (const manifest::Value& element : *list) values.push_back(add(element));
    value.type = TREINO_LIST;
    value.count = static_cast<std::uint32_t>(values.size());
    value.as.list = lists_.emplace_back(std::move(values)).data();
  } else {
    return add(*source.as<manifest::Table>());
  }
  return value;
}

manifest::Table to_table(const treino_parameter* parameters, std::uint32_t count) {
  manifest::Table table;
  for (std::uint32_t i = 0; i < count; ++i) table.push_back({parameters[i].name, {}, to_value(parameters[i].value)});
  return table;
}

}  // namespace treino::host
