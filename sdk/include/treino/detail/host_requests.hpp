// What a plugin asks the host to do: a part of treino::Host.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <exception>
#include <limits>
#include <string>
#include <treino/detail/host_run.hpp>
#include <treino/outcome.hpp>
#include <type_traits>

namespace treino {
inline namespace sdk0 {
namespace detail {

class HostRequests : public HostRun {
 public:
  using HostRun::HostRun;

  // Requests, acted on when every callback has received the event.
  void stop(const std::string& reason, Outcome outcome = Outcome::early_stopped) const {
    control()->stop(host_, static_cast<std::uint32_t>(outcome), reason.c_str());
  }
  void skip_step(const std::string& reason) const { control()->skip_step(host_, reason.c_str()); }
  void remember() const { control()->remember(host_); }
  bool roll_back(const std::string& reason) const { return control()->roll_back(host_, reason.c_str()) == TREINO_OK; }
  void save_weights(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_WEIGHTS); }
  void save_everything(const std::string& path) const { checkpoints()->save(host_, path.c_str(), TREINO_SAVE_EVERYTHING); }
  /// The values of a set of weights ("ema"), or, where `set` is "", of those being trained, wherever they are swapped to.
  void save_weights(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_WEIGHTS, set.c_str(), 0);
  }
  /// Copied at the safe point and written by a thread of the host's; checkpoint_saved comes when it is there, at the latest before
  /// the next epoch_end.
  void save_weights_later(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_WEIGHTS, set.c_str(), TREINO_SAVE_LATER);
  }
  /// `set`: which of the sets, all of which are in the file, a model takes that is loaded from it and not trained further.
  void save_everything_later(const std::string& path, const std::string& set = "") const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, set.c_str(),
                                                      TREINO_SAVE_LATER);
  }
  void save_everything(const std::string& path, const std::string& set) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, set.c_str(), 0);
  }
  /// The same, of which only the newest counts: no epoch's end waits for it, and checkpoint_saved comes whenever it is there.
  void save_everything_unawaited(const std::string& path) const {
    newer(&treino_checkpoint::save_as, checkpoints())(host_, path.c_str(), TREINO_SAVE_EVERYTHING, "",
                                                      TREINO_SAVE_LATER | TREINO_SAVE_UNAWAITED);
  }
  /// In the constructor: announces a file that no parameter of type `output` names. Throws where it belongs to somebody else; a
  /// host older than ABI 0.3 does not look.
  void claim_output(const std::string& path) const {
    const void* table = host_ == nullptr ? nullptr : host_->service(host_, TREINO_OUTPUTS_SERVICE);
    if (table == nullptr) return;
    detail::ErrorText text;
    text.check(static_cast<const treino_outputs*>(table)->claim(host_, path.c_str(), &text.error));
  }
  /// Trains `steps` batches at once at the rates that `next(done, loss)` gives (NaN ends), and puts everything back as it was.
  template <class Next>
  void trial_steps(std::uint64_t steps, Next&& next) const {
    using Function = std::remove_reference_t<Next>;
    struct Call {
      Function* next;
      std::exception_ptr failure;
    } call{&next, nullptr};
    const auto thunk = [](void* context, std::uint64_t done, double loss) -> double {
      auto* one = static_cast<Call*>(context);
      try {
        return (*one->next)(done, loss);
      } catch (...) {  // nothing is thrown through the host's frames
        one->failure = std::current_exception();
        return std::numeric_limits<double>::quiet_NaN();
      }
    };
    detail::ErrorText text;
    const treino_status status = newer(&treino_control::trial_steps, control())(host_, steps, thunk, &call, &text.error);
    if (call.failure) std::rethrow_exception(call.failure);
    text.check(status);
  }
  /// Makes batch_norm's running statistics the averages over the training data; false where the model has none.
  bool estimate_statistics() const {
    detail::ErrorText text;
    const treino_status status = newer(&treino_control::estimate_statistics, control())(host_, &text.error);
    if (status != TREINO_MISSING) text.check(status);
    return status == TREINO_OK;
  }
  /// Bytes that all plugins together say they freed.
  std::uint64_t collect_garbage() const { return newer(&treino_control::collect_garbage, control())(host_); }
};

}  // namespace detail
}  // namespace sdk0
}  // namespace treino
