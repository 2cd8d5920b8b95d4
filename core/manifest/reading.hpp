// The parts of read(), section by section. Each takes its table out of Manifest::source, checks it, and writes back what it
// completed.
#pragma once
#include <filesystem>
#include <string>

#include "manifest/manifest.hpp"
#include "manifest/read.hpp"

namespace treino::manifest {

struct Reading {
  std::filesystem::path folder;  // the manifest's
  Location whole;                // for what is missing altogether
  Faults& faults;
  bool data_files = true;  // have to be there
  bool trusted = true;     // see Reuse
  bool optimizer = true;   // has to be there
  Reuse::InMemory in_memory;
  bool own_loop = false;
  bool recorded = false;  // see Reuse
};

/// Completed entries replace those of the source, and follow it where it has none.
void fill(Table& source, const Table& completed);
Value* find(Table& table, std::string_view key);
/// A fault where the value came out of ${...}, for what is written into files and messages.
bool refuse_secret(const Value& value, const std::string& subject, Reading& reading);
/// Whether it can name a file and an instance; else a fault.
bool check_name(const Value& name, const std::string& subject, Reading& reading);

/// A value that complete() has checked; the type's zero where it is missing after a fault.
template <class T>
T get(const Table& completed, std::string_view key) {
  const Value* value = find(completed, key);
  const T* content = value ? value->as<T>() : nullptr;
  return content ? *content : T{};
}

template <class T>
Located<T> located(const Table& completed, std::string_view key) {
  const Value* value = find(completed, key);
  return {get<T>(completed, key), value ? value->location : Location{}};
}

std::vector<Located<std::string>> strings(const Table& completed, std::string_view key);

}  // namespace treino::manifest
