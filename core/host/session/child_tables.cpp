// Functions of the contract get nothing but `self`, so that the guard finds the child's instance by it.
#include "host/session/child_tables.hpp"

#include <map>
#include <mutex>
#include <string>

#include "host/library/component.hpp"
#include "host/session/instance.hpp"
#include "host/session/services/services.hpp"

namespace treino::host {

struct ChildTables::Tables {
  treino_lifecycle lifecycle;
  treino_callback callback;
  treino_scheduler scheduler;
  treino_loss loss;
  treino_metric metric;
  const void* functions;
  void* self;

  const void* of(manifest::Kind kind) const {
    switch (kind) {
      case manifest::Kind::scheduler:
        return &scheduler;
      case manifest::Kind::loss:
        return &loss;
      case manifest::Kind::metric:
        return &metric;
      default:
        return &callback;
    }
  }
};

namespace {

/// The functions of a table get nothing but `self`, which stays the child's own, since tables of extensions are called with it too.
class Children {
 public:
  /// False where another component's child has the same `self`: then nobody could tell which is meant.
  bool add(void* self, Instance* child) {
    const std::lock_guard lock(mutex_);
    return self != nullptr && children_.emplace(self, child).second;
  }
  void remove(void* self) {
    const std::lock_guard lock(mutex_);
    children_.erase(self);
  }
  Instance& of(void* self) {
    const std::lock_guard lock(mutex_);
    return *children_.at(self);
  }

 private:
  std::mutex mutex_;
  std::map<void*, Instance*> children_;
};

Children& children() {
  static auto& all = *new Children;
  return all;
}

template <class Function>
treino_status guarded_call(void* self, const char* doing, treino_error* error, Function&& function) {
  Instance& child = children().of(self);
  try {
    return child.call(doing, function);
  } catch (const std::exception& failure) {
    services::put(error, failure.what());
  }
  return TREINO_FAILED;
}

/// Calls a function that has no way to report a failure.
template <class Value, class Function>
Value guarded_value(void* self, const char* doing, Value otherwise, Function&& function) {
  Value value = otherwise;
  guarded_call(self, doing, nullptr, [&](void*, treino_error*) {
    value = function(children().of(self).component());
    return TREINO_OK;
  });
  return value;
}

const Component& component_of(void* self) { return children().of(self).component(); }

void guard(treino_lifecycle& table) {
  if (table.save != nullptr)
    table.save = [](void* self, const treino_sink* sink, treino_error* error) {
      return guarded_call(self, "save", error,
                          [&](void*, treino_error* own) { return component_of(self).lifecycle.save(self, sink, own); });
    };
  if (table.load != nullptr)
    table.load = [](void* self, const treino_source* source, std::uint32_t version, treino_error* error) {
      return guarded_call(self, "load", error, [&](void*, treino_error* own) {
        return component_of(self).lifecycle.load(self, source, version, own);
      });
    };
  if (table.extension != nullptr)
    table.extension = [](void* self, const char* name) {
      return guarded_value<const void*>(self, "extension", nullptr,
                                        [&](const Component& c) { return c.lifecycle.extension(self, name); });
    };
}

void guard(treino_scheduler& table) {
  if (table.prepare != nullptr)
    table.prepare = [](void* self, const treino_schedule_plan* plan, treino_error* error) {
      return guarded_call(self, "prepare", error,
                          [&](void*, treino_error* own) { return component_of(self).scheduler.prepare(self, plan, own); });
    };
  table.learning_rate = [](void* self, std::uint64_t t, double base, treino_schedule_value* value, treino_error* error) {
    return guarded_call(self, "learning_rate", error, [&](void*, treino_error* own) {
      return component_of(self).scheduler.learning_rate(self, t, base, value, own);
    });
  };
}

void guard(treino_loss& table) {
  table.prepare = [](void* self, const treino_problem* problem, treino_error* error) {
    return guarded_call(self, "prepare", error,
                        [&](void*, treino_error* own) { return component_of(self).loss.prepare(self, problem, own); });
  };
  table.takes = [](void* self, std::uint32_t* independent) {
    return guarded_value<std::uint32_t>(self, "takes", TREINO_PREDICTION_VALUES,
                                        [&](const Component& c) { return c.loss.takes(self, independent); });
  };
  table.evaluate = [](void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                      const treino_tensor* gradient, treino_loss_value* value, treino_error* error) {
    return guarded_call(self, "evaluate", error, [&](void*, treino_error* own) {
      return component_of(self).loss.evaluate(self, prediction, target, weight, gradient, value, own);
    });
  };
}

void guard(treino_metric& table) {
  table.prepare = [](void* self, const treino_problem* problem, treino_error* error) {
    return guarded_call(self, "prepare", error,
                        [&](void*, treino_error* own) { return component_of(self).metric.prepare(self, problem, own); });
  };
  table.count = [](void* self) {
    return guarded_value<std::uint32_t>(self, "count", 0, [&](const Component& c) { return c.metric.count(self); });
  };
  table.name = [](void* self, std::uint32_t index) {
    return guarded_value<const char*>(self, "name", nullptr, [&](const Component& c) { return c.metric.name(self, index); });
  };
  table.direction = [](void* self, std::uint32_t index) {
    return guarded_value<std::uint32_t>(self, "direction", TREINO_NO_DIRECTION,
                                        [&](const Component& c) { return c.metric.direction(self, index); });
  };
  table.reset = [](void* self, treino_error* error) {
    return guarded_call(self, "reset", error,
                        [&](void*, treino_error* own) { return component_of(self).metric.reset(self, own); });
  };
  table.update = [](void* self, const treino_tensor* prediction, const treino_tensor* target, const treino_tensor* weight,
                    treino_error* error) {
    return guarded_call(self, "update", error, [&](void*, treino_error* own) {
      return component_of(self).metric.update(self, prediction, target, weight, own);
    });
  };
  table.merge = [](void* self, const treino_source* other, std::uint32_t version, treino_error* error) {
    return guarded_call(self, "merge", error,
                        [&](void*, treino_error* own) { return component_of(self).metric.merge(self, other, version, own); });
  };
  table.compute = [](void* self, double* values, treino_error* error) {
    return guarded_call(self, "compute", error,
                        [&](void*, treino_error* own) { return component_of(self).metric.compute(self, values, own); });
  };
}

}  // namespace

ChildTables::ChildTables(Instance& child)
    : tables_(new Tables{child.component().lifecycle, child.component().callback, child.component().scheduler,
                         child.component().loss, child.component().metric, nullptr, child.self()}) {
  const manifest::Kind kind = child.component().kind;
  tables_->functions = tables_->of(kind);
  if (!children().add(tables_->self, &child)) {
    tables_->self = nullptr;  // as they are, unguarded
    return;
  }
  guard(tables_->lifecycle);
  if (kind == manifest::Kind::scheduler) guard(tables_->scheduler);
  if (kind == manifest::Kind::loss) guard(tables_->loss);
  if (kind == manifest::Kind::metric) guard(tables_->metric);
}

ChildTables::~ChildTables() {
  if (tables_->self != nullptr) children().remove(tables_->self);
}

const treino_lifecycle* ChildTables::lifecycle() const { return &tables_->lifecycle; }
const void* ChildTables::functions() const { return tables_->functions; }

}  // namespace treino::host
