// What the files of the services share: each table's functions find their instance from the handle and act on its session.
#pragma once
#include <treino/abi.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "host/session/session.hpp"

namespace treino::host {

/// What plugins get from treino_host::service; null where there is no service of that name.
const void* find_service(const char* name);

namespace services {

inline Session& session_of(const treino_host* host) { return Instance::of(host).session(); }

inline void put(treino_error* error, const std::string& text) {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return;
  const std::size_t size = std::min<std::size_t>(text.size(), error->capacity - 1);
  std::memcpy(error->text, text.data(), size);
  error->text[size] = '\0';
}

/// No exception of the host's goes through a plugin's frames, which may be C.
template <class Body>
treino_status guarded(treino_error* error, Body&& body) {
  try {
    return body();
  } catch (const std::exception& exception) {
    put(error, exception.what());
  } catch (...) {
    put(error, "unknown failure of the host");
  }
  return TREINO_FAILED;
}

/// To be called by what rank 0 cannot do alone: what changes the model beyond what its requests tell the others, and exchanges.
inline void require_all_ranks(const treino_host* host, const char* what,
                              const char* why = "changes the model: in a run of several processes") {
  const Instance& instance = Instance::of(host);
  const Ranks* ranks = instance.session().ranks();
  if (ranks == nullptr || ranks->is_alone() || instance.is_on_all_ranks()) return;
  throw std::logic_error(std::string(what) + " " + why + ", a callback that calls it needs ranks = \"all\" in its description");
}

inline std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

}  // namespace services

}  // namespace treino::host
