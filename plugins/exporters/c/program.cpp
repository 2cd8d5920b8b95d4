// Calls read their values in one buffer, and either leave them there or write to the other.
#include "program.hpp"

#include "text.hpp"

namespace treino::exporters {

std::string Program::constant(const std::string& name, const float* values, std::int64_t count) {
  constants_ += array(prefix_ + name, values, count);
  return prefix_ + name;
}

std::string Program::constant(const std::string& name, const double* values, std::int64_t count) {
  constants_ += array(prefix_ + name, values, count);
  return prefix_ + name;
}

void Program::begin_layer(const std::string& prefix, const std::string& name) {
  prefix_ = prefix;
  comment_ = " /* " + comment_text(name) + " */";
}

void Program::add(const std::string& statement) { statements_ += "  " + statement + comment_ + "\n"; }

void Program::call_in_place(const std::string& function, const std::vector<std::string>& arguments, std::int64_t last) {
  functions_.insert(function);
  std::string text = function + "(" + buffer();
  for (const std::string& argument : arguments) text += ", " + argument;
  add(text + ", " + std::to_string(last) + ");");
}

void Program::call(const std::string& function, const std::vector<std::string>& arguments, std::int64_t size) {
  call_all(function, {arguments}, size);
}

void Program::call_all(const std::string& function, const std::vector<std::vector<std::string>>& calls, std::int64_t size) {
  functions_.insert(function);
  const std::string from = buffer();
  second_ = !second_;
  size_ = size;
  reserve(size);
  for (const std::vector<std::string>& arguments : calls) {
    std::string text = function + "(" + from;
    for (const std::string& argument : arguments) text += ", " + argument;
    add(text + ", " + buffer() + ");");
  }
}

}  // namespace treino::exporters
