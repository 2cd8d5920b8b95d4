// The services that show the model and the batch: model, predictions, weights.
#pragma once
#include <treino/abi.h>

namespace treino::host::services {

extern const treino_model model_service;
extern const treino_predictions predictions_service;
extern const treino_weights weights_service;

}  // namespace treino::host::services
