// The host's tables of functions, found by name when they are first needed: what treino::Host stands on.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <treino/detail/border.hpp>
#include <treino/services.hpp>

namespace treino {
inline namespace sdk0 {
namespace detail {

class HostServices {
 public:
  HostServices() = default;
  explicit HostServices(const treino_host* host) : host_(host) {}
  const treino_host* handle() const { return host_; }

 protected:
  const void* find_service(const char* name) const { return host_ == nullptr ? nullptr : host_->service(host_, name); }
  template <class Table>
  const Table* service(const char* name) const {
    const void* table = find_service(name);
    if (table == nullptr) throw std::runtime_error(std::string("this host has no service ") + name);
    return static_cast<const Table*>(table);
  }
  template <class Table>
  const Table* cached(const Table*& table, const char* name) const {
    if (table == nullptr) table = service<Table>(name);
    return table;
  }
  const treino_scalars* scalars() const {
    TREINO_USES_SERVICE(TREINO_SCALARS_SERVICE);
    return cached(scalars_, TREINO_SCALARS_SERVICE);
  }
  const treino_control* control() const {
    TREINO_USES_SERVICE(TREINO_CONTROL_SERVICE);
    return service<treino_control>(TREINO_CONTROL_SERVICE);
  }
  const treino_checkpoint* checkpoints() const {
    TREINO_USES_SERVICE(TREINO_CHECKPOINT_SERVICE);
    return service<treino_checkpoint>(TREINO_CHECKPOINT_SERVICE);
  }
  const treino_learning_rate* learning_rates() const {
    TREINO_USES_SERVICE(TREINO_LEARNING_RATE_SERVICE);
    return service<treino_learning_rate>(TREINO_LEARNING_RATE_SERVICE);
  }
  const treino_model* model() const {
    TREINO_USES_SERVICE(TREINO_MODEL_SERVICE);
    return cached(model_, TREINO_MODEL_SERVICE);
  }
  const treino_weights* weight_sets() const {
    TREINO_USES_SERVICE(TREINO_WEIGHTS_SERVICE);
    return cached(weights_, TREINO_WEIGHTS_SERVICE);
  }
  const treino_profile* profile() const {
    TREINO_USES_SERVICE(TREINO_PROFILE_SERVICE);
    return cached(profile_, TREINO_PROFILE_SERVICE);
  }
  /// A function that a table may lack: an older host's table ends before it.
  template <class Table, class Function>
  static Function newer(Function Table::*function, const Table* table) {
    if (!detail::has(function, table)) throw std::runtime_error("this host is older than ABI 0.2, which this plugin needs here");
    return table->*function;
  }

  const treino_host* host_ = nullptr;

 private:
  mutable const treino_scalars* scalars_ = nullptr;
  mutable const treino_model* model_ = nullptr;
  mutable const treino_weights* weights_ = nullptr;
  mutable const treino_profile* profile_ = nullptr;
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
