// A plugin's instance: created, called, saved and destroyed with every failure turned into a CallError that names it.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "host/library/call_place.hpp"
#include "host/library/component.hpp"
#include "host/library/floating_point.hpp"
#include "host/session/child_tables.hpp"
#include "host/session/parameters.hpp"

namespace treino::host {

class Session;

/// what(): "early_stopping: <what it said>, in epoch_end".
class CallError : public std::runtime_error {
 public:
  CallError(std::string instance, const std::string& text) : std::runtime_error(text), instance_(std::move(instance)) {}
  const std::string& instance() const { return instance_; }

 private:
  std::string instance_;
};

/// Into the buffer for errors, cut to fit. The host's own pointer to it is used, whatever a plugin has written into its
/// treino_error.
template <std::size_t Size>
void put_text(char (&buffer)[Size], const char* text) {
  std::strncpy(buffer, text == nullptr ? "threw an exception without a text" : text, Size - 1);
  buffer[Size - 1] = '\0';
}

class Instance {
 public:
  Instance(Session& session, std::shared_ptr<const Component> component, std::string name, bool may_disable,
           const manifest::Table& parameters, const Instance* parent = nullptr);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  /// The instance of the handle that a plugin was given.
  static Instance& of(const treino_host* host) { return *reinterpret_cast<const Handle*>(host)->instance; }

  const std::string& name() const { return name_; }
  const Component& component() const { return *component_; }
  void* self() const { return self_; }
  Session& session() const { return session_; }
  bool may_disable() const { return may_disable_; }
  bool enabled() const { return enabled_; }
  void disable() { enabled_ = false; }
  bool is_child() const { return parent_ != nullptr; }
  /// Whether every process of the run has it, and not rank 0 alone.
  bool is_on_all_ranks() const;
  /// Its place in Session::instances().
  std::uint32_t number() const { return number_; }
  void set_number(std::uint32_t number) { number_ = number; }
  /// Whether it may declare a scalar of this name: its description lists it, perhaps with a `*`.
  bool may_log(const std::string& name) const;
  /// A table of functions of an extension; null where the plugin lacks it.
  const void* extension(const char* name);

  /// Runs one function of the contract. `doing` is for the text: "epoch_end", "save". Throws CallError where it fails, or returns
  /// TREINO_MISSING although that is not a result of this function.
  template <class Function>
  treino_status call(const char* doing, Function&& function, bool may_be_missing = false) {
    char text[1024];
    text[0] = '\0';
    treino_error error{sizeof(treino_error), sizeof text, text};
    const FloatingPointMode mode = floating_point_mode();
    treino_status status = TREINO_FAILED;
    try {
      const CallMark mark(name_.c_str(), doing);
      status = function(self_, &error);
    } catch (const std::exception& exception) {
      put_text(text, exception.what());
    } catch (...) {
      put_text(text, "threw something that is not a std::exception");
    }
    text[sizeof text - 1] = '\0';
    keep_mode(mode, doing);
    if (status == TREINO_MISSING && text[0] == '\0' && !may_be_missing)
      put_text(text, "returned TREINO_MISSING, which this function may not return");
    if (status != TREINO_OK && (status != TREINO_MISSING || !may_be_missing)) fail(doing, text);
    return status;
  }

  /// "early_stopping: <text> (in epoch_end)".
  std::string failure_text(const char* doing, const char* text) const;
  /// True the first time.
  bool report_process() { return !std::exchange(process_reported_, true); }
  /// Puts the floating-point mode back where the plugin has changed it, and says so once.
  void keep_mode(const FloatingPointMode& mode, const char* doing);

  bool has_state() const { return component_->lifecycle.save != nullptr && component_->lifecycle.load != nullptr; }
  /// Both throw CallError.
  std::vector<unsigned char> save();
  void load(std::span<const unsigned char> state, std::uint32_t version);

  /// During create: a plugin inside this one.
  Instance& add_child(std::shared_ptr<const Component> component, const manifest::Table& parameters);
  bool creating() const { return creating_; }
  /// What its parent calls it through.
  const ChildTables& tables_for_parent();

  const treino_run_info& info() const { return info_; }
  void update_info();

 private:
  struct Handle {
    treino_host host;
    Instance* instance;
  };
  [[noreturn]] void fail(const char* doing, const char* text) const;

  Handle handle_;
  Session& session_;
  std::shared_ptr<const Component> component_;
  std::string name_;
  const Instance* parent_;  // null: it is no child
  ParameterPack parameters_;
  std::vector<std::unique_ptr<Instance>> children_;
  treino_run_info info_{};
  std::unordered_set<std::string> emits_;    // names of scalars that it may declare
  std::vector<std::string> emits_patterns_;  // the same, those with a `*`
  std::unique_ptr<ChildTables> tables_;
  std::uint32_t number_ = 0;
  void* self_ = nullptr;
  bool may_disable_, enabled_ = true, creating_ = true, mode_reported_ = false, process_reported_ = false;
};

/// State bytes as the contract passes them.
class ByteSink {
 public:
  ByteSink();
  const treino_sink* sink() const { return &sink_; }
  std::vector<unsigned char>& bytes() { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
  treino_sink sink_;
};

class ByteSource {
 public:
  explicit ByteSource(std::span<const unsigned char> bytes);
  const treino_source* source() const { return &source_; }

 private:
  static std::uint64_t read(void* context, void* bytes, std::uint64_t count);
  std::span<const unsigned char> left_;
  treino_source source_;
};

}  // namespace treino::host
