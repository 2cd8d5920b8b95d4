#!/usr/bin/python3
"""Reference values of the schedulers, from PyTorch 1.13.1 where it has them, else from the published formula in double precision.

  generate.py                    writes <id>.toml beside this file
  generate.py --compare TREINO   asks the program (treino lr) for all 2,000 values of every parameter set and prints the largest
                                 relative deviation of each scheduler

A file holds cases: parameters, base rate, the rates (and momenta) at some 60 of the 2,000 steps, among them the borders of all
stretches, and the sum over all 2,000.

Closed form is compared with closed form. PyTorch steps most schedulers by a recursion that drifts by some units of the 15th digit;
where that is all there is, the value here is the formula's, and the script checks that PyTorch comes within 1e-9 of it:
  cosine_annealing beyond 2 t_max   whole periods are taken off first (the cosine of a large number has lost digits)
  cyclical                          the place in the cycle is found in whole numbers
  sequential, chained               the stages' closed forms, one after another
"""
import math
import os
import random
import subprocess
import sys
import tempfile
import warnings
from bisect import bisect_left, bisect_right

import torch
from torch.optim import lr_scheduler as reference

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
STEPS = 2000
HERE = os.path.dirname(os.path.abspath(__file__))
chance = random.Random(20240229)  # for the parameters
which = random.Random(1)  # for the steps that are written


def optimizer(base):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base, momentum=0.9)


def stepped(make, base):
    """Rates and momenta that PyTorch gives, step by step."""
    own = optimizer(base)
    scheduler = make(own)
    rates, momenta = [], []
    for _ in range(STEPS):
        rates.append(own.param_groups[0]["lr"])
        momenta.append(own.param_groups[0]["momentum"])
        own.step()
        try:
            scheduler.step()
        except ValueError:  # one_cycle, beyond its end
            break
    while len(rates) < STEPS:
        rates.append(rates[-1])
        momenta.append(momenta[-1])
    return rates, momenta


def closed(make, base):
    """PyTorch's own closed form at each t."""
    scheduler = make(optimizer(base))
    rates = []
    for t in range(STEPS):
        scheduler.last_epoch = t
        rates.append(scheduler._get_closed_form_lr()[0])
    return rates


def check_near(rates, others, what):
    for t, (rate, other) in enumerate(zip(rates, others)):
        assert abs(rate - other) <= 1e-9 * abs(rate) + 1e-14, f"{what}, t = {t}: {rate} and PyTorch's {other}"


def uniform(low, high):
    return float(f"{chance.uniform(low, high):.6g}")


def base_learning_rate():
    return chance.choice([0.1, 0.001, 0.05, 3e-4, 1.0, uniform(1e-4, 2)])


# ---- the formulas -------------------------------------------------------------------------------------------------------------


def cosine_annealing(p, base):
    low = p.get("eta_min", 0.0)
    rates = [low + (base - low) * (1 + math.cos(math.pi * (t % (2 * p["t_max"])) / p["t_max"])) / 2 for t in range(STEPS)]
    check_near(rates, closed(lambda o: reference.CosineAnnealingLR(o, p["t_max"], low), base), f"cosine_annealing {p}")
    return rates


def cyclical(p, base):
    up = p.get("step_size_up", 2000)
    down = p.get("step_size_down", up)
    mode = p.get("mode", "triangular")
    low, high = p["min"], p.get("max", base)
    small, large = p.get("min_momentum"), p.get("max_momentum")
    rates, momenta = [], []
    for t in range(STEPS):
        place = t % (up + down)
        height = place / up if place <= up else (up + down - place) / down
        height *= {"triangular": 1, "triangular2": 2.0 ** -(t // (up + down)), "exp_range": p.get("gamma", 1.0) ** t}[mode]
        rates.append(low + (high - low) * height)
        momenta.append(large - (large - small) * height if small is not None else None)
    theirs, their_momenta = stepped(lambda o: reference.CyclicLR(
        o, low, high, up, down, mode, p.get("gamma", 1.0), cycle_momentum=small is not None, base_momentum=small or 0.8,
        max_momentum=large or 0.9), base)
    check_near(rates, theirs, f"cyclical {p}")
    if small is None:
        return rates
    check_near(momenta, their_momenta, f"cyclical's momentum {p}")
    return rates, momenta


def one_cycle(p, base):
    peak = p.get("max_lr", base)
    rates, momenta = stepped(lambda o: reference.OneCycleLR(o, peak, p.get("total_steps", STEPS), **{
        key: value for key, value in p.items() if key not in ("max_lr", "total_steps")}), base)
    end = p.get("total_steps", STEPS) - 1  # past the end PyTorch overshoots once and then fails; here the rate stays
    rates[end:] = [rates[end]] * (STEPS - end)
    momenta[end:] = [momenta[end]] * (STEPS - end)
    return (rates, momenta) if p.get("cycle_momentum", True) else rates


SIMPLE = {
    "step_decay": lambda o, p: reference.StepLR(o, p["step_size"], p.get("gamma", 0.1)),
    "exponential_decay": lambda o, p: reference.ExponentialLR(o, p["gamma"]),
    "multi_step": lambda o, p: reference.MultiStepLR(o, p["milestones"], p.get("gamma", 0.1)),
    "constant": lambda o, p: reference.ConstantLR(o, p.get("factor", 1 / 3), p.get("total_iters", 5)),
    "linear": lambda o, p: reference.LinearLR(o, p.get("start_factor", 1 / 3), p.get("end_factor", 1.0), p.get("total_iters", 5)),
    "polynomial": lambda o, p: reference.PolynomialLR(o, p.get("total_iters", 5), p.get("power", 1.0)),
}


def stages_of(p):
    return [{key: value for key, value in stage.items() if key != "plugin"} for stage in p["stages"]]


def sequential(p, base):
    starts = [0] + p["milestones"]
    parts = [rates_of(stage["plugin"], own, base) for stage, own in zip(p["stages"], stages_of(p))]
    rates = []
    for t in range(STEPS):
        stage = bisect_right(p["milestones"], t)
        rates.append(parts[stage][t - starts[stage]])
    if all(stage["plugin"] in SIMPLE for stage in p["stages"]):
        check_near(rates, stepped(lambda o: reference.SequentialLR(o, [
            SIMPLE[stage["plugin"]](o, own) for stage, own in zip(p["stages"], stages_of(p))], p["milestones"]), base)[0],
            f"sequential {p}")
    return rates


def chained(p, base):
    rates = [base] * STEPS
    for stage, own in zip(p["stages"], stages_of(p)):
        rates = [rate * factor for rate, factor in zip(rates, rates_of(stage["plugin"], own, 1.0))]
    check_near(rates, stepped(lambda o: reference.ChainedScheduler([
        SIMPLE[stage["plugin"]](o, own) for stage, own in zip(p["stages"], stages_of(p))]), base)[0], f"chained {p}")
    return rates


# Lua's text, and the same in Python.
EXPRESSIONS = [
    ("0.95 ^ t", lambda t: 0.95 ** t),
    ("1 / (1 + 0.01 * t)", lambda t: 1 / (1 + 0.01 * t)),
    ("exp(-0.003 * t)", lambda t: math.exp(-0.003 * t)),
    ("0.5 ^ (t // 300)", lambda t: 0.5 ** (t // 300)),
    ("(1 + cos(pi * t / 700)) / 2 + 0.01", lambda t: (1 + math.cos(math.pi * t / 700)) / 2 + 0.01),
    ("min(1, (t + 1) / 100)", lambda t: min(1, (t + 1) / 100)),
    ("max(0.05, 1 - t / 1500)", lambda t: max(0.05, 1 - t / 1500)),
    ("1 / sqrt(t + 1)", lambda t: 1 / math.sqrt(t + 1)),
    ("t < 500 and 1 or 0.1", lambda t: 1 if t < 500 else 0.1),
    ("function(t) if t % 100 == 0 then return 1 end return 0.5 end", lambda t: 1 if t % 100 == 0 else 0.5),
    ("65 * (t + 1) ^ -0.5 * min(1, (t + 1) / 400)", lambda t: 65 * (t + 1) ** -0.5 * min(1, (t + 1) / 400)),
    ("1 + sin(t / 50) / 2", lambda t: 1 + math.sin(t / 50) / 2),
    ("log(t + 2)", lambda t: math.log(t + 2)),
    ("2 ^ -(t / 250)", lambda t: 2 ** -(t / 250)),
    ("abs(1 - t / 1000) + 0.001", lambda t: abs(1 - t / 1000) + 0.001),
    ("function(t) local cycle = t // 400 return 0.8 ^ cycle * (1 - (t - 400 * cycle) / 400) end",
     lambda t: 0.8 ** (t // 400) * (1 - (t - 400 * (t // 400)) / 400)),
    ("floor(10 - t / 250) / 10", lambda t: math.floor(10 - t / 250) / 10),
    ("0.999 ^ t * (1 + 0.1 * cos(t))", lambda t: 0.999 ** t * (1 + 0.1 * math.cos(t))),
    ("function(t)\n  if t < 100 then return t / 100 end\n  return 1\nend", lambda t: t / 100 if t < 100 else 1),
    ("1", lambda t: 1),
]
FACTORS = [(str(value), lambda t, value=value: value) for value in (0.95, 0.99, 0.999, 1.001, 0.5, 1.0, 0.9999)] + [
    ("t % 100 == 0 and 0.5 or 1", lambda t: 0.5 if t % 100 == 0 else 1),
    ("t % 30 == 0 and 0.9 or 1", lambda t: 0.9 if t % 30 == 0 else 1),
    ("t / (t + 1)", lambda t: t / (t + 1)),
    ("(t + 1) / t", lambda t: (t + 1) / t),
    ("1 - 1 / (t + 10)", lambda t: 1 - 1 / (t + 10)),
    ("exp(-1 / (t + 1))", lambda t: math.exp(-1 / (t + 1))),
    ("1 + 0.01 * cos(t)", lambda t: 1 + 0.01 * math.cos(t)),
    ("t < 1000 and 1.002 or 0.998", lambda t: 1.002 if t < 1000 else 0.998),
    ("function(t) return t == 500 and 0.1 or t == 1500 and 0.1 or 1 end", lambda t: 0.1 if t in (500, 1500) else 1),
    ("0.5 ^ (1 / 250)", lambda t: 0.5 ** (1 / 250)),
    ("sqrt(t / (t + 1))", lambda t: math.sqrt(t / (t + 1))),
    ("t <= 50 and 1.1 or 0.997", lambda t: 1.1 if t <= 50 else 0.997),
    ("min(1, 1000 / t)", lambda t: min(1, 1000 / t)),
]


def of_text(make, texts, p, base):
    function = dict(texts)[p["lr_lambda"]]
    return stepped(lambda o: make(o, function), base)[0]


def inverse_time_decay(p, base):
    times = (lambda t: t // p["decay_steps"]) if p.get("staircase") else (lambda t: t / p["decay_steps"])
    return [base / (1 + p["decay_rate"] * times(t)) for t in range(STEPS)]


def polynomial_decay(p, base):
    end, power, steps = p.get("end_learning_rate", 1e-4), p.get("power", 1.0), p["decay_steps"]
    rates = []
    for t in range(STEPS):
        length = steps * max(1, math.ceil(t / steps)) if p.get("cycle") else steps
        rates.append((base - end) * ((length - min(t, length)) / length) ** power + end)
    return rates


def piecewise_constant(p, base):
    return [p["values"][bisect_left(p["boundaries"], t)] for t in range(STEPS)]


def cosine_decay(p, base):
    def decay(top, t):
        share = min(t, p["decay_steps"]) / p["decay_steps"]
        alpha = p.get("alpha", 0.0)
        return top * ((1 - alpha) * 0.5 * (1 + math.cos(math.pi * share)) + alpha)

    warm, target = p.get("warmup_steps", 0), p.get("warmup_target", base)
    return [base + (target - base) * (t / warm) if t < warm else decay(target, t - warm) for t in range(STEPS)]


def cosine_decay_restarts(p, base):
    alpha, longer, higher = p.get("alpha", 0.0), p.get("t_mul", 2.0), p.get("m_mul", 1.0)
    rates = []
    for t in range(STEPS):
        begin, length, cycle = 0.0, float(p["first_decay_steps"]), 0
        while t >= begin + length:
            begin, length, cycle = begin + length, length * longer, cycle + 1
        cosine = 0.5 * higher ** cycle * (1 + math.cos(math.pi * (t - begin) / length))
        rates.append(base * ((1 - alpha) * cosine + alpha))
    return rates


def warmup(p, base):
    start, steps, shape = p.get("start_factor", 0.0), p["steps"], p.get("shape", "linear")
    ways = {"linear": lambda x: start + (1 - start) * x,
            "cosine": lambda x: start + (1 - start) * 0.5 * (1 - math.cos(math.pi * x)),
            "exponential": lambda x: start ** (1 - x)}
    return [base * ways[shape](t / steps) if t < steps else base for t in range(STEPS)]


def warmup_stable_decay(p, base):
    warm, down, total = p.get("warmup_steps", 0), p["decay_steps"], p.get("total_steps", STEPS)
    low, shape = p.get("min_factor", 0.0), p.get("decay", "linear")
    ways = {"linear": lambda x: 1 - x, "cosine": lambda x: 0.5 * (1 + math.cos(math.pi * x)), "sqrt": lambda x: 1 - math.sqrt(x)}
    rates = []
    for t in range(STEPS):
        share = min(1, max(0, t - (total - down)) / down)
        rates.append(base * (t / warm) if t < warm else base * (low + (1 - low) * ways[shape](share)))
    return rates


def noam(p, base):
    warm = p.get("warmup_steps", 4000)
    scale = p["model_size"] ** -0.5 if "model_size" in p else warm ** 0.5
    return [base * scale * min((t + 1) ** -0.5, (t + 1) * warm ** -1.5) for t in range(STEPS)]


def inverse_sqrt(p, base):
    warm, start = p["warmup_steps"], p.get("start_factor", 0.0)
    return [base * (start + (1 - start) * t / warm) if t < warm else base * math.sqrt(warm / t) for t in range(STEPS)]


def cosine_with_min_lr(p, base):
    warm, total = p.get("warmup_steps", 0), p.get("total_steps", STEPS)
    low = p.get("min_lr", base * p.get("min_lr_rate", 0.0))
    rates = []
    for t in range(STEPS):
        share = (min(t, total) - warm) / (total - warm)
        cosine = 0.5 * (1 + math.cos(2 * math.pi * p.get("num_cycles", 0.5) * share))
        rates.append(base * t / warm if t < warm else low + (base - low) * cosine)
    return rates


FORMULAS = {function.__name__: function for function in (
    cosine_annealing, cyclical, one_cycle, sequential, chained, inverse_time_decay, polynomial_decay, piecewise_constant,
    cosine_decay, cosine_decay_restarts, warmup, warmup_stable_decay, noam, inverse_sqrt, cosine_with_min_lr)}
FORMULAS["lambda"] = lambda p, base: of_text(reference.LambdaLR, EXPRESSIONS, p, base)
FORMULAS["multiplicative"] = lambda p, base: of_text(reference.MultiplicativeLR, FACTORS, p, base)
FORMULAS["cosine_warm_restarts"] = lambda p, base: stepped(
    lambda o: reference.CosineAnnealingWarmRestarts(o, p["t_0"], p.get("t_mult", 1), p.get("eta_min", 0.0)), base)[0]


def rates_of(scheduler, p, base):
    if scheduler in SIMPLE:
        return closed(lambda o: SIMPLE[scheduler](o, p), base)
    return FORMULAS[scheduler](p, base)


# ---- the parameter sets -------------------------------------------------------------------------------------------------------


def whole(low, high):
    return chance.randint(low, high)


def maybe(p, key, value):
    if chance.random() < 0.7:
        p[key] = value
    return p


def milestones(count):
    return sorted(chance.sample(range(1, STEPS), count))


def simple_stage():
    kind = chance.choice(["constant", "linear", "exponential_decay", "step_decay", "polynomial"])
    return {"plugin": kind, **{
        "constant": lambda: {"factor": uniform(0.05, 1), "total_iters": whole(1, 400)},
        "linear": lambda: {"start_factor": uniform(0.05, 1), "end_factor": uniform(0.05, 1), "total_iters": whole(1, 800)},
        "exponential_decay": lambda: {"gamma": uniform(0.99, 1)},
        "step_decay": lambda: {"step_size": whole(1, 300), "gamma": uniform(0.3, 1)},
        "polynomial": lambda: {"total_iters": whole(2000, 3000), "power": uniform(0.5, 3)}}[kind]()}


def cyclical_set(i):
    p = {"min": uniform(1e-4, 1e-2), "max": uniform(0.02, 1), "step_size_up": whole(1, 900)}
    maybe(p, "step_size_down", whole(1, 900))
    p["mode"] = ["triangular", "triangular2", "exp_range"][i % 3]
    if p["mode"] == "exp_range":
        p["gamma"] = uniform(0.99, 1)
    if i % 2:
        p.update(min_momentum=uniform(0.5, 0.8), max_momentum=uniform(0.8, 0.99))
    return p


def one_cycle_set(i):
    p = {"max_lr": uniform(0.01, 2)} if i % 5 else {}
    maybe(p, "total_steps", whole(2, 2000))
    maybe(p, "pct_start", uniform(0.05, 0.45))
    maybe(p, "anneal_strategy", chance.choice(["cos", "linear"]))
    maybe(p, "div_factor", uniform(2, 100))
    maybe(p, "final_div_factor", uniform(2, 1e5))
    maybe(p, "three_phase", chance.random() < 0.5)
    if i % 3 == 0:
        p["cycle_momentum"] = False
    elif i % 3 == 1:
        p.update(base_momentum=uniform(0.5, 0.8), max_momentum=uniform(0.8, 0.99))
    return p


def sequential_set(i):
    count = whole(1, 4)
    stages = [simple_stage() for _ in range(count)]
    if i >= 16:  # a sequence as the last stage
        stages.append({"plugin": "sequential", "stages": [simple_stage(), simple_stage()], "milestones": [whole(5, 40)]})
        return {"stages": stages, "milestones": sorted(chance.sample(range(1, 1900), count))}
    return {"stages": stages, "milestones": milestones(count - 1)}


def cosine_with_min_lr_set(i):
    p = maybe({}, "warmup_steps", whole(0, 300))
    p["min_lr" if i % 2 else "min_lr_rate"] = uniform(1e-5, 1e-4) if i % 2 else uniform(0, 0.5)
    maybe(p, "total_steps", whole(400, 2000))
    return maybe(p, "num_cycles", uniform(0.3, 4))


SETS = {
    "step_decay": lambda i: maybe({"step_size": whole(1, 900)}, "gamma", uniform(0.05, 0.999)),
    "exponential_decay": lambda i: {"gamma": uniform(0.98, 1.001)},
    "multi_step": lambda i: maybe({"milestones": milestones(whole(1, 8))}, "gamma", uniform(0.05, 1.2)),
    "constant": lambda i: maybe(maybe({}, "factor", uniform(0, 1)), "total_iters", whole(1, 1900)),
    "linear": lambda i: maybe(maybe(maybe({}, "start_factor", uniform(0.01, 1)), "end_factor", uniform(0, 1)), "total_iters",
                              whole(1, 2500)),
    "polynomial": lambda i: maybe(maybe({}, "total_iters", whole(1, 2500)), "power", uniform(0.2, 4)),
    "cosine_annealing": lambda i: maybe({"t_max": whole(1, 2500)}, "eta_min", uniform(0, 1e-4)),
    "cyclical": cyclical_set,
    "cosine_warm_restarts": lambda i: maybe(maybe({"t_0": whole(1, 500)}, "t_mult", whole(1, 4)), "eta_min", uniform(0, 1e-4)),
    "one_cycle": one_cycle_set,
    "lambda": lambda i: {"lr_lambda": EXPRESSIONS[i][0]},
    "multiplicative": lambda i: {"lr_lambda": FACTORS[i][0]},
    "sequential": sequential_set,
    "chained": lambda i: {"stages": [simple_stage() for _ in range(whole(1, 4))]},
    "inverse_time_decay": lambda i: maybe({"decay_steps": whole(1, 900), "decay_rate": uniform(0, 3)}, "staircase", i % 2 == 0),
    "polynomial_decay": lambda i: maybe(maybe(maybe({"decay_steps": whole(1, 2500)}, "end_learning_rate", uniform(0, 1e-3)), "power",
                                              uniform(0.3, 3)), "cycle", i % 2 == 0),
    "piecewise_constant": lambda i: {"boundaries": milestones(i % 6), "values": [uniform(0, 1) for _ in range(i % 6 + 1)]},
    "cosine_decay": lambda i: maybe(maybe({"decay_steps": whole(1, 2500)}, "alpha", uniform(0, 1)) | (
        {"warmup_steps": whole(1, 500), "warmup_target": uniform(0.1, 1)} if i % 2 else {}), "alpha", uniform(0, 1)),
    "cosine_decay_restarts": lambda i: maybe(maybe(maybe({"first_decay_steps": whole(1, 300)}, "t_mul", chance.choice(
        [1.0, 1.5, 2.0, 3.0])), "m_mul", uniform(0.3, 1.1)), "alpha", uniform(0, 0.5)),
    "warmup": lambda i: {"steps": whole(1, 1900), "start_factor": uniform(1e-4, 1), "shape": ["linear", "cosine", "exponential"][i % 3]},
    "warmup_stable_decay": lambda i: maybe(maybe(maybe({"decay_steps": whole(1, 500), "decay": ["linear", "cosine", "sqrt"][i % 3]},
                                                       "warmup_steps", whole(0, 400)), "total_steps", whole(1000, 2000)), "min_factor",
                                           uniform(0, 1)),
    "noam": lambda i: maybe(maybe({}, "warmup_steps", whole(1, 3000)), "model_size", whole(16, 4096)),
    "inverse_sqrt": lambda i: maybe({"warmup_steps": whole(1, 1900)}, "start_factor", uniform(0, 1)),
    "cosine_with_min_lr": cosine_with_min_lr_set,
}


def numbers_in(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for element in value for number in numbers_in(element)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def chosen(p):
    steps = {0, 1, 2, 3, 4, 5, 6, STEPS - 2, STEPS - 1}
    for number in numbers_in(p):
        for many in (1, 2, 3):
            steps.update(number * many + off for off in (-1, 0, 1))
    steps = {step for step in steps if 0 <= step < STEPS}
    steps = set(which.sample(sorted(steps), min(len(steps), 40)))
    while len(steps) < 56:
        steps.add(which.randrange(STEPS))
    return sorted(steps | {0, STEPS - 1})


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(element)}" for key, element in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(element) for element in value) + "]"
    return repr(value)


def cases():
    """(scheduler, number, parameters, base rate, rates, momenta or None) of every case."""
    for scheduler, make in SETS.items():
        for i in range(20):
            parameters, base = make(i), base_learning_rate()
            values = rates_of(scheduler, parameters, base)
            yield (scheduler, i, parameters, base, *values) if isinstance(values, tuple) else (
                scheduler, i, parameters, base, values, None)


def write():
    files = {}
    for scheduler, i, parameters, base, rates, momenta in cases():
        steps = chosen(parameters)
        text = f'[[case]]\nname = "set {i + 1}"\nparameters = {toml(parameters)}\nbase = {base!r}\n'
        text += "rates = [" + ", ".join(f"[{t}, {rates[t]!r}]" for t in steps) + f"]\nsum = {math.fsum(rates)!r}\n"
        if momenta is not None:
            text += "momenta = [" + ", ".join(f"[{t}, {momenta[t]!r}]" for t in steps[::3]) + "]\n"
        files.setdefault(scheduler, []).append(text)
    for scheduler, texts in files.items():
        with open(f"{HERE}/{scheduler}.toml", "w") as file:
            file.write("# Written by generate.py, which says where the numbers come from.\n" + "\n".join(texts))


def compare(treino):
    worst = {}
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/x.csv", "w").close()  # has to be there, and is not read
        for scheduler, i, parameters, base, rates, momenta in cases():
            with open(f"{folder}/m.toml", "w") as file:
                file.write(f'[run]\nname = "m"\nepochs = {STEPS}\n[data]\ntrain = {{ file = "x.csv", target = -1 }}\n[model]\nlayers = '
                           f'[{{ type = "dense", units = 1 }}]\n[optimizer]\nplugin = "sgd"\nlearning_rate = {base!r}\nmomentum = 0.9\n[loss]\n'
                           f'plugin = "mse"\n[[scheduler]]\nplugin = "{scheduler}"\nunit = "epoch"\n')
                file.writelines(f"{key} = {toml(value)}\n" for key, value in parameters.items())
            subprocess.run([treino, "lr", f"{folder}/m.toml", "--csv", f"{folder}/m.csv"], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            with open(f"{folder}/m.csv") as file:
                rows = [line.rstrip("\n").split(",") for line in file][1:]
            assert len(rows) == STEPS
            for t, row in enumerate(rows):
                for found, wanted in ((row[2], rates[t]), (row[3], momenta[t] if momenta else None)):
                    if wanted is None:
                        continue
                    deviation = abs(float(found) - wanted) / abs(wanted) if wanted else abs(float(found))
                    if deviation >= worst.get(scheduler, (0,))[0]:
                        worst[scheduler] = (deviation, i + 1, t, wanted)
    for scheduler, (deviation, number, t, wanted) in worst.items():
        print(f"{scheduler:24} {deviation:.2g}" + (f"  (set {number}, t = {t}, {wanted!r})" if deviation > 0 else ""))


if __name__ == "__main__":
    compare(sys.argv[2]) if len(sys.argv) == 3 and sys.argv[1] == "--compare" else write()
