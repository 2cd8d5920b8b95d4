// The services that show the model and the batch: model, predictions, weights.
#include "host/session/services/services_model.hpp"

#include <stdexcept>

#include "host/session/services/services.hpp"
#include "manifest/suggestion.hpp"
#include "manifest/value.hpp"

namespace treino::host {

namespace {

using namespace services;

// ---- model, predictions

/// The backend, where the index is in range.
Backend* backend_for(const treino_host* host, std::uint32_t index) {
  Session& session = session_of(host);
  Backend* backend = session.backend();
  return backend != nullptr && index < backend->parameter_count() ? backend : nullptr;
}

std::uint32_t model_parameter_count(const treino_host* host) {
  Session& session = session_of(host);
  return session.backend() != nullptr ? session.backend()->parameter_count() : 0;
}
const char* model_parameter_name(const treino_host* host, std::uint32_t index) {
  Backend* backend = backend_for(host, index);
  return backend == nullptr ? nullptr : backend->parameter_name(index);
}
std::uint32_t model_parameter_trainable(const treino_host* host, std::uint32_t index) {
  Backend* backend = backend_for(host, index);
  return backend != nullptr && backend->trainable(index) ? 1 : 0;
}
treino_status model_parameter(const treino_host* host, std::uint32_t index, treino_tensor* view) {
  Backend* backend = backend_for(host, index);
  if (backend == nullptr) return TREINO_MISSING;
  *view = backend->parameter(index);
  return TREINO_OK;
}
treino_status model_gradient(const treino_host* host, std::uint32_t index, treino_tensor* view) {
  Backend* backend = backend_for(host, index);
  if (backend == nullptr || !backend->trainable(index)) return TREINO_MISSING;
  *view = backend->gradient(index);
  return TREINO_OK;
}

void copy_into(const treino_tensor& to, const treino_tensor& from) {
  if (from.type_code != TREINO_DTYPE_FLOAT || from.type_bits != 32 || from.type_lanes != 1 || from.rank != to.rank ||
      from.data == nullptr)
    throw std::invalid_argument("set_parameter takes a float32 tensor of the parameter's shape");
  if (from.device_type != TREINO_DEVICE_CPU)
    throw std::invalid_argument("set_parameter takes a tensor in the CPU's memory, not one of device " +
                                std::to_string(from.device_type));
  if (from.rank > 0 && (from.shape == nullptr || from.strides == nullptr))
    throw std::invalid_argument("set_parameter takes a tensor with its shape and strides");
  std::int64_t size = 1;
  for (std::uint32_t i = 0; i < to.rank; ++i) {
    if (from.shape[i] != to.shape[i]) throw std::invalid_argument("set_parameter takes a tensor of the parameter's shape");
    size *= to.shape[i];
  }
  if (size > 0 && from.data == nullptr) throw std::invalid_argument("set_parameter takes a tensor with data");
  auto* target = static_cast<float*>(to.data);
  const auto* source = reinterpret_cast<const float*>(static_cast<const char*>(from.data) + from.byte_offset);
  for (std::int64_t index = 0; index < size; ++index) {
    std::int64_t offset = 0, rest = index;
    for (std::uint32_t i = from.rank; i-- > 0; rest /= from.shape[i]) offset += rest % from.shape[i] * from.strides[i];
    target[index] = source[offset];
  }
}

treino_status model_set_parameter(const treino_host* host, std::uint32_t index, const treino_tensor* values,
                                  treino_error* error) {
  return guarded(error, [&] {
    Backend* backend = backend_for(host, index);
    if (backend == nullptr) throw std::out_of_range("there is no such parameter, or the run has not begun");
    require_all_ranks(host, "set_parameter()");
    if (session_of(host).weights_locked()) throw std::logic_error("weights may not be set between batch_begin and step_end");
    if (values == nullptr) throw std::invalid_argument("set_parameter takes a tensor");
    copy_into(backend->parameter(index), *values);
    return TREINO_OK;
  });
}
std::uint32_t model_layer_count(const treino_host* host) {
  Session& session = session_of(host);
  return session.backend() != nullptr ? session.backend()->layer_count() : 0;
}
treino_status model_layer(const treino_host* host, std::uint32_t index, treino_layer_info* info) {
  if (index >= model_layer_count(host)) return TREINO_MISSING;
  treino_layer_info full{};
  full.size = sizeof full;
  session_of(host).backend()->layer(index, full);
  const std::uint32_t size = info->size;
  std::memcpy(info, &full, std::min<std::size_t>(size, sizeof full));
  info->size = size;
  return TREINO_OK;
}
treino_status model_set_trainable(const treino_host* host, std::uint32_t index, std::uint32_t trainable, treino_error* error) {
  return guarded(error, [&] {
    Backend* backend = backend_for(host, index);
    if (backend == nullptr) throw std::out_of_range("there is no such parameter");
    require_all_ranks(host, "set_trainable()");
    if (session_of(host).weights_locked())
      throw std::logic_error("parameters may not be frozen or thawed between batch_begin and step_end");
    backend->set_trainable(index, trainable != 0);
    return TREINO_OK;
  });
}

template <bool (Backend::*View)(treino_tensor&)>
treino_status batch_view(const treino_host* host, treino_tensor* view) {
  Session& session = session_of(host);
  if (!session.running() || session.backend() == nullptr) return TREINO_MISSING;
  return (session.backend()->*View)(*view) ? TREINO_OK : TREINO_MISSING;
}
const treino_problem* problem(const treino_host* host) {
  Session& session = session_of(host);
  return session.running() && session.backend() != nullptr ? &session.backend()->problem() : nullptr;
}

// ---- weights

treino_status weights_make(const treino_host* host, const char* name, std::uint32_t* set, treino_error* error) {
  return guarded(error, [&] {
    Instance& instance = Instance::of(host);
    if (instance.session().backend() == nullptr) throw std::logic_error("there is no model");
    require_all_ranks(host, "make_weights()");
    *set = instance.session().backend()->make_weights(text_or_empty(name), instance.name());
    return TREINO_OK;
  });
}
treino_status weights_view(const treino_host* host, std::uint32_t set, std::uint32_t parameter, treino_tensor* view) {
  Backend* backend = backend_for(host, parameter);
  if (backend == nullptr || set >= backend->weight_sets()) return TREINO_MISSING;
  *view = backend->weights(set, parameter);
  return TREINO_OK;
}
treino_status weights_swap(const treino_host* host, std::uint32_t set, treino_error* error) {
  return guarded(error, [&] {
    Session& session = session_of(host);
    if (session.backend() == nullptr || set >= session.backend()->weight_sets())
      throw std::out_of_range("there is no such set of weights");
    require_all_ranks(host, "swap_weights()");
    if (session.weights_locked()) throw std::logic_error("weights may not be swapped between batch_begin and step_end");
    session.backend()->swap_weights(set);
    return TREINO_OK;
  });
}
treino_status weights_find(const treino_host* host, const char* name, std::uint32_t* set, treino_error* error) {
  return guarded(error, [&] {
    const Backend* backend = session_of(host).backend();
    std::vector<std::string> names;
    for (std::uint32_t i = 0; backend != nullptr && i < backend->weight_sets(); ++i) {
      names.push_back(backend->weights_name(i));
      if (names.back() != text_or_empty(name)) continue;
      *set = i;
      return treino_status{TREINO_OK};
    }
    put(error, "there is no set of weights '" + text_or_empty(name) + "'" +
                   (names.empty() ? ": no plugin of this run keeps any"
                                  : "." + manifest::suggestion(text_or_empty(name), names) +
                                        " This run has: " + manifest::enumerate(names)));
    return treino_status{TREINO_FAILED};
  });
}
std::uint32_t weights_swapped(const treino_host* host, std::uint32_t set) {
  const Backend* backend = session_of(host).backend();
  return backend != nullptr && set < backend->weight_sets() && backend->swapped(set) ? 1 : 0;
}
const char* weights_measured_with(const treino_host* host, std::uint32_t number) {
  const Backend* backend = session_of(host).backend();
  return backend == nullptr ? "" : backend->measured_with(number);
}

}  // namespace

namespace services {

const treino_model model_service{sizeof(treino_model),
                                 0,
                                 model_parameter_count,
                                 model_parameter_name,
                                 model_parameter_trainable,
                                 model_parameter,
                                 model_gradient,
                                 model_set_parameter,
                                 model_layer_count,
                                 model_layer,
                                 model_set_trainable};
const treino_predictions predictions_service{sizeof(treino_predictions),       0,
                                             batch_view<&Backend::prediction>, batch_view<&Backend::target>,
                                             batch_view<&Backend::rows>,       problem};
const treino_weights weights_service{
    sizeof(treino_weights), 0, weights_make, weights_view, weights_swap, weights_swapped, weights_find, weights_measured_with};

}  // namespace services

}  // namespace treino::host
