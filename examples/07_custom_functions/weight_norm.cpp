// A callback of your own: the Euclidean norm of all weights, a scalar that every sink and every monitor sees.
#include <treino/callback.hpp>
#include <treino/tensor.hpp>

namespace {

class WeightNorm final : public treino::Callback {
 public:
  explicit WeightNorm(const treino::Setup& setup) : Callback(setup), norm_(host().declare("weight_norm")) {}

  void on_epoch_end(const treino::Event&) override {
    double sum = 0;
    for (std::uint32_t i = 0; i < host().parameter_count(); ++i) {
      const treino::Elements<const float> weights(host().parameter(i));
      for (std::int64_t j = 0; j < weights.size(); ++j) sum += static_cast<double>(weights[j]) * weights[j];
    }
    host().log_scalar(norm_, std::sqrt(sum));
  }

 private:
  treino::Scalar norm_;
};

}  // namespace

TREINO_PLUGIN(WeightNorm, R"toml(
kind = "callback"
id = "weight_norm"
version = "1.0.0"
summary = "Logs the norm of all weights."
phase = "measure"
events = ["epoch_end"]
scalars = ["weight_norm"]
no_direction = true
)toml")
