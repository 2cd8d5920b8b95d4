// The processes that share a run's work, as the run sees them: how each batch is divided, and exchanges with the others.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "host/session/ranks.hpp"
#include "host/session/session.hpp"
#include "nn/shards/sharding.hpp"
#include "train/plan/plan.hpp"

namespace treino::train {

class Processes {
 public:
  /// This process alone.
  Processes() = default;
  /// Joins the others where the plan has a [collective]. `log` outlives this. Throws manifest::ManifestError with the place in the
  /// manifest.
  Processes(const Plan& plan, host::Log& log);
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  host::Ranks& ranks() { return ranks_; }
  bool are_one() const { return ranks_.is_alone(); }
  /// Whether this one has the run's folder and screen.
  bool is_first() const { return ranks_.is_first(); }

  /// The number of shards: the manifest's, or else that of the processes. Throws manifest::ManifestError where the processes do not
  /// divide it, or a batch has fewer samples.
  std::int64_t shards(const Plan& plan) const;
  nn::Sharding sharding(const Plan& plan);

  /// Throws base::InputError on all ranks where one has another `digest` of `what` than rank 0: "manifest", "training data".
  void compare(const std::string& what, const std::string& digest);

 private:
  class ModelExchange final : public nn::Exchange {
   public:
    explicit ModelExchange(host::Ranks& ranks) : ranks_(ranks) {}
    int rank() const override { return static_cast<int>(ranks_.rank()); }
    int ranks() const override { return static_cast<int>(ranks_.count()); }
    void all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) override {
      ranks_.all_gather(mine, all, counts);
    }
    Request begin_all_gather(const void* mine, void* all, std::span<const std::uint64_t> counts) override {
      return ranks_.begin_all_gather(mine, all, counts);
    }
    Request begin_all_to_all(const void* parts, std::span<const std::uint64_t> part_counts, void* received,
                             std::span<const std::uint64_t> received_counts) override {
      return ranks_.begin_all_to_all(parts, part_counts, received, received_counts);
    }
    void wait(Request request) override { ranks_.wait(request); }
    bool is_done(Request request) override { return ranks_.is_done(request); }

   private:
    host::Ranks& ranks_;
  };

  std::optional<host::Session> session_;  // of the collective alone: it is there before the run, and after it
  host::Ranks ranks_;
  ModelExchange exchange_{ranks_};
};

}  // namespace treino::train
