// Sets a parameter from a tensor that says it lies on a GPU.
#include <treino/callback.hpp>

namespace {

class ForeignDevice final : public treino::Callback {
 public:
  using Callback::Callback;
  void on_run_begin(const treino::Event&) override {
    treino_tensor tensor = host().parameter(0);
    tensor.device_type = 2;  // DLPack's number of CUDA
    host().set_parameter(0, tensor);
  }
};

}  // namespace

TREINO_PLUGIN(ForeignDevice, R"toml(
kind = "callback"
id = "foreign_device"
version = "1.0.0"
summary = "sets a parameter from another device"
phase = "act"
events = ["run_begin"]
)toml")
