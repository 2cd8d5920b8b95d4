// Parameters that do not lie in the CPU's memory: copies of them here, made when somebody looks, and taken back where they were
// changed.
#pragma once
#include <treino/treino.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "nn/parameter.hpp"

namespace treino::library {

class OwnCopies {
 public:
  /// `index`: of the parameter in its model. Points its values and its gradient at the copies.
  void add(std::size_t index, const treino_loop_parameter& given, nn::Parameter& parameter);
  bool empty() const { return all_.empty(); }

  // Each is one of the program's functions at most, and throws where that fails. Parameters that are no copies are left alone.
  void fetch_values(std::size_t index);
  void fetch_gradient(std::size_t index);
  void fetch_all_values();
  /// Whoever looked may have written: what differs from what came goes back. Nobody has looked: nothing is done.
  void put_back();
  /// They have moved on in their own place.
  void forget_values() { forget(values_here_, &Copy::values); }
  void forget_gradients() { forget(gradients_here_, &Copy::gradient); }

 private:
  /// Memory that nobody has touched costs nothing.
  struct Array {
    std::unique_ptr<float[]> here;
    std::vector<float> as_it_came;
    bool fetched = false;
  };
  struct Copy {
    std::size_t index = 0;
    treino_loop_parameter functions{};
    std::string name;
    std::size_t size = 0;
    Array values, gradient;
  };
  using Fetch = int32_t (*)(void*, float*);
  using Put = int32_t (*)(void*, const float*);

  Copy* find(std::size_t index);
  static void fetch(Copy& copy, Array& array, Fetch function, const char* what, std::vector<Copy*>& fetched);
  static void put(const Copy& copy, Array& array, Put function, const char* what);
  static void forget(std::vector<Copy*>& fetched, Array Copy::*array);

  std::vector<std::unique_ptr<Copy>> all_;
  std::vector<Copy*> values_here_, gradients_here_;
};

}  // namespace treino::library
