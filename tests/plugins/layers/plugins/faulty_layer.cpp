// A layer that puts out its input, and does wrong what its parameter `fault` names, or claims that it puts out probabilities.
#include <limits>
#include <stdexcept>
#include <string>
#include <treino/layer.hpp>
#include <vector>

namespace {

class Faulty final : public treino::Layer {
 public:
  explicit Faulty(const treino::Setup& setup) : fault_(setup.get<std::string>("fault")) {}

  treino::Shape prepare(treino::LayerSetup& setup) override {
    const treino::Shape input = setup.input();
    if (fault_ == "prepare") throw std::invalid_argument("cannot read " + input.text());
    if (fault_ == "many")
      for (int i = 0; i < 65; ++i) setup.parameter("p" + std::to_string(i), {1});
    if (fault_ == "name") setup.parameter("we/ight", {1});
    if (fault_ == "twice") setup.parameter("weight", {1});
    if (fault_ == "initializer") setup.parameter("other", {1}, "glorot_unifrom");
    if (fault_ == "gain") setup.parameter("other", {1}, treino::Initializer("ones", -1));
    if (fault_ == "empty parameter") setup.parameter("other", {3, 0});
    if (fault_ == "values") setup.parameter("other", {3}, std::vector<float>(2));
    if (fault_ == "huge parameter") setup.parameter("other", {1 << 30, 1 << 30, 1 << 30});
    if (fault_ == "penalty") setup.regularize(setup.parameter("other", {3}), {0, -1});
    if (fault_ == "limit") setup.regularize(setup.parameter("other", {3}), {0, 0, 1});
    if (fault_ == "constant") setup.regularize(setup.constant("other", {1, 1}, {1}), {1});
    if (fault_ == "workspace") setup.workspace(-1);
    if (fault_ == "huge workspace") setup.workspace(std::numeric_limits<std::int64_t>::max());
    if (fault_ == "release") setup.release_inputs();
    if (fault_ == "probabilities") setup.gives_probabilities();
    if (fault_ == "independent probabilities") setup.gives_probabilities(true);
    weight_ = setup.parameter("weight", input);
    if (fault_ == "no axes") return {};
    if (fault_ == "many axes") return {1, 1, 1, 1, 1, 1, 1, 1, 1};
    if (fault_ == "negative") return {2, -3};
    if (fault_ == "overflow") return {std::int64_t{1} << 62, 4};
    return input;
  }

  void forward(const treino::Forward& pass) const override {
    if (fault_ == "forward") throw std::runtime_error("no forward");
    if (fault_ == "foreign") throw 3;
    if (fault_ == "evaluation" && !pass.is_training()) throw std::runtime_error("knows training alone");
    for (std::int64_t row = 0; row < pass.rows(); ++row)
      for (std::int64_t i = 0; i < pass.input().columns(); ++i)
        pass.output()(row, i) = fault_ == "nan" ? std::numeric_limits<float>::quiet_NaN() : pass.input()(row, i);
  }

  void backward(const treino::Backward& pass) const override {
    if (fault_ == "backward") throw std::runtime_error("no backward");
    if (fault_ == "unwanted") pass.input_gradient();
    if (fault_ == "release") pass.input();
    if (fault_ == "output") pass.output();
    if (fault_ == "no workspace") pass.workspace();
    if (fault_ == "frozen") pass.parameter_gradient(weight_);
  }

 private:
  std::string fault_;
  std::size_t weight_ = 0;
};

}  // namespace

TREINO_PLUGIN(Faulty, R"toml(
kind = "layer"
draft = 1
id = "faulty_layer"
version = "1"
summary = "s"
help = "h"
[parameters.fault]
type = "string"
default = "none"
doc = "what it does wrong"
)toml")
