// What a program says of its loop, looked at and brought into our own structs.
#pragma once
#include <treino/treino.h>

#include "train/plan/plan.hpp"

namespace treino::library {

/// Throws base::InputError where they contradict themselves.
train::OwnLoop own_loop_of(const treino_loop_setup& setup, const treino_loop_state& state);

}  // namespace treino::library
