// Templates of file names such as "{epoch:03d}-{val_loss:.2f}.safetensors": which names stand in them.
#pragma once
#include <string>
#include <vector>

#include "manifest/value.hpp"

namespace treino::manifest {

/// Names in a template like "{epoch:03d}-{val_loss:.2f}.safetensors", or faults (unbalanced braces, bad formats). A format is
/// [0][width][.digits][d|e|f|g]; `d` and widths alone are for the whole numbers epoch, step and number, the rest for all others.
std::vector<std::string> placeholders(const std::string& text, const Location& at, Faults& faults);

}  // namespace treino::manifest
