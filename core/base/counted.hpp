// Numbers of things in messages.
#pragma once
#include <string>

namespace treino::base {

/// The noun as the number wants it. counted_noun(1, "class", "classes"): "class".
template <class Number>
const char* counted_noun(Number number, const char* one, const char* several) {
  return number == 1 ? one : several;
}

/// counted(1, "class", "classes"): "1 class"; counted(3, "class", "classes"): "3 classes".
template <class Number>
std::string counted(Number number, const char* one, const char* several) {
  return std::to_string(number) + " " + counted_noun(number, one, several);
}

}  // namespace treino::base
