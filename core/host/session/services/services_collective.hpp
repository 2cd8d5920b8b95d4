// The service by which a plugin exchanges values with the other processes of a run.
#pragma once
#include <treino/abi.h>

namespace treino::host::services {

extern const treino_collective_service collective_service;

}  // namespace treino::host::services
