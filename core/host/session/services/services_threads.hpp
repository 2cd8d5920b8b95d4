// The service by which a plugin shares its work among the run's threads.
#pragma once
#include <treino/abi.h>

namespace treino::host::services {

extern const treino_threads threads_service;

}  // namespace treino::host::services
