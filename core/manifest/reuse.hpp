// A run folder's manifest is read again by programs that need a part of it only: what may be left out.
#pragma once
#include <functional>

#include "manifest/kind.hpp"
#include "manifest/value.hpp"

namespace treino::manifest {

/// Takes out the plugins that are not needed.
void leave_out(Table& document, const std::function<bool(Kind, const Table&)>& leaves_out);

}  // namespace treino::manifest
