#!/usr/bin/python3
"""Writes plugins/optimizers/<id>/cases.toml: weights after each of some steps, in double precision.

From PyTorch 1.13.1 (python3-torch of Debian 12) where it has the optimizer; else a formula in plain Python below:
  nadam the formula that the documentation of torch.optim.NAdam gives. The code of 1.13.1 multiplies mu_t twice into the product of the
        step to come, which PyTorch 2 no longer does
  lion  X. Chen et al., Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2
  lbfgs  with a line search, where only the minimum that it finds can be compared: by Newton's method, element by element
  lamb  Y. You et al., Large Batch Optimization for Deep Learning, 2020, algorithm 2 with phi(z) = z, one parameter being a layer

Weights and gradients are multiples of 1/64, which float32 holds exactly.
"""
import math
import os
import random

import torch

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../plugins/optimizers")
WEIGHTS = [0.5, -1.25, 2.0, 0.015625, -0.75]
STEPS = 12
chance = random.Random(20261130)
GRADIENTS = [[chance.randrange(-64, 65) / 64 for _ in WEIGHTS] for _ in range(STEPS)]


def rates(base):
    return [base, base, base / 2, base / 2, base / 4, base, base, base / 2, base / 8, base, base, base / 4]


def with_torch(make, base, momenta=None):
    weights = torch.nn.Parameter(torch.tensor(WEIGHTS, dtype=torch.float64))
    optimizer = make([weights], base)
    group = optimizer.param_groups[0]
    seen = []
    for step in range(STEPS):
        group["lr"] = rates(base)[step]
        if momenta is not None:
            if "betas" in group:
                group["betas"] = (momenta[step], group["betas"][1])
            else:
                group["momentum"] = momenta[step]
        weights.grad = torch.tensor(GRADIENTS[step], dtype=torch.float64)
        optimizer.step()
        seen.append(weights.detach().tolist())
    return seen


def nadam(base, beta1, beta2, epsilon, decay, momentum_decay):
    w, m, v, product, seen = list(WEIGHTS), [0.0] * len(WEIGHTS), [0.0] * len(WEIGHTS), 1.0, []
    for t, (gradient, rate) in enumerate(zip(GRADIENTS, rates(base)), 1):
        g = [a + decay * b for a, b in zip(gradient, w)]
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (at * momentum_decay)) for at in (t, t + 1))
        product *= mu
        m = [beta1 * a + (1 - beta1) * b for a, b in zip(m, g)]
        v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(v, g)]
        for i in range(len(w)):
            mean = mu_next * m[i] / (1 - product * mu_next) + (1 - mu) * g[i] / (1 - product)
            w[i] -= rate * mean / (math.sqrt(v[i] / (1 - beta2**t)) + epsilon)
        seen.append(list(w))
    return seen


def lion(base, beta1, beta2, decay):
    w, m, seen = list(WEIGHTS), [0.0] * len(WEIGHTS), []
    for g, rate in zip(GRADIENTS, rates(base)):
        for i in range(len(w)):
            mixed = beta1 * m[i] + (1 - beta1) * g[i]
            w[i] -= rate * ((mixed > 0) - (mixed < 0) + decay * w[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g[i]
        seen.append(list(w))
    return seen


def lamb(base, beta1, beta2, epsilon, decay):
    w, m, v, seen = list(WEIGHTS), [0.0] * len(WEIGHTS), [0.0] * len(WEIGHTS), []
    for t, (g, rate) in enumerate(zip(GRADIENTS, rates(base)), 1):
        m = [beta1 * a + (1 - beta1) * b for a, b in zip(m, g)]
        v = [beta2 * a + (1 - beta2) * b * b for a, b in zip(v, g)]
        u = [a / (1 - beta1**t) / (math.sqrt(b / (1 - beta2**t)) + epsilon) + decay * c for a, b, c in zip(m, v, w)]
        ratio = math.sqrt(sum(a * a for a in w)) / math.sqrt(sum(a * a for a in u))
        w = [a - rate * ratio * b for a, b in zip(w, u)]
        seen.append(list(w))
    return seen


REPEATED = 8  # as the test repeats weights and gradients, which norms and sums depend on
ONE_LOSS = [GRADIENTS[0]] * STEPS  # one objective in all steps: between several, differences of gradients would be those of rounding


def objective(w, linear):
    """What the test has optimizers with a closure minimize."""
    return (linear * w + w**2 / 2 + w**4 / 4).sum()


def lbfgs(base, **settings):
    weights = torch.nn.Parameter(torch.tensor(WEIGHTS * REPEATED, dtype=torch.float64))
    optimizer = torch.optim.LBFGS([weights], lr=base, **{"history_size": 10, **settings})
    seen = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rates(base)[step]
        linear = torch.tensor(ONE_LOSS[step] * REPEATED, dtype=torch.float64)

        def closure():
            optimizer.zero_grad()
            loss = objective(weights, linear)
            loss.backward()
            return loss

        optimizer.step(closure)
        seen.append(weights.detach().tolist()[:len(WEIGHTS)])
    return seen


def minima():
    seen = []
    for gradient in GRADIENTS:
        found = []
        for linear in gradient:
            w = 0.0
            for _ in range(100):
                w -= (linear + w + w**3) / (1 + 3 * w**2)
            found.append(w)
        seen.append(found)
    return seen


def row(values):
    return "[" + ", ".join(repr(float("%.10g" % value)) for value in values) + "]"


def case(name, parameters, base, expected, momenta=None, tolerance=None, gradients=GRADIENTS):
    text = '\n[[case]]\nname = "%s"\n' % name
    if parameters:
        text += "parameters = { %s }\n" % parameters
    text += "weights = %s\nlearning_rates = %s\n" % (row(WEIGHTS), row(rates(base)))
    if momenta is not None:
        text += "momenta = %s\n" % row(momenta)
    if tolerance is not None:
        text += "tolerance = %g\n" % tolerance
    for key, rows in (("gradients", gradients), ("expected", expected)):
        text += "%s = [\n%s]\n" % (key, "".join("  %s,\n" % row(one) for one in rows))
    return text


def refused(name, parameters, text):
    return '\n[[case]]\nname = "%s"\nparameters = { %s }\nrefused = "%s"\n' % (name, parameters, text)


CYCLE = [0.85, 0.9, 0.95, 0.9, 0.85, 0.8, 0.85, 0.9, 0.95, 0.99, 0.95, 0.9]
o = torch.optim
FILES = {
    "sgd": [
        case("plain", "", 0.1, with_torch(lambda p, lr: o.SGD(p, lr), 0.1)),
        case("weight decay", "weight_decay = 0.1", 0.1, with_torch(lambda p, lr: o.SGD(p, lr, weight_decay=0.1), 0.1)),
        case("momentum", "momentum = 0.9", 0.05, with_torch(lambda p, lr: o.SGD(p, lr, momentum=0.9), 0.05)),
        case("Nesterov's momentum, and weight decay", "momentum = 0.9, nesterov = true, weight_decay = 0.1", 0.05,
             with_torch(lambda p, lr: o.SGD(p, lr, momentum=0.9, nesterov=True, weight_decay=0.1), 0.05)),
        case("a momentum of a scheduler", "momentum = 0.5", 0.05, with_torch(lambda p, lr: o.SGD(p, lr, momentum=0.5), 0.05, CYCLE), CYCLE),
        refused("Nesterov's form is one of momentum", "nesterov = true", "nesterov = true needs a momentum above 0"),
    ],
    "lbfgs": [
        case("one iteration in each step", 'line_search = "none", max_iterations = 1', 0.5, lbfgs(0.5, max_iter=1), gradients=ONE_LOSS),
        case("four iterations and three pairs", 'line_search = "none", max_iterations = 4, history_size = 3', 0.5,
             lbfgs(0.5, max_iter=4, history_size=3), gradients=ONE_LOSS),
        case("three evaluations", 'line_search = "none", max_iterations = 9, max_evaluations = 3', 0.5,
             lbfgs(0.5, max_iter=9, max_eval=3), gradients=ONE_LOSS),
        case("coarse tolerances", 'line_search = "none", tolerance_gradient = 0.1, tolerance_change = 0.01', 0.5,
             lbfgs(0.5, tolerance_grad=0.1, tolerance_change=0.01), gradients=ONE_LOSS),
        case("a line search finds the minimum", "max_iterations = 100", 1.0, minima(), None, 5e-5),
    ],
    "adam": [
        case("defaults", "", 0.1, with_torch(lambda p, lr: o.Adam(p, lr), 0.1)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.Adam(p, lr, (0.8, 0.95), 0.01, 0.1), 0.1)),
        case("amsgrad", "amsgrad = true, beta2 = 0.9, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.Adam(p, lr, (0.9, 0.9), weight_decay=0.1, amsgrad=True), 0.1)),
        case("a momentum of a scheduler", "", 0.1, with_torch(lambda p, lr: o.Adam(p, lr), 0.1, CYCLE), CYCLE),
    ],
    "adamw": [
        case("defaults", "", 0.1, with_torch(lambda p, lr: o.AdamW(p, lr, weight_decay=0), 0.1)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.AdamW(p, lr, (0.8, 0.95), 0.01, 0.1), 0.1)),
        case("amsgrad", "amsgrad = true, beta2 = 0.9, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.AdamW(p, lr, (0.9, 0.9), weight_decay=0.1, amsgrad=True), 0.1)),
        case("a momentum of a scheduler", "", 0.1, with_torch(lambda p, lr: o.AdamW(p, lr, weight_decay=0), 0.1, CYCLE), CYCLE),
    ],
    "rmsprop": [
        case("defaults", "", 0.02, with_torch(lambda p, lr: o.RMSprop(p, lr), 0.02)),
        case("momentum", "rho = 0.9, epsilon = 0.01, momentum = 0.9, weight_decay = 0.1", 0.02,
             with_torch(lambda p, lr: o.RMSprop(p, lr, 0.9, 0.01, 0.1, 0.9), 0.02)),
        case("centered", "centered = true, rho = 0.9", 0.02, with_torch(lambda p, lr: o.RMSprop(p, lr, 0.9, centered=True), 0.02)),
        case("centered, with momentum", "centered = true, rho = 0.9, epsilon = 0.01, momentum = 0.9, weight_decay = 0.1", 0.02,
             with_torch(lambda p, lr: o.RMSprop(p, lr, 0.9, 0.01, 0.1, 0.9, True), 0.02)),
        case("a momentum of a scheduler", "momentum = 0.5", 0.02,
             with_torch(lambda p, lr: o.RMSprop(p, lr, momentum=0.5), 0.02, CYCLE), CYCLE),
    ],
    "adagrad": [
        case("defaults", "", 0.1, with_torch(lambda p, lr: o.Adagrad(p, lr, eps=1e-8), 0.1)),
        case("all parameters", "epsilon = 0.01, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.Adagrad(p, lr, weight_decay=0.1, eps=0.01), 0.1)),
    ],
    "adadelta": [
        case("defaults", "", 1.0, with_torch(lambda p, lr: o.Adadelta(p, lr), 1.0)),
        case("all parameters", "rho = 0.8, epsilon = 0.01, weight_decay = 0.1", 1.0,
             with_torch(lambda p, lr: o.Adadelta(p, lr, 0.8, 0.01, 0.1), 1.0)),
    ],
    "nadam": [
        case("defaults", "", 0.1, nadam(0.1, 0.9, 0.999, 1e-8, 0, 0.004)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, momentum_decay = 0.1, weight_decay = 0.1", 0.1,
             nadam(0.1, 0.8, 0.95, 0.01, 0.1, 0.1)),
    ],
    "radam": [
        case("defaults: rectified from the sixth step on", "", 0.1, with_torch(lambda p, lr: o.RAdam(p, lr), 0.1)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, weight_decay = 0.1", 0.1,
             with_torch(lambda p, lr: o.RAdam(p, lr, (0.8, 0.95), 0.01, 0.1), 0.1)),
        case("a momentum of a scheduler", "", 0.1, with_torch(lambda p, lr: o.RAdam(p, lr), 0.1, CYCLE), CYCLE),
    ],
    "lion": [
        case("defaults", "", 0.03, lion(0.03, 0.9, 0.99, 0)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, weight_decay = 0.1", 0.03, lion(0.03, 0.8, 0.95, 0.1)),
    ],
    "lamb": [
        case("defaults", "", 0.05, lamb(0.05, 0.9, 0.999, 1e-6, 0)),
        case("all parameters", "beta1 = 0.8, beta2 = 0.95, epsilon = 0.01, weight_decay = 0.1", 0.05, lamb(0.05, 0.8, 0.95, 0.01, 0.1)),
    ],
}
SOURCE = {"nadam": "the formula of PyTorch's documentation", "lion": "the paper's formula", "lamb": "the paper's formula"}
for name, cases in FILES.items():
    with open(os.path.join(ROOT, name, "cases.toml"), "w", encoding="utf-8") as file:
        file.write("# Made by tests/plugins/optimizers/generate.py from %s, in double precision.\n" % SOURCE.get(name, "PyTorch 1.13.1"))
        file.writelines(cases)
