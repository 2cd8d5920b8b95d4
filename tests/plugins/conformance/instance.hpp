// An instance of the plugin under test, made through nothing but the public contract, with a host that offers a log, children, threads
// and nothing else.
#pragma once
#include <treino/abi.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "manifest/value.hpp"
#include "plugins/conformance/cases.hpp"
#include "plugins/conformance/children.hpp"
#include "plugins/conformance/plugin_under_test.hpp"

namespace treino::conformance {

/// A plugin said no; what() is its text.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Room for a plugin's error text, with a guard behind it that shows who writes too far.
class ErrorBuffer {
 public:
  ErrorBuffer();
  treino_error* get() { return &error_; }
  /// Throws Refusal with the text where the status is not TREINO_OK, std::logic_error where the plugin broke the contract.
  void check(treino_status status) const;

 private:
  static constexpr std::size_t capacity = 1024;
  std::vector<char> text_;
  treino_error error_;
};

using Bytes = std::vector<unsigned char>;

/// The contract's source over bytes that stay where they are. Gives them one by one, as a slow pipe may.
class ByteSource {
 public:
  explicit ByteSource(const Bytes& bytes);
  const treino_source* get() const { return &source_; }

 private:
  static std::uint64_t read(void* context, void* bytes, std::uint64_t count);
  const unsigned char* next_;
  std::uint64_t left_;
  treino_source source_;
};

class Instance {
 public:
  /// Throws Refusal.
  Instance(const PluginUnderTest& plugin, const manifest::Table& completed);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  void* self() const { return self_; }
  bool has_state() const { return plugin_.lifecycle->save != nullptr; }
  Bytes save() const;
  /// Throws Refusal.
  void load(const Bytes& bytes);

 private:
  const PluginUnderTest& plugin_;
  Children children_;
  void* self_ = nullptr;
};

/// Bytes that no save() wrote: none, parts of `state`, more than it, other ones.
std::vector<Bytes> foreign_states(const Bytes& state);

/// The completed parameters of a case. Throws Refusal.
inline manifest::Table parameters_of(const PluginUnderTest& plugin, const manifest::Table& one) {
  std::string refusal;
  if (auto found = completed(plugin, table(one, "parameters"), refusal)) return *std::move(found);
  throw Refusal(refusal);
}

}  // namespace treino::conformance
