// One forward, the losses, one backward.
#include "train/batch_loss.hpp"

#include "train/forward.hpp"
#include "train/run/run.hpp"

namespace treino::train {

double BatchLoss::evaluate() {
  const auto prediction = forward(run_.model, run_.data.training, batch_, nn::Mode::train, step_);
  views_.bind(batch_, prediction, true);
  const double loss = mean_of(run_.measured->evaluate(views_.all(), true));
  run_.model.backward(views_.main().gradients().data(), false);
  run_.regularization.add_gradients();
  return loss;
}

}  // namespace treino::train
