// A layer on its way through the checks, and those checks that several types of layer share.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "nn/spec.hpp"

namespace treino::nn {

struct ShapeContext {
  std::size_t layer;  // its number, from 0, for the error
  const LayerSpec& spec;
  const Shape& input;               // the first
  std::span<const Shape> inputs{};  // all, of a type that takes several

  /// Throws ShapeError: "<type>: <text>".
  [[noreturn]] void fail(const std::string& text) const;
  /// The same of one of several inputs.
  [[noreturn]] void fail_input(std::size_t which, const std::string& text) const;

  void check_flat() const;    // that the input is
  void check_image() const;   // that the input is channels x height x width
  void check_places() const;  // that the input is that, or channels x length
  /// The settings of TREINO_INITIALIZER_TOML and TREINO_PENALTY_TOML.
  void check_weights() const;
  void check_epsilon() const;
  /// That a setting is one of these. Returns it.
  const std::string& check_choice(const char* setting, std::initializer_list<std::string_view> choices) const;
  /// Numbers of elements stay below 2^31, so that no product of sizes can overflow and kernels may count in 32 bits.
  void check_size(const Shape& shape, const char* what) const;

 private:
  void check_initializer() const;
  void check_variance_scaling(const std::string& initializer) const;
};

}  // namespace treino::nn
