// A callback with state and a parameter, over the C++ classes.
#include <algorithm>
#include <treino/callback.hpp>

namespace {

class BestLoss final : public treino::Callback {
 public:
  explicit BestLoss(const treino::Setup& setup) : Callback(setup), best_(setup.get<double>("start")) {}
  void on_batch_end(const treino::Event& event) override { best_ = std::min(best_, event.loss); }
  void on_run_end(const treino::Event&) override { throw std::runtime_error("the best loss was " + std::to_string(best_)); }
  void save(treino::Writer& writer) const override { writer.write(best_); }
  void load(treino::Reader& reader, std::uint32_t) override { reader.read(best_); }

 private:
  double best_;
};

}  // namespace

TREINO_PLUGIN(BestLoss, R"toml(
kind = "callback"
id = "best_loss"
version = "1.0.0"
summary = "remembers the least loss"
phase = "measure"
events = ["batch_end", "run_end"]
[parameters.start]
type = "float"
default = 1e9
doc = "the loss to beat"
)toml")
