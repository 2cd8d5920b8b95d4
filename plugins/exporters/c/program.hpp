// A C function while it is made: its constants, its calls, and in which buffers the values are. A buffer is used again once all that
// read what is in it have done so.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace treino::exporters {

class Program {
 public:
  /// `size`: of a sample, which `readers` layers work on.
  Program(std::int64_t size, int readers);

  /// Adds a constant. Returns its name.
  std::string constant(const std::string& name, const float* values, std::int64_t count);
  std::string constant(const std::string& name, const double* values, std::int64_t count);
  std::string constant(const std::string& name, const std::vector<std::int64_t>& values);
  /// Any other declaration.
  void declare(const std::string& text) { constants_ += text; }

  /// Names of constants that follow begin with this; `name` stands in a comment beside the calls. `inputs`: of the layers before,
  /// numbers as end_layer() gave them, or sample_input.
  void begin_layer(const std::string& prefix, const std::string& name, const std::vector<std::size_t>& inputs);
  /// What the layer has put out, `readers` layers work on. Returns its number.
  std::size_t end_layer(int readers);
  static constexpr std::size_t sample_input = static_cast<std::size_t>(-1);

  /// `function(x, arguments, last)`: where all values stay in their places. What others still read is copied before.
  void call_in_place(const std::string& function, const std::vector<std::string>& arguments, std::int64_t last);
  /// `function(x, arguments, y)`: from one buffer to another, which then holds so many values.
  void call(const std::string& function, const std::vector<std::string>& arguments, std::int64_t size);
  /// The same of several calls that together fill the other buffer.
  void call_all(const std::string& function, const std::vector<std::vector<std::string>>& calls, std::int64_t size);
  /// The same for each input: `function(input, its arguments, y)`.
  void call_for_each(const std::string& function, const std::vector<std::vector<std::string>>& arguments, std::int64_t size);
  /// The buffers that the layer's calls write to hold at least so many values.
  void reserve(std::int64_t size) { reserved_ = size; }

  const std::string& prefix() const { return prefix_; }
  std::string buffer() const { return buffer(value_.buffer); }  // of what the layer has made so far
  std::string input(std::size_t which) const { return buffer(inputs_[which].buffer); }
  std::int64_t size() const { return value_.size; }
  std::int64_t workspace() const;    // values that all buffers hold together
  std::string declarations() const;  // of the buffers, in `workspace`
  const std::string& constants() const { return constants_; }
  const std::string& statements() const { return statements_; }
  const std::set<std::string>& functions() const { return functions_; }

 private:
  struct Value {
    std::size_t buffer = 0;
    std::int64_t size = 0;
  };
  struct Buffer {
    std::int64_t largest = 0;
    int readers = 0;  // that have not read it yet
  };
  static std::string buffer(std::size_t number) {
    return number < 8 ? std::string(1, static_cast<char>('a' + number)) : "v" + std::to_string(number);
  }
  void add(const std::string& function, std::size_t from, const std::vector<std::string>& arguments);
  /// The values go to a buffer that nobody reads.
  void move_on(std::int64_t size);

  std::vector<Value> values_;  // of the sample, then of each layer
  std::vector<Buffer> buffers_;
  std::vector<Value> inputs_;  // of the layer
  Value value_;
  std::int64_t reserved_ = 0;  // by the layer
  bool owned_ = false;         // the layer has made what is in value_'s buffer
  std::string prefix_, comment_, constants_, statements_;
  std::set<std::string> functions_;
};

}  // namespace treino::exporters
