// Keeps layers as they are, for the first epochs or the whole run: what was learnt before is not washed away while new layers
// find their feet.
#include <treino/callback.hpp>

#include "shared/training/selection.hpp"

namespace {

using treino::Event;

class Freeze final : public treino::Callback {
 public:
  explicit Freeze(const treino::Setup& setup) : Callback(setup), until_epoch_(setup.find<std::uint64_t>("until_epoch")) {
    const auto layers = setup.get<std::vector<std::string>>("layers");
    if (layers.empty()) throw std::invalid_argument("layers is empty: name what is to be frozen");
    for (const std::uint32_t i : treino::selected_parameters(host(), layers, setup.get<std::vector<std::string>>("exclude")))
      if (host().trainable(i)) frozen_.push_back(i);
    if (frozen_.empty()) throw std::invalid_argument("none of what layers and exclude leave is ever trained");
  }

  void on_run_begin(const Event& event) override {
    if (until_epoch_ && event.epoch >= *until_epoch_) return;
    set(false);
    std::string names;
    for (const std::uint32_t i : frozen_) names += (names.empty() ? "" : ", ") + host().parameter_name(i);
    const std::string time = !until_epoch_        ? ""
                             : *until_epoch_ == 1 ? " in the first epoch"
                                                  : " in the first " + std::to_string(*until_epoch_) + " epochs";
    host().info("frozen" + time + ": " + names);
  }

  void on_epoch_begin(const Event& event) override {
    if (event.epoch == *until_epoch_ && event.epoch > 0) set(true);
  }

  std::uint64_t wanted() const override { return ~(until_epoch_ ? 0 : std::uint64_t{1} << TREINO_EPOCH_BEGIN); }

 private:
  void set(bool trainable) const {
    for (const std::uint32_t i : frozen_) host().set_trainable(i, trainable);
  }

  std::optional<std::uint64_t> until_epoch_;
  std::vector<std::uint32_t> frozen_;
};

}  // namespace

TREINO_PLUGIN(Freeze, R"toml(
kind = "callback"
id = "freeze"
version = "1.0.0"
summary = "Freezes layers for some epochs or the whole run."
phase = "mutate"
events = ["run_begin", "epoch_begin"]
ranks = "all"
needs = ["freezing"]
help = """
Patterns are matched with the names of layers ("dense_1") and of parameters ("dense_1/weight"), as `treino check` and module_summary
show them; * stands for any text, ? for one character. A pattern that fits nothing is refused, with the nearest name.
A frozen parameter keeps its value bit for bit: neither the optimizer nor its weight decay or momentum touches it, and its gradient is
not computed. Running statistics (batch_norm's) are not learnt but measured, and continue following the data.
With until_epoch = n the parameters are frozen in the first n epochs and learn from then on, with the optimizer's state beginning at
nothing, at the learning rate that all others have: Lightning's BackboneFinetuning, which raises a rate of their own to that of the head,
is not offered, since there is one learning rate for all parameters, and gradients that are made smaller are the same as a smaller rate
for plain sgd only (adam divides by their size). State: none; a resumed run freezes again what is to be frozen in its epoch.
"""

[parameters.layers]
type = "list"
items = "string"
scalar = true
required = true
doc = "patterns of layers or parameters"

[parameters.exclude]
type = "list"
items = "string"
scalar = true
default = []
doc = "patterns of what is not to be frozen although it fits"

[parameters.until_epoch]
type = "int"
min = 0
doc = "frozen in so many epochs; left out: the whole run"
)toml")
