// Callbacks in C++: derive from treino::Callback, override the events you want, and say so in the description.
#pragma once
#include <treino/plugin.hpp>

namespace treino {
inline namespace sdk0 {

using Moment = treino_moment;

namespace detail {
template <class T>
struct CallbackTable;
}

/// One virtual function an event; only those that a class overrides (publicly) are ever called. Exceptions are reported with the
/// plugin's name and handled as the manifest's `on_error` says. Where on_run_begin has thrown, what it was to prepare is not there:
/// of the events after it only run_end reaches the class.
class Callback : public Plugin {
 public:
  Callback() = default;
  explicit Callback(const Setup& setup) : host_(setup.host()) {}

  virtual void on_run_begin(const Moment&) {}
  virtual void on_run_end(const Moment&) {}
  virtual void on_epoch_begin(const Moment&) {}
  virtual void on_epoch_end(const Moment&) {}
  virtual void on_batch_begin(const Moment&) {}
  virtual void on_batch_end(const Moment&) {}
  virtual void on_backward_end(const Moment&) {}
  virtual void on_step_end(const Moment&) {}
  virtual void on_validation_begin(const Moment&) {}
  virtual void on_validation_end(const Moment&) {}
  virtual void on_validation_batch_begin(const Moment&) {}
  virtual void on_validation_batch_end(const Moment&) {}
  virtual void on_test_begin(const Moment&) {}
  virtual void on_test_end(const Moment&) {}
  virtual void on_test_batch_begin(const Moment&) {}
  virtual void on_test_batch_end(const Moment&) {}
  virtual void on_predict_begin(const Moment&) {}
  virtual void on_predict_end(const Moment&) {}
  virtual void on_predict_batch_begin(const Moment&) {}
  virtual void on_predict_batch_end(const Moment&) {}
  virtual void on_checkpoint_saved(const Moment&) {}
  virtual void on_step_begin(const Moment&) {}
  virtual void on_exception(const Moment&) {}
  virtual void on_fetch_begin(const Moment&) {}
  virtual void on_fetch_end(const Moment&) {}
  virtual void on_validation_fetch_begin(const Moment&) {}
  virtual void on_validation_fetch_end(const Moment&) {}
  virtual void on_test_fetch_begin(const Moment&) {}
  virtual void on_test_fetch_end(const Moment&) {}
  virtual void on_predict_fetch_begin(const Moment&) {}
  virtual void on_predict_fetch_end(const Moment&) {}

  /// Asked once after construction: the events that this instance, with its parameters, has a use for (bits 1 << TREINO_...).
  virtual std::uint64_t wanted() const { return ~std::uint64_t{0}; }

 protected:
  const Host& host() const { return host_; }

 private:
  template <class T>
  friend struct detail::CallbackTable;
  Host host_;
  bool begun_ = true;  // false where on_run_begin has failed
};

namespace detail {

using Hook = void (Callback::*)(const Moment&);

template <class T>
struct CallbackTable {
  template <class Function>
  static constexpr std::uint64_t bit(Function, unsigned event) {
    return std::is_same_v<Function, Hook> ? 0 : std::uint64_t{1} << event;
  }
  static constexpr std::uint64_t events() {
    return bit(&T::on_run_begin, TREINO_RUN_BEGIN) | bit(&T::on_run_end, TREINO_RUN_END) | bit(&T::on_epoch_begin, TREINO_EPOCH_BEGIN) |
           bit(&T::on_epoch_end, TREINO_EPOCH_END) | bit(&T::on_batch_begin, TREINO_BATCH_BEGIN) |
           bit(&T::on_batch_end, TREINO_BATCH_END) | bit(&T::on_backward_end, TREINO_BACKWARD_END) |
           bit(&T::on_step_end, TREINO_STEP_END) | bit(&T::on_validation_begin, TREINO_VALIDATION_BEGIN) |
           bit(&T::on_validation_end, TREINO_VALIDATION_END) | bit(&T::on_validation_batch_begin, TREINO_VALIDATION_BATCH_BEGIN) |
           bit(&T::on_validation_batch_end, TREINO_VALIDATION_BATCH_END) | bit(&T::on_test_begin, TREINO_TEST_BEGIN) |
           bit(&T::on_test_end, TREINO_TEST_END) | bit(&T::on_test_batch_begin, TREINO_TEST_BATCH_BEGIN) |
           bit(&T::on_test_batch_end, TREINO_TEST_BATCH_END) | bit(&T::on_predict_begin, TREINO_PREDICT_BEGIN) |
           bit(&T::on_predict_end, TREINO_PREDICT_END) | bit(&T::on_predict_batch_begin, TREINO_PREDICT_BATCH_BEGIN) |
           bit(&T::on_predict_batch_end, TREINO_PREDICT_BATCH_END) | bit(&T::on_checkpoint_saved, TREINO_CHECKPOINT_SAVED) |
           bit(&T::on_step_begin, TREINO_STEP_BEGIN) | bit(&T::on_exception, TREINO_EXCEPTION) |
           bit(&T::on_fetch_begin, TREINO_FETCH_BEGIN) | bit(&T::on_fetch_end, TREINO_FETCH_END) |
           bit(&T::on_validation_fetch_begin, TREINO_VALIDATION_FETCH_BEGIN) |
           bit(&T::on_validation_fetch_end, TREINO_VALIDATION_FETCH_END) |
           bit(&T::on_test_fetch_begin, TREINO_TEST_FETCH_BEGIN) | bit(&T::on_test_fetch_end, TREINO_TEST_FETCH_END) |
           bit(&T::on_predict_fetch_begin, TREINO_PREDICT_FETCH_BEGIN) | bit(&T::on_predict_fetch_end, TREINO_PREDICT_FETCH_END);
  }

  static void dispatch(T& self, const Moment& moment) {
    Callback& base = self;
    if (!base.begun_ && moment.event != TREINO_RUN_BEGIN && moment.event != TREINO_RUN_END) return;
    switch (moment.event) {
      case TREINO_RUN_BEGIN:
        base.begun_ = false;
        self.on_run_begin(moment);
        base.begun_ = true;
        return;
      case TREINO_RUN_END: return self.on_run_end(moment);
      case TREINO_EPOCH_BEGIN: return self.on_epoch_begin(moment);
      case TREINO_EPOCH_END: return self.on_epoch_end(moment);
      case TREINO_BATCH_BEGIN: return self.on_batch_begin(moment);
      case TREINO_BATCH_END: return self.on_batch_end(moment);
      case TREINO_BACKWARD_END: return self.on_backward_end(moment);
      case TREINO_STEP_END: return self.on_step_end(moment);
      case TREINO_VALIDATION_BEGIN: return self.on_validation_begin(moment);
      case TREINO_VALIDATION_END: return self.on_validation_end(moment);
      case TREINO_VALIDATION_BATCH_BEGIN: return self.on_validation_batch_begin(moment);
      case TREINO_VALIDATION_BATCH_END: return self.on_validation_batch_end(moment);
      case TREINO_TEST_BEGIN: return self.on_test_begin(moment);
      case TREINO_TEST_END: return self.on_test_end(moment);
      case TREINO_TEST_BATCH_BEGIN: return self.on_test_batch_begin(moment);
      case TREINO_TEST_BATCH_END: return self.on_test_batch_end(moment);
      case TREINO_PREDICT_BEGIN: return self.on_predict_begin(moment);
      case TREINO_PREDICT_END: return self.on_predict_end(moment);
      case TREINO_PREDICT_BATCH_BEGIN: return self.on_predict_batch_begin(moment);
      case TREINO_PREDICT_BATCH_END: return self.on_predict_batch_end(moment);
      case TREINO_CHECKPOINT_SAVED: return self.on_checkpoint_saved(moment);
      case TREINO_STEP_BEGIN: return self.on_step_begin(moment);
      case TREINO_EXCEPTION: return self.on_exception(moment);
      case TREINO_FETCH_BEGIN: return self.on_fetch_begin(moment);
      case TREINO_FETCH_END: return self.on_fetch_end(moment);
      case TREINO_VALIDATION_FETCH_BEGIN: return self.on_validation_fetch_begin(moment);
      case TREINO_VALIDATION_FETCH_END: return self.on_validation_fetch_end(moment);
      case TREINO_TEST_FETCH_BEGIN: return self.on_test_fetch_begin(moment);
      case TREINO_TEST_FETCH_END: return self.on_test_fetch_end(moment);
      case TREINO_PREDICT_FETCH_BEGIN: return self.on_predict_fetch_begin(moment);
      case TREINO_PREDICT_FETCH_END: return self.on_predict_fetch_end(moment);
      default: return;  // an event of a newer host, which the mask did not ask for
    }
  }

  static treino_status on(void* self, const treino_moment* moment, treino_error* error) {
    return guarded(error, [&] { dispatch(Lifecycle<T, Callback>::get(self), *moment); });
  }
  static std::uint64_t wanted(void* self) { return Lifecycle<T, Callback>::get(self).wanted() & events(); }
};

template <class T>
struct Kind<T, std::enable_if_t<std::is_base_of_v<Callback, T>>> {
  using Base = Callback;
  static constexpr const char* kind = "callback";
  static constexpr treino_callback table() {
    return {sizeof(treino_callback), 0, CallbackTable<T>::events(), CallbackTable<T>::on, CallbackTable<T>::wanted};
  }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
