// What plugins on rank 0 and signals on any rank ask of a run, made known to all ranks where it takes effect: so that all of them take
// the same steps.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace treino::train {

class Run;

class Agreement {
 public:
  /// `run` outlives this.
  explicit Agreement(Run& run) : run_(run) {}

  /// To be called by all ranks once their plugins are there.
  void begin();
  /// Rank 0's requests, learning rate and time to validate become everybody's; returns the signal that asks for the run's end on the lowest rank that
  /// has received one, or 0. All ranks call it at the same points.
  int agree();
  /// The same where callbacks that rank 0 alone has receive one of these events (host::bit), and may just have asked for
  /// something; nothing otherwise.
  void agree_after(std::uint64_t events);
  /// Throws where the weights of a rank are others than rank 0's.
  void compare_weights();

 private:
  /// What each rank tells at each agreement.
  struct Heading {
    std::int32_t signal;
    std::uint16_t has_requests, validates;
  };
  std::string requests() const;
  void take(const std::string& requests);

  Run& run_;
  std::uint64_t own_events_ = 0;          // those that callbacks of rank 0 alone receive
  std::uint64_t told_learning_rate_ = 0;  // LearningRate::changes() when it was told
  bool told_ = false;
  std::vector<Heading> headings_;
  std::vector<std::uint64_t> heading_sizes_;
};

}  // namespace treino::train
