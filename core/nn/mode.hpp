// What a model is built for and what a pass through it is for.
#pragma once

namespace treino::nn {

enum class Mode { train, infer };

/// What parameters begin with: as their initializers say, or zeros, at no cost, where all are loaded before the model is used.
enum class InitialValues { drawn, zero };

}  // namespace treino::nn
