// The parameters of somebody else's model: names, shapes, and where their numbers are.
#pragma once
#include <treino/treino.h>

#include <vector>

#include "library/own_copies.hpp"
#include "nn/model.hpp"
#include "nn/parameter.hpp"

namespace treino::library {

class OwnParameters {
 public:
  /// Throws base::InputError where it contradicts itself, or its name is taken.
  void add(const treino_loop_parameter& given);
  const std::vector<nn::Parameter>& list() const { return list_; }
  /// Those that lie elsewhere.
  OwnCopies& copies() { return copies_; }
  /// Asks where the gradients are that move. Throws std::logic_error where there is none.
  void find_gradients(nn::Model& model) const;

 private:
  struct Moving {
    std::size_t parameter;
    float* (*find)(void* context);
    void* context;
  };
  std::vector<nn::Parameter> list_;
  std::vector<Moving> moving_;
  OwnCopies copies_;
};

}  // namespace treino::library
