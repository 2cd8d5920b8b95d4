// The name that somebody probably meant.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace treino::base {

/// The one of `known` that is nearest to `wrong`, upper and lower case alike: one that it is the beginning of ("acc": accuracy),
/// else one that a few edits make of it (insert, delete, replace, swap of neighbors), else one that it begins with, or that is its
/// last words, or it of that ("rate": learning_rate). Null where none is near.
const std::string* nearest(std::string_view wrong, std::span<const std::string> known);

}  // namespace treino::base
