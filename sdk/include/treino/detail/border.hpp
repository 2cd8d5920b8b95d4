// How failures cross the border between a plugin's C++ code and the host's: as texts and a status, never as exceptions.
#pragma once
#include <treino/abi.h>

#include <cstddef>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <treino/detail/language.hpp>

namespace treino {
inline namespace sdk0 {

namespace detail {

inline void copy_text(treino_error* error, const char* text) noexcept {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return;
  if (text == nullptr) text = "threw an exception without a text";
  std::size_t size = std::strlen(text);
  if (size >= error->capacity) size = error->capacity - 1;
  std::memcpy(error->text, text, size);
  error->text[size] = '\0';
}

/// Runs `body`; no exception leaves a plugin.
template <class Body>
treino_status guarded(treino_error* error, Body&& body) noexcept {
  try {
    body();
    return TREINO_OK;
  } catch (const std::exception& failure) {
    copy_text(error, failure.what());
  } catch (...) {
    copy_text(error, "threw something that is not a std::exception");
  }
  return TREINO_FAILED;
}

/// The buffer that calls into the host get for their errors.
struct ErrorText {
  char text[1024] = {0};
  treino_error error{sizeof(treino_error), sizeof text, text};
  void check(treino_status status) const {
    if (status != TREINO_OK) throw std::runtime_error(text[0] != '\0' ? text : "the host refused a request without a reason");
  }
};

/// Whether a table is long enough to have a function, and has it.
template <class Table, class Function>
bool has(Function Table::*function, const Table* table) {
  const auto end = reinterpret_cast<const char*>(&(table->*function)) - reinterpret_cast<const char*>(table) +
                   static_cast<std::ptrdiff_t>(sizeof(Function));
  return static_cast<std::ptrdiff_t>(table->size) >= end && table->*function != nullptr;
}

}  // namespace detail

}  // namespace sdk0
}  // namespace treino
