#!/usr/bin/python3
"""Writes golden.toml: value and gradient of every loss as PyTorch gives them in double precision, from inputs in float32.

  /usr/bin/python3 tests/plugins/golden/losses/generate.py      (Debian 12: python3-torch 1.13.1, python3-numpy)

Where torch has the loss, its function is called; for the others the formula of the plugin's description is written down in torch's
operations and autograd differentiates it. Inputs are not stored: golden_test.cpp draws the same ones from the same generator, a linear
congruential one, in the order prediction, target, weights. Of the gradient every n-th entry is stored, and the sum of all squares.
"""
import math
import os

import numpy
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
SHAPES = [(1, 1), (1, 10), (7, 3), (64, 10), (3, 1000)]
REDUCTIONS = [("mean", False), ("mean", True), ("weighted_mean", True), ("sum", True), ("weighted_mean", False)]


class Random:
    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        """In [0, 1), a multiple of 2^-24."""
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 8) / 2**24


def float32(rows):
    return numpy.array(rows, dtype=numpy.float64).astype(numpy.float32)


def draw(random, rows, columns, kind):
    """kind: [low, high], "distribution", "answers" (0, 1 or in between), "signs", "index" or "one_hot"."""
    if kind == "index":
        return numpy.array([int(random() * columns) for _ in range(rows)])
    if kind == "one_hot":
        labels = [int(random() * columns) for _ in range(rows)]
        return float32([[1.0 if c == label else 0.0 for c in range(columns)] for label in labels])
    if kind == "distribution":
        result = []
        for _ in range(rows):
            parts = [0.05 + random() for _ in range(columns)]
            total = 0.0
            for part in parts:
                total += part
            result.append([part / total for part in parts])
        return float32(result)
    if kind in ("answers", "signs"):
        result = []
        for _ in range(rows * columns):
            u = 5 * random()
            yes = 0.0 if u < 2 else 1.0 if u < 4 else u - 4
            result.append(2 * yes - 1 if kind == "signs" else yes)
        return float32(result).reshape(rows, columns)
    low, high = kind
    return float32([[low + (high - low) * random() for _ in range(columns)] for _ in range(rows)])


def draw_weights(random, rows):
    result = []
    for _ in range(rows):
        u = random()
        result.append(0.0 if u < 0.2 else 3 * u)
    return float32(result)


class Loss:
    """One plugin with parameters, and its reference: the loss of each sample as a function of prediction and target."""

    def __init__(self, plugin, reference, prediction=(-3, 3), target=(-3, 3), parameters="", problem="", smallest=1, divisor=None,
                 target_columns=lambda outputs: outputs):
        self.plugin, self.reference, self.parameters, self.problem = plugin, reference, parameters, problem
        self.prediction, self.target = prediction, target
        self.smallest = smallest  # number of outputs
        self.divisor = divisor  # weight of each sample in weighted_mean, from the target
        self.target_columns = target_columns


def text(value):
    return '"%s"' % value if isinstance(value, str) else "[%g, %g]" % tuple(value)


def one(loss, shape, reduction, weighted, seed):
    samples, outputs = shape
    random = Random(seed)
    prediction = torch.tensor(draw(random, samples, outputs, loss.prediction)).double().requires_grad_()
    target = torch.tensor(draw(random, samples, loss.target_columns(outputs), loss.target))
    target = target.long() if loss.target == "index" else target.double()
    weights = torch.tensor(draw_weights(random, samples)).double() if weighted else torch.ones(samples).double()
    losses = loss.reference(prediction, target)
    assert losses.shape == (samples,), (loss.plugin, losses.shape)
    shares = weights * (loss.divisor(target) if loss.divisor else 1)
    divisor = {"mean": samples, "weighted_mean": float(shares.sum()), "sum": 1}[reduction]
    value = (weights * losses).sum() / divisor if divisor else (weights * losses).sum() * 0
    value.backward()
    gradient = prediction.grad.flatten().numpy()
    stride = max(1, len(gradient) // 29)
    parameters = ", ".join(filter(None, [loss.parameters, 'reduction = "%s"' % reduction if loss.plugin != "weighted_sum" else ""]))
    lines = ["[[case]]", 'plugin = "%s"' % loss.plugin, "parameters = { %s }" % parameters]
    if loss.problem:
        lines.append("problem = { %s }" % loss.problem)
    lines.append("shape = [%d, %d, %d]" % (samples, outputs, loss.target_columns(outputs)))
    lines.append("draw = { seed = %d, prediction = %s, target = %s, weights = %s }" % (
        seed, text(loss.prediction), text(loss.target), str(weighted).lower()))
    lines.append("value = %.13e" % float(value))
    lines.append("divisor = %.13e" % divisor)
    lines.append("squares = %.10e" % float((gradient * gradient).sum()))
    lines.append("stride = %d" % stride)
    lines.append("gradient = [%s]" % ", ".join("%.9e" % entry if entry else "0" for entry in gradient[::stride]))
    return "\n".join(lines) + "\n"


def mean(function):
    return lambda p, y: function(p, y).mean(1)



def cross_entropy(**settings):
    settings = {key: torch.tensor(value).double() if key == "weight" else value for key, value in settings.items()}
    return lambda p, y: F.cross_entropy(p, y, reduction="none", **settings)


def weights_to(outputs):
    return [1 + 0.25 * (c % 5) for c in range(outputs)]


def answers_focal(gamma, yes, no):
    def reference(z, y):
        p, q = torch.sigmoid(z), torch.sigmoid(-z)
        return (yes * y * q**gamma * F.softplus(-z) + no * (1 - y) * p**gamma * F.softplus(z)).mean(1)
    return reference


def classes_focal(gamma):
    def reference(z, y):
        y = F.one_hot(y, z.shape[1]).double() if y.dtype == torch.long else y
        log_p = F.log_softmax(z, 1)
        return -(y * (1 - log_p.exp())**gamma * log_p).sum(1)
    return reference


def tversky(alpha, beta, smooth, logits):
    def reference(z, y):
        p = torch.sigmoid(z) if logits else z
        hits, alarms, misses = (p * y).sum(1), (p * (1 - y)).sum(1), ((1 - p) * y).sum(1)
        return 1 - (hits + smooth) / (hits + alpha * alarms + beta * misses + smooth)
    return reference


def dice(smooth):
    def reference(z, y):
        p = torch.sigmoid(z)
        return 1 - (2 * (p * y).sum(1) + smooth) / (p.sum(1) + y.sum(1) + smooth)
    return reference


def categorical_hinge(z, y):
    y = y if y.dtype == torch.long else y.argmax(1)
    right = z.gather(1, y[:, None])[:, 0]
    rivals = z.masked_fill(F.one_hot(y, z.shape[1]).bool(), -math.inf).max(1).values
    return torch.relu(1 + rivals - right)


def gaussian(full):
    def reference(p, y):
        m, s = p[:, :y.shape[1]], p[:, y.shape[1]:]
        return F.gaussian_nll_loss(m, y, s.exp(), full=full, reduction="none").mean(1)
    return reference


def log_cosh(p, y):
    e = p - y
    return (e.abs() + torch.log1p(torch.expm1(-2 * e.abs()) / 2)).mean(1)


def pinball(q):
    return lambda p, y: torch.maximum(q * (y - p), (q - 1) * (y - p)).mean(1)


def hinge(power, signs):
    return lambda p, y: (torch.relu(1 - (y if signs else 2 * y - 1) * p)**power).mean(1)


def of_labels(reference):
    """Class indices of one output: class 1 is the yes."""
    return lambda p, y: reference(p, y[:, None].double())


def losses():
    wide, positive = (-1e4, 1e4), (0.01, 20)
    l1, l2 = lambda p, y: F.l1_loss(p, y, reduction="none"), lambda p, y: F.mse_loss(p, y, reduction="none")
    for prediction in ((-3, 3), wide):
        yield Loss("mse", mean(l2), prediction)
        yield Loss("mae", mean(l1), prediction)
        for alpha in (0.25, 3):
            yield Loss("asymmetric_mse", mean(lambda p, y, a=alpha: torch.where(y > p, a, 1.0) * (y - p)**2), prediction,
                       parameters="alpha = %g" % alpha)
        for delta in (1, 0.125):
            yield Loss("huber", mean(lambda p, y, d=delta: F.huber_loss(p, y, reduction="none", delta=d)), prediction,
                       parameters="delta = %g" % delta)
        for beta in (1, 2.5):
            yield Loss("smooth_l1", mean(lambda p, y, b=beta: F.smooth_l1_loss(p, y, reduction="none", beta=b)), prediction,
                       parameters="beta = %g" % beta)
        yield Loss("log_cosh", log_cosh, prediction)
        yield Loss("quantile", pinball(0.875), prediction, parameters="q = 0.875")
        yield Loss("mape", lambda p, y: (100 * (y - p).abs() / y.abs()).mean(1), prediction, (0.5, 4))
        yield Loss("cosine_similarity",
                   lambda p, y: F.cosine_embedding_loss(p, y, torch.ones(len(p)).double(), reduction="none"), prediction, smallest=2)
    yield Loss("msle", mean(lambda p, y: (torch.log1p(p) - torch.log1p(y))**2), (0, 50), (0, 50))
    for full in (False, True):
        said = "full = %s" % str(full).lower()
        yield Loss("poisson", mean(lambda p, y, f=full: F.poisson_nll_loss(p, y, full=f, reduction="none")), target=(0, 9),
                   parameters=said)
        yield Loss("poisson", mean(lambda p, y, f=full: F.poisson_nll_loss(p, y, log_input=False, full=f, reduction="none")), positive,
                   (0, 9), parameters="log_input = false, " + said)
        yield Loss("gaussian_nll", gaussian(full), parameters=said, smallest=2, target_columns=lambda outputs: outputs // 2)

    for prediction in ((-4, 4), wide):
        for target in ("index", "one_hot"):
            yield Loss("cross_entropy", cross_entropy(), prediction, target, smallest=2)
            yield Loss("cross_entropy", cross_entropy(label_smoothing=0.125), prediction, target, "label_smoothing = 0.125", smallest=2)
            yield Loss("focal", classes_focal(2), prediction, target, smallest=2)
            yield Loss("categorical_hinge", categorical_hinge, prediction, target, smallest=2)
        yield Loss("cross_entropy", cross_entropy(label_smoothing=0.25), prediction, "distribution", "label_smoothing = 0.25", smallest=2)
        yield Loss("kl_divergence", lambda z, y: F.kl_div(F.log_softmax(z, 1), y, reduction="none").sum(1), prediction, "distribution",
                   smallest=2)
        for target in ("answers", "one_hot"):
            yield Loss("binary_cross_entropy",
                       mean(lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none")), prediction, target)
        yield Loss("binary_cross_entropy",
                   mean(lambda z, y: F.binary_cross_entropy_with_logits(z, 0.75 * y + 0.125, reduction="none",
                                                                        pos_weight=torch.tensor(2.5).double())),
                   prediction, "answers", "pos_weight = 2.5, label_smoothing = 0.25")
        yield Loss("focal", answers_focal(2, 1, 1), prediction, "answers")
        yield Loss("focal", answers_focal(1.5, 0.25, 0.75), prediction, "answers", "gamma = 1.5, alpha = 0.25")
        for power, plugin in ((1, "hinge"), (2, "squared_hinge")):
            yield Loss(plugin, hinge(power, False), prediction, "answers")
            yield Loss(plugin, hinge(power, True), prediction, "signs", 'labels = "minus_one_one"')
        yield Loss("dice", dice(1), prediction, "answers")
        yield Loss("tversky", tversky(0.3, 0.7, 1, True), prediction, "answers")
    chances = 'prediction = "probabilities", independent = true'
    yield Loss("binary_cross_entropy", mean(lambda p, y: F.binary_cross_entropy(p, y, reduction="none")), (0.01, 0.99), "answers",
               "from_logits = false", chances)
    yield Loss("tversky", tversky(0.75, 0.5, 0.25, False), (0.01, 0.99), "answers",
               "alpha = 0.75, beta = 0.5, smooth = 0.25, from_logits = false", chances)
    softmax = 'prediction = "probabilities"'
    yield Loss("cross_entropy", lambda p, y: F.nll_loss(p.log(), y, reduction="none"), "distribution", "index", "from_logits = false",
               softmax, smallest=2)
    yield Loss("kl_divergence", lambda p, y: F.kl_div(p.log(), y, reduction="none").sum(1), "distribution", "distribution",
               "from_logits = false", softmax, smallest=2)
    yield Loss("weighted_sum", lambda p, y: l2(p, y).mean(1) + 0.5 * l1(p, y).mean(1),
               parameters='losses = [ { plugin = "mse" }, { plugin = "mae" } ], weights = [1, 0.5]')


def weighted_classes():
    """Class weights need their number: one shape each."""
    for shape in ((7, 3), (64, 10)):
        weights = torch.tensor(weights_to(shape[1])).double()
        said = "class_weight = [%s], label_smoothing = 0.125" % ", ".join("%g" % w for w in weights)
        for target, divisor in (("index", lambda y, w=weights: w[y]), ("distribution", lambda y, w=weights: (y * w).sum(1))):
            for reduction, weighted in REDUCTIONS:
                yield Loss("cross_entropy", cross_entropy(weight=weights_to(shape[1]), label_smoothing=0.125), (-4, 4), target, said,
                           divisor=divisor), shape, reduction, weighted
    ignored = Loss("cross_entropy", lambda z, y: F.cross_entropy(z, y, ignore_index=2, reduction="none"), (-4, 4), "index",
                   "ignore_index = 2", divisor=lambda y: (y != 2).double())
    for shape in ((7, 3), (64, 10)):
        yield ignored, shape, "weighted_mean", False
    yes = Loss("binary_cross_entropy", of_labels(mean(lambda z, y: F.binary_cross_entropy_with_logits(z, y, reduction="none"))),
               (-4, 4), "index")
    yield yes, (1, 1), "mean", False
    quantiles = torch.tensor([0.125, 0.5, 0.875]).double()
    yield (Loss("quantile", pinball(quantiles), parameters="q = [0.125, 0.5, 0.875]", target_columns=lambda outputs: 1), (7, 3), "mean",
           True)
    weights = torch.tensor(weights_to(3)).double()

    def of_two_divisors(z, y):
        """Over the sum of class weights, and over the number of samples: both made parts of a sum over the larger one."""
        larger, smaller = float(weights[y].sum()), len(y)
        return (F.cross_entropy(z, y, weights, reduction="none") +
                F.cross_entropy(z, y, reduction="none") * larger / smaller)
    losses = '{ plugin = "cross_entropy", reduction = "weighted_mean", class_weight = [1, 1.25, 1.5] }'
    losses += ', { plugin = "cross_entropy", reduction = "weighted_mean" }'
    yield (Loss("weighted_sum", of_two_divisors, (-4, 4), "index", "losses = [ %s ]" % losses, divisor=lambda y: weights[y]), (7, 3),
           "weighted_mean", False)


def generalized(q):
    def reference(z, y):
        y = y if y.dtype == torch.long else y.argmax(1)
        return -torch.expm1(q * F.log_softmax(z, 1).gather(1, y[:, None])[:, 0]) / q
    return reference


def later_losses():
    """Added when the seeds of those above had been given away."""
    for prediction in ((-4, 4), (-1e4, 1e4)):
        for target in ("index", "one_hot"):
            for q in (0.5, 0.9):
                yield Loss("categorical_generalized_cross_entropy", generalized(q), prediction, target, "q = %g" % q, smallest=2)


def main():
    cases, seed = [], 1
    for number, loss in enumerate(losses()):
        for turn, shape in enumerate(SHAPES):
            if shape[1] < loss.smallest or (loss.plugin == "gaussian_nll" and shape[1] % 2):
                continue
            reduction, weighted = REDUCTIONS[(number + turn) % len(REDUCTIONS)]
            if loss.plugin == "weighted_sum":
                reduction, weighted = "mean", turn % 2 == 1
            cases.append(one(loss, shape, reduction, weighted, seed))
            seed += 1
    for loss, shape, reduction, weighted in weighted_classes():
        cases.append(one(loss, shape, reduction, weighted, seed))
        seed += 1
    for number, loss in enumerate(later_losses()):
        for turn, shape in enumerate(SHAPES):
            if shape[1] >= loss.smallest:
                cases.append(one(loss, shape, *REDUCTIONS[(number + turn) % len(REDUCTIONS)], seed))
                seed += 1
    check_against_means()
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.toml")
    with open(path, "w") as file:
        file.write("# By generate.py, with torch %s in double precision.\n" % torch.__version__ + "\n".join(cases))
    print("%d cases, %d bytes" % (len(cases), os.path.getsize(path)))


def check_against_means():
    """torch's own means are what our reductions say they are."""
    torch.manual_seed(1)
    z, y, w = torch.randn(9, 4).double(), torch.randint(4, (9,)), torch.tensor([1.0, 2, 3, 4]).double()
    own = F.cross_entropy(z, y, w, label_smoothing=0.1)
    ours = F.cross_entropy(z, y, w, label_smoothing=0.1, reduction="none").sum() / w[y].sum()
    assert abs(own - ours) < 1e-12
    assert abs(F.huber_loss(z, z * 0) - F.huber_loss(z, z * 0, reduction="none").mean(1).mean()) < 1e-12


main()
