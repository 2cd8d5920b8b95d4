#!/usr/bin/python3
"""Training steps of PyTorch for compare.py:  torch_steps.py THREADS [bfloat16]

bfloat16: forward and backward under torch.autocast, master weights in float32.
Reads lines "<workload> <seconds>", trains for about that long and answers "<median microseconds per step> <best>". The first time that
a workload is asked for, every way to run it is tried shortly and the fastest is kept, so that PyTorch is seen at its best.
Workloads: a 64-32-10 on batches of 32 with SGD and momentum; b 784-512-256-10 on 128, c 1024-4096-4096-10 on 512, d a
convolutional net on 64 images of 28 x 28, all three with Adam.
"""
import statistics
import sys
import time

import torch
from torch.nn import functional

sys.dont_write_bytecode = True
from torch_nets import NETS  # noqa: E402

# Numbers below 1.2e-38 slow a step down several times; the switch is to be thrown before the pool of threads exists.
torch.set_flush_denormal(True)
torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)

BFLOAT16 = "bfloat16" in sys.argv[2:]
# PyTorch 2's fused optimizers take one pass over the parameters; where a version has none for this processor, the way is left out.
WAYS = {"a": ["eager", "foreach", "fused", "trace", "trace fused"], "b": ["eager", "foreach", "fused", "trace", "trace fused"],
        "c": ["eager", "fused"], "d": ["eager", "fused", "trace", "channels_last", "channels_last fused", "channels_last trace"]}


def make_step(workload, way):
    build, shape = NETS[workload]
    model = build()
    inputs = [torch.rand(shape) for _ in range(4)]
    targets = [torch.randint(0, 10, shape[:1]) for _ in range(4)]
    if "channels_last" in way:
        model = model.to(memory_format=torch.channels_last)
        inputs = [x.contiguous(memory_format=torch.channels_last) for x in inputs]
    parameters = list(model.parameters())
    options = {"fused": True} if "fused" in way else {"foreach": "foreach" in way}
    if workload == "a":
        optimizer = torch.optim.SGD(parameters, lr=1e-6, momentum=0.9, **options)
    else:
        optimizer = torch.optim.Adam(parameters, lr=1e-6, **options)
    if "trace" in way:
        model = torch.jit.trace(model, inputs[0])
    count = 0

    def step():
        nonlocal count
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BFLOAT16):
            loss = functional.cross_entropy(model(inputs[count % 4]), targets[count % 4])
        loss.backward()
        optimizer.step()
        count += 1

    return step


def measure(step, seconds):
    """Median and best of chunks of at least 5 ms."""
    start = time.perf_counter()
    step()
    chunk = max(1, int(0.005 / (time.perf_counter() - start)))
    times, end = [], time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(chunk):
            step()
        times.append((time.perf_counter() - start) / chunk * 1e6)
    return statistics.median(times), min(times)


def fastest(workload, seconds):
    steps = []
    for way in WAYS[workload]:
        try:
            step = make_step(workload, way)
            for _ in range(3):  # tracing optimizes while it runs
                step()
        except (RuntimeError, TypeError):
            if "fused" in way:
                continue
            raise
        steps.append((measure(step, min(seconds, 0.3))[1], step))
    return min(steps, key=lambda pair: pair[0])[1]


name, step = "", None
for line in sys.stdin:
    workload, seconds = line.split()
    if workload != name:
        name, step = workload, None  # before the next one is built: c takes hundreds of megabytes
        step = fastest(workload, float(seconds))
    print(*measure(step, float(seconds)), flush=True)
