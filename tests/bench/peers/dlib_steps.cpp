// Training steps of dlib for compare.py:  dlib_steps THREADS (its BLAS reads the number from the environment)
// Drives the net itself, compute_parameter_gradients and update_parameters on a tensor made before: faster than dnn_trainer.
#include <dlib/dnn.h>
#include <xmmintrin.h>

#include <memory>

#include "../steps.hpp"

namespace {

using namespace dlib;
using NetA = loss_multiclass_log<fc<10, relu<fc<32, input<matrix<float>>>>>>;
using NetB = loss_multiclass_log<fc<10, relu<fc<256, relu<fc<512, input<matrix<float>>>>>>>>;
using NetC = loss_multiclass_log<fc<10, relu<fc<4096, relu<fc<4096, input<matrix<float>>>>>>>>;
template <long filters, typename Below>
using convolution = add_layer<con_<filters, 3, 3, 1, 1, 0, 0>, Below>;
using NetD = loss_multiclass_log<
    fc<10, relu<fc<128, relu<max_pool<2, 2, 2, 2, convolution<64, relu<convolution<32, input<matrix<float>>>>>>>>>>>;

template <class Net, class Solver>
struct Training {
  Net net;
  resizable_tensor inputs[4];
  std::vector<unsigned long> targets;
  std::vector<Solver> solvers;
  std::size_t count = 0;

  Training(long batch, long rows, long columns, const Solver& solver) : solvers(Net::num_computational_layers, solver) {
    dlib::rand random;
    for (auto& input : inputs) {
      std::vector<matrix<float>> samples(static_cast<std::size_t>(batch), matrix<float>(rows, columns));
      for (auto& sample : samples) {
        for (auto& value : sample) value = random.get_random_float();
      }
      net.to_tensor(samples.begin(), samples.end(), input);
    }
    for (long i = 0; i < batch; ++i) targets.push_back(static_cast<unsigned long>(i % 10));
  }

  void step() {
    net.compute_parameter_gradients(inputs[count++ % 4], targets.begin());
    net.update_parameters(solvers, 1e-6);
  }
};

template <class Net, class Solver>
bench::Step stepper(long batch, long rows, long columns, const Solver& solver) {
  auto training = std::make_shared<Training<Net, Solver>>(batch, rows, columns, solver);
  return [training] { training->step(); };
}

bench::Step make(char workload) {
  if (workload == 'a') return stepper<NetA>(32, 64, 1, sgd(0, 0.9f));
  if (workload == 'b') return stepper<NetB>(128, 784, 1, adam(0, 0.9f, 0.999f));
  if (workload == 'c') return stepper<NetC>(512, 1024, 1, adam(0, 0.9f, 0.999f));
  return stepper<NetD>(64, 28, 28, adam(0, 0.9f, 0.999f));
}

}  // namespace

int main() {
  _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
  bench::answer(make);
}
