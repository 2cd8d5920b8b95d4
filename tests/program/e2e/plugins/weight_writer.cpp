// A callback that sets the first parameter to zeros in an event where that is allowed (epoch_end) or not (backward_end).
#include <treino/callback.hpp>
#include <treino/tensor.hpp>

namespace {

using treino::Event;

class WeightWriter final : public treino::Callback {
 public:
  explicit WeightWriter(const treino::Setup& setup) : Callback(setup), event_(setup.get<std::string>("event")) {}

  void on_epoch_end(const Event&) override { write_in("epoch_end"); }
  void on_backward_end(const Event&) override { write_in("backward_end"); }

 private:
  void write_in(const char* event) {
    if (event_ != event) return;
    treino_tensor tensor = host().parameter(0);
    zeros_.assign(static_cast<std::size_t>(treino::size_of(tensor)), 0.0f);
    tensor.data = zeros_.data();
    tensor.byte_offset = 0;
    host().set_parameter(0, tensor);
  }
  std::string event_;
  std::vector<float> zeros_;
};

}  // namespace

TREINO_PLUGIN(WeightWriter, R"toml(
kind = "callback"
id = "weight_writer"
version = "1.0.0"
summary = "writes weights"
phase = "act"
events = ["epoch_end", "backward_end"]
[parameters.event]
type = "string"
required = true
choices = ["epoch_end", "backward_end"]
)toml")
