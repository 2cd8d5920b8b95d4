// From completed parameters to the structs that nn takes.
#include "train/plan/specs.hpp"

#include <stdexcept>
#include <utility>

namespace treino::train {

namespace {

void assign(std::int64_t& field, const manifest::Value& value) { field = *value.as<std::int64_t>(); }
void assign(double& field, const manifest::Value& value) { field = *value.as<double>(); }
void assign(bool& field, const manifest::Value& value) { field = *value.as<bool>(); }
void assign(std::string& field, const manifest::Value& value) { field = *value.as<std::string>(); }
void assign(std::vector<std::int64_t>& field, const manifest::Value& value) {
  field.clear();
  for (const manifest::Value& element : *value.as<manifest::List>()) field.push_back(*element.as<std::int64_t>());
}

/// Assigns the entry to the field of its name; a description that names no field of the struct is our own mistake.
template <class... Fields>
void assign_all(const manifest::Table& table, Fields... fields) {
  for (const manifest::Entry& entry : table) {
    const bool found = ((entry.key == fields.first ? (assign(*fields.second, entry.value), true) : false) || ...);
    if (!found) throw std::logic_error("no field for parameter '" + entry.key + "'");
  }
}

}  // namespace

nn::LayerSpec to_layer(const std::string& type, const std::string& name, const manifest::Table& table) {
  nn::LayerSpec layer;
  layer.type = type;
  layer.name = name;
  assign_all(table, std::pair("units", &layer.units), std::pair("filters", &layer.filters), std::pair("kernel", &layer.kernel),
             std::pair("stride", &layer.stride), std::pair("padding", &layer.padding),
             std::pair("same_padding", &layer.same_padding), std::pair("bias", &layer.bias),
             std::pair("initializer", &layer.initializer), std::pair("rate", &layer.rate), std::pair("slope", &layer.slope),
             std::pair("momentum", &layer.momentum), std::pair("epsilon", &layer.epsilon));
  return layer;
}

nn::OptimizerSpec to_optimizer(const std::string& type, const manifest::Table& table) {
  nn::OptimizerSpec optimizer;
  optimizer.type = type;
  assign_all(table, std::pair("momentum", &optimizer.momentum), std::pair("nesterov", &optimizer.nesterov),
             std::pair("beta1", &optimizer.beta1), std::pair("beta2", &optimizer.beta2), std::pair("rho", &optimizer.rho),
             std::pair("epsilon", &optimizer.epsilon), std::pair("weight_decay", &optimizer.weight_decay));
  return optimizer;
}

}  // namespace treino::train
