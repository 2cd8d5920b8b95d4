// A C function while it is made: its constants, its calls, and in which of two buffers the values are.
#pragma once
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace treino::exporters {

class Program {
 public:
  /// `size`: of a sample.
  explicit Program(std::int64_t size) : size_(size), largest_(size) {}

  /// Adds a constant. Returns its name.
  std::string constant(const std::string& name, const float* values, std::int64_t count);
  std::string constant(const std::string& name, const double* values, std::int64_t count);
  /// Any other declaration.
  void declare(const std::string& text) { constants_ += text; }

  /// Names of constants that follow begin with this; `name` stands in a comment beside the calls.
  void begin_layer(const std::string& prefix, const std::string& name);

  /// `function(x, arguments, last)`: where all values stay in their places.
  void call_in_place(const std::string& function, const std::vector<std::string>& arguments, std::int64_t last);
  /// `function(x, arguments, y)`: from one buffer to the other, which then holds so many values.
  void call(const std::string& function, const std::vector<std::string>& arguments, std::int64_t size);
  /// The same of several calls that together fill the other buffer.
  void call_all(const std::string& function, const std::vector<std::vector<std::string>>& calls, std::int64_t size);
  /// Buffers hold at least so many values.
  void reserve(std::int64_t size) { largest_ = std::max(largest_, size); }
  void add(const std::string& statement);

  const std::string& prefix() const { return prefix_; }
  std::string buffer() const { return second_ ? "b" : "a"; }
  std::int64_t size() const { return size_; }        // values in the buffer
  std::int64_t largest() const { return largest_; }  // most values that a buffer has held
  const std::string& constants() const { return constants_; }
  const std::string& statements() const { return statements_; }
  const std::set<std::string>& functions() const { return functions_; }

 private:
  std::int64_t size_, largest_;
  bool second_ = false;
  std::string prefix_, comment_, constants_, statements_;
  std::set<std::string> functions_;
};

}  // namespace treino::exporters
