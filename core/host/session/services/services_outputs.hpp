// The service by which a plugin claims the files that it writes.
#pragma once
#include <treino/abi.h>

namespace treino::host::services {

extern const treino_outputs outputs_service;

}  // namespace treino::host::services
