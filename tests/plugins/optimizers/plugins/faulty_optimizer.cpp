// An optimizer that does wrong what its parameter `fault` names.
#include <stdexcept>
#include <treino/optimizer.hpp>

namespace {

class Faulty final : public treino::Optimizer {
 public:
  explicit Faulty(const treino::Setup& setup) : fault_(setup.get<std::string>("fault")) {}
  std::vector<std::string> state() const override {
    if (fault_ == "many") {
      std::vector<std::string> names;
      for (int i = 0; i <= 64; ++i) names.push_back("state_" + std::to_string(i));
      return names;
    }
    if (fault_ == "name") return {"mo/mentum"};
    if (fault_ == "twice") return {"momentum", "momentum"};
    return {"momentum"};
  }
  void prepare(const std::vector<treino::OptimizedParameter>& parameters) override {
    if (fault_ == "prepare") throw std::invalid_argument("cannot update " + parameters.at(0).name);
  }
  void begin_step(const treino::OptimizerStep& step) override {
    if (fault_ == "begin" && step.number == 3) throw std::runtime_error("the third step is too many");
  }
  void update(const treino::ParameterStep& p) const override {
    if (fault_ == "update" && p.first() + p.size() == 280000)
      throw std::runtime_error("the last slice of " + p.name() + " fails");
    if (fault_ == "state") p.state("velocity");
    if (fault_ == "foreign") throw 3;
    for (float& value : p.value()) value -= 1;
  }

 private:
  std::string fault_;
};

}  // namespace

TREINO_PLUGIN(Faulty, R"toml(
kind = "optimizer"
draft = 1
id = "faulty_optimizer"
version = "1"
summary = "s"
help = "h"
[parameters.fault]
type = "string"
required = true
doc = "what it does wrong"
)toml")
