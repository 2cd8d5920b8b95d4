// Calls read their values in one buffer, and either leave them there or write to another.
#include "program.hpp"

#include <algorithm>

#include "text.hpp"

namespace treino::exporters {

Program::Program(std::int64_t size, int readers) : values_{{0, size}}, buffers_{{size, readers}} {}

std::string Program::constant(const std::string& name, const float* values, std::int64_t count) {
  constants_ += array(prefix_ + name, values, count);
  return prefix_ + name;
}

std::string Program::constant(const std::string& name, const double* values, std::int64_t count) {
  constants_ += array(prefix_ + name, values, count);
  return prefix_ + name;
}

std::string Program::constant(const std::string& name, const std::vector<std::int64_t>& values) {
  constants_ += "static const long " + prefix_ + name + "[] = {";
  for (std::size_t i = 0; i < values.size(); ++i) constants_ += (i == 0 ? "" : ", ") + std::to_string(values[i]);
  constants_ += "};\n";
  return prefix_ + name;
}

void Program::begin_layer(const std::string& prefix, const std::string& name, const std::vector<std::size_t>& inputs) {
  prefix_ = prefix;
  comment_ = " /* " + comment_text(name) + " */";
  inputs_.clear();
  for (const std::size_t input : inputs) inputs_.push_back(values_[input + 1]);  // sample_input + 1 is 0
  value_ = inputs_.front();
  reserved_ = 0;
  owned_ = buffers_[value_.buffer].readers == 1;
}

std::size_t Program::end_layer(int readers) {
  for (const Value& input : inputs_) --buffers_[input.buffer].readers;
  buffers_[value_.buffer].readers += readers;
  values_.push_back(value_);
  return values_.size() - 2;
}

void Program::add(const std::string& function, std::size_t from, const std::vector<std::string>& arguments) {
  functions_.insert(function);
  std::string text = function + "(" + buffer(from);
  for (const std::string& argument : arguments) text += ", " + argument;
  statements_ += "  " + text + ");" + comment_ + "\n";
}

void Program::move_on(std::int64_t size) {
  const auto is_free = [&](const Buffer& each) {
    return each.readers == 0 && static_cast<std::size_t>(&each - buffers_.data()) != value_.buffer;
  };
  const auto found = std::find_if(buffers_.begin(), buffers_.end(), is_free);
  value_ = {static_cast<std::size_t>(found - buffers_.begin()), size};
  if (found == buffers_.end()) buffers_.emplace_back();
  buffers_[value_.buffer].largest = std::max({buffers_[value_.buffer].largest, size, reserved_});
  owned_ = true;
}

void Program::call_in_place(const std::string& function, const std::vector<std::string>& arguments, std::int64_t last) {
  if (!owned_) {
    const std::size_t from = value_.buffer;
    move_on(value_.size);
    add("copy", from, {std::to_string(value_.size), buffer()});
  }
  std::vector<std::string> all = arguments;
  all.push_back(std::to_string(last));
  add(function, value_.buffer, all);
}

void Program::call(const std::string& function, const std::vector<std::string>& arguments, std::int64_t size) {
  call_all(function, {arguments}, size);
}

void Program::call_all(const std::string& function, const std::vector<std::vector<std::string>>& calls, std::int64_t size) {
  const std::size_t from = value_.buffer;
  move_on(size);
  for (std::vector<std::string> arguments : calls) {
    arguments.push_back(buffer());
    add(function, from, arguments);
  }
}

void Program::call_for_each(const std::string& function, const std::vector<std::vector<std::string>>& arguments,
                            std::int64_t size) {
  move_on(size);
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    std::vector<std::string> all = arguments[k];
    all.push_back(buffer());
    add(function, inputs_[k].buffer, all);
  }
}

std::int64_t Program::workspace() const {
  std::int64_t sum = 0;
  for (const Buffer& each : buffers_) sum += each.largest;
  return sum;
}

std::string Program::declarations() const {
  std::string text = "  float *const a = workspace";
  std::int64_t offset = 0;
  for (std::size_t i = 1; i < buffers_.size(); ++i) {
    offset += buffers_[i - 1].largest;
    text += ", *const " + buffer(i) + " = workspace + " + std::to_string(offset);
  }
  return text + ";\n";
}

}  // namespace treino::exporters
