// The edge of the C ABI: what is thrown inside becomes a status and a text.
#pragma once
#include <treino/treino.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

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
  return fail(error, TREINO_FAULTS, failure.what());
} catch (const data::DataError& failure) {
  return fail(error, TREINO_BAD_INPUT, failure.what());
} catch (const base::InputError& failure) {
  return fail(error, TREINO_BAD_INPUT, failure.what());
} catch (const std::bad_alloc&) {
  return fail(error, TREINO_FAILED, "out of memory");
} catch (const std::exception& failure) {
  return fail(error, TREINO_FAILED, failure.what());
}

/// Hands text to a function of the program's. Throws std::runtime_error where it takes no more.
class Writer {
 public:
  /// Throws base::InputError where there is no function.
  Writer(treino_write_function write, void* context) : write_(write), context_(context) {
    if (write == nullptr) throw base::InputError("there is no function to write to");
  }
  void operator()(std::string_view text) const {
    if (write_(context_, text.data(), text.size()) != 0) throw std::runtime_error("whoever it was written to takes no more");
  }

 private:
  treino_write_function write_;
  void* context_;
};

/// A text that has to be there: "the data file". Throws base::InputError.
inline const char* given(const char* text, const char* what) {
  if (text == nullptr || *text == '\0') throw base::InputError(std::string(what) + " is not given");
  return text;
}

/// Texts that a program hands over. Throws base::InputError for a missing one.
template <class To>
std::vector<To> texts(const char* const* given, std::uint32_t count, const char* what) {
  std::vector<To> result;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (given == nullptr || given[i] == nullptr)
      throw base::InputError(std::string(what) + ": text " + std::to_string(i) + " is null");
    if constexpr (std::is_same_v<To, std::filesystem::path>)
      if (*given[i] == '\0') throw base::InputError(std::string(what) + ": text " + std::to_string(i) + " is empty");
    result.emplace_back(given[i]);
  }
  return result;
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
