// A callback that exchanges with the other processes at each epoch's end and writes what it gets into a file of its process. Built
// twice, as ranks_witness for all of them, and as first_witness, which is in the first alone and so refused in a run of several.
#include <cstdio>
#include <numeric>
#include <treino/callback.hpp>

namespace {

class RanksWitness final : public treino::Callback {
 public:
  explicit RanksWitness(const treino::Setup& setup)
      : Callback(setup), file_(std::string(host().run().folder) + "/ranks-" + std::to_string(host().rank()) + ".txt") {
    TREINO_REQUIRE_SERVICE(host(), TREINO_COLLECTIVE_SERVICE);
  }

  void on_epoch_end(const treino::Event& event) override {
    const std::int64_t mine = host().rank() + 1;
    std::int64_t sum = mine;
    float least = static_cast<float>(mine);
    double largest = static_cast<double>(mine);
    host().all_reduce(&sum, 1);
    host().all_reduce(&least, 1, treino::Reduce::min);
    host().all_reduce(&largest, 1, treino::Reduce::max);
    std::vector<std::int64_t> all(host().ranks());
    host().all_gather(&mine, all.data(), std::vector<std::uint64_t>(all.size(), sizeof mine));
    std::int64_t last = mine;
    host().broadcast(&last, sizeof last, host().ranks() - 1);
    host().barrier();
    std::FILE* file = std::fopen(file_.c_str(), event.epoch == 0 ? "w" : "a");
    if (file == nullptr) throw std::runtime_error("cannot open " + file_);
    std::fprintf(file, "%lld of %lld: sum %lld, from %g to %g, gathered %lld, last %lld\n", static_cast<long long>(mine),
                 static_cast<long long>(all.size()), static_cast<long long>(sum), static_cast<double>(least), largest,
                 static_cast<long long>(std::accumulate(all.begin(), all.end(), std::int64_t{0})), static_cast<long long>(last));
    std::fclose(file);
  }

 private:
  std::string file_;
};

}  // namespace

#ifdef EVERYWHERE
#define ID "ranks_witness"
#define RANKS "ranks = 'all'\n"
#else
#define ID "first_witness"
#define RANKS ""
#endif
TREINO_PLUGIN(RanksWitness,
              "kind = 'callback'\n"
              "id = '" ID
              "'\n"
              "version = '1.0.0'\n"
              "summary = 'adds up the ranks'\n"
              "phase = 'measure'\n"
              "events = ['epoch_end']\n" RANKS)
