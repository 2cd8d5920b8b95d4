// Collects what a file of weights or a checkpoint holds, so that it can be written at once, or by a thread while the run continues.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "store/safetensors.hpp"

namespace treino::train {

class Run;

/// The tensors point into the run, or into `bytes`.
struct CheckpointContents {
  std::vector<store::StoredTensor> tensors;
  store::Metadata metadata;
  std::vector<std::vector<unsigned char>> states;  // of plugins
  std::vector<std::byte> bytes;

  /// Copies what the tensors point into, so that the run can continue; into the memory that `bytes` has, if it fits. Large sets of
  /// weights are left where they stand: returns whether there are any, which are to be lent until they are written.
  bool copy();
};

/// `weights`: the name of a set, empty for those being trained, null for whatever is in the model. Throws std::runtime_error where
/// there is no such set, host::CallError where a plugin's state cannot be had.
CheckpointContents collect(Run& run, bool everything, const std::string* weights = nullptr);

/// Digest of the parameters of an instance; "none" where there is no instance of that name.
std::string digest_of(const Run& run, const std::string& instance);

}  // namespace treino::train
