// A callback of your own: writes down the epochs in which the loss fell by less than `least`.
#include <limits>
#include <string>
#include <treino/callback.hpp>

namespace {

class EpochNotes final : public treino::Callback {
 public:
  explicit EpochNotes(const treino::Setup& setup) : Callback(setup), least_(setup.get<double>("least")) {}

  void on_run_begin(const treino::Event&) override { loss_ = host().find("loss"); }

  void on_epoch_end(const treino::Event& event) override {
    const double loss = host().value(loss_).value();
    if (previous_ - loss < least_) host().info("epoch " + std::to_string(event.epoch + 1) + " gained little");
    previous_ = loss;
  }

  // What a resumed run has to know.
  void save(treino::Writer& writer) const override { writer.write(previous_); }
  void load(treino::Reader& reader, std::uint32_t) override { reader.read(previous_); }

 private:
  double least_;
  double previous_ = std::numeric_limits<double>::infinity();
  treino::Scalar loss_ = 0;
};

}  // namespace

TREINO_PLUGIN(EpochNotes, R"toml(
kind = "callback"
id = "epoch_notes"
version = "1.0.0"
summary = "notes epochs that gained little"
phase = "report"
events = ["run_begin", "epoch_end"]
[parameters.least]
type = "float"
default = 0.01
min = 0
doc = "a fall of the loss below this is little"
)toml")
