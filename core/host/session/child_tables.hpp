// What a plugin calls its children through: their own tables, with the host's guard around each function.
#pragma once
#include <treino/abi.h>

#include <memory>

namespace treino::host {

class Instance;

/// Tables for one instance that was made inside another, valid as long as it lives. A failure comes back as a status with its text,
/// an exception of the child's does not go through its parent's frames, and the floating-point mode is restored.
class ChildTables {
 public:
  explicit ChildTables(Instance& child);
  ChildTables(const ChildTables&) = delete;
  ChildTables& operator=(const ChildTables&) = delete;
  ~ChildTables();

  const treino_lifecycle* lifecycle() const;
  const void* functions() const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace treino::host
