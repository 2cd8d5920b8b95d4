// The services by which a plugin asks something of the run: control, learning rate, checkpoint, profile.
#pragma once
#include <treino/abi.h>

namespace treino::host::services {

extern const treino_control control_service;
extern const treino_learning_rate learning_rate_service;
extern const treino_checkpoint checkpoint_service;
extern const treino_profile profile_service;

}  // namespace treino::host::services
