// A callback that writes into a weight through its view, which nobody can see, without saying ranks = "all".
#include <treino/callback.hpp>
#include <treino/tensor.hpp>

namespace {

class ViewWriter final : public treino::Callback {
 public:
  using Callback::Callback;
  void on_epoch_begin(const treino::Event&) override { *static_cast<float*>(host().parameter(0).data) = 0.5f; }
};

}  // namespace

TREINO_PLUGIN(ViewWriter, R"toml(
kind = "callback"
id = "view_writer"
version = "1.0.0"
summary = "writes into a weight"
phase = "act"
events = ["epoch_begin"]
)toml")
