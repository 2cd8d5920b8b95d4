// The plugins that the one under test is made of, found beside it, completed and created as the host would.
#pragma once
#include <treino/abi.h>

#include <memory>
#include <vector>

#include "host/library/component.hpp"
#include "plugins/conformance/plugin_under_test.hpp"

namespace treino::host {
struct Component;
}

namespace treino::conformance {

/// Offers a log and children, and nothing else. Destroys the children, so it has to outlive their parent.
class Children {
 public:
  explicit Children(const PluginUnderTest& plugin);
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children();
  const treino_host* host() const { return &handle_.host; }

 private:
  struct Handle {
    treino_host host;
    Children* self;
  };
  struct Child {
    std::shared_ptr<const host::Component> component;
    void* self;
  };
  static const void* service(const treino_host* host, const char* name);
  static treino_status create(const treino_host* host, const char* kind, const treino_value* table, treino_child* child,
                              treino_error* error);
  void make(const char* kind, const treino_value& table, treino_child& child);

  const PluginUnderTest& plugin_;
  Handle handle_;
  std::vector<Child> children_;
};

}  // namespace treino::conformance
