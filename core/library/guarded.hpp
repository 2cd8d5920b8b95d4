// The edge of the C ABI: what is thrown inside becomes a status and a text.
#pragma once
#include <treino/treino.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "base/input_error.hpp"
#include "base/secrets.hpp"
#include "data/dataset.hpp"
#include "manifest/value.hpp"

namespace treino::library {

inline treino_status fail(treino_error* error, treino_status status, const std::string& text) {
  if (error == nullptr || error->text == nullptr || error->capacity == 0) return status;
  const std::string clean = base::without_secrets(text);
  const std::size_t size = std::min<std::size_t>(clean.size(), error->capacity - 1);
  std::memcpy(error->text, clean.data(), size);
  error->text[size] = '\0';
  return status;
}

template <class Function>
treino_status guarded(treino_error* error, Function&& function) noexcept try {
  function();
  return TREINO_OK;
} catch (const manifest::ManifestError& failure) {
  return fail(error, TREINO_BAD_INPUT, failure.what());
} catch (const data::DataError& failure) {
  return fail(error, TREINO_BAD_INPUT, failure.what());
} catch (const base::InputError& failure) {
  return fail(error, TREINO_BAD_INPUT, failure.what());
} catch (const std::bad_alloc&) {
  return fail(error, TREINO_FAILED, "out of memory");
} catch (const std::exception& failure) {
  return fail(error, TREINO_FAILED, failure.what());
}

/// A struct that the caller may know shorter: what it does not know is zero.
template <class Struct>
Struct known_part(const Struct* given, const char* name) {
  Struct known{};
  if (given == nullptr || given->size < sizeof(std::uint32_t))
    throw base::InputError(std::string(name) + ": size is not set; it is to be sizeof(" + name + ")");
  std::memcpy(&known, given, std::min<std::size_t>(given->size, sizeof known));
  known.size = sizeof known;
  return known;
}

/// And what it does not know is not written.
template <class Struct>
void give(Struct* to, Struct value, const char* name) {
  if (to == nullptr || to->size < sizeof(std::uint32_t))
    throw base::InputError(std::string(name) + ": size is not set; it is to be sizeof(" + name + ")");
  value.size = to->size;
  std::memcpy(to, &value, std::min<std::size_t>(to->size, sizeof value));
}

}  // namespace treino::library
