// Where the caller of a loop's functions stands: what may be called next depends on it.
#pragma once

namespace treino::library {

enum class LoopState { made, between, epoch, batch, measured, step, refused_step, validation, over };

/// "step cannot be called <where>"
inline const char* where(LoopState state) {
  switch (state) {
    case LoopState::made:
      return "before begin";
    case LoopState::between:
      return "between two epochs";
    case LoopState::epoch:
      return "between two batches";
    case LoopState::batch:
      return "within a batch";
    case LoopState::measured:
      return "within a batch, after metrics";
    case LoopState::step:
      return "after step";
    case LoopState::refused_step:
      return "after a refused step";
    case LoopState::validation:
      return "within a validation";
    default:
      return "after the run's end";
  }
}

}  // namespace treino::library
