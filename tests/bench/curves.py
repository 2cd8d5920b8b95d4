#!/usr/bin/python3
"""Trains the workloads of compare.py from the same weights on the same data in the engine and in PyTorch, and prints how far apart the
losses are. Exit status 1 where the first ten steps differ by more than rounding (1e-5 of the loss; c: 1e-4). Later on, a relu that a
rounding turns over drives any two programs apart: how far is shown by PyTorch's own distance from itself in double precision. In c
that begins with the third step, since Adam makes a whole step of the smallest gradient: with oneDNN's kernels for SSE4.1
(DNNL_MAX_CPU_ISA=SSE41), which round otherwise, eight steps differ by 2e-8 from double precision, with those for AVX-512 by 4e-5.

  tests/bench/curves.py BUILD_FOLDER      (a build with the target bench_engine_steps; needs PyTorch)
"""
import pathlib
import subprocess
import sys
import tempfile

import torch

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
from torch_nets import NETS  # noqa: E402

LIMITS = {"a": 1e-5, "b": 1e-5, "c": 1e-4, "d": 1e-5}
RATES = {"a": 0.05, "b": 1e-3, "c": 1e-4, "d": 1e-3}


def engine(program, workload):
    """Inputs and parameters as one array, and the losses."""
    with tempfile.NamedTemporaryFile() as file:
        command = [program, "curve", workload, str(RATES[workload]), file.name]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return torch.frombuffer(bytearray(pathlib.Path(file.name).read_bytes()), dtype=torch.float32), [float(x) for x in lines]


def load(model, numbers):
    """Weights of dense layers are inputs x units there, units x inputs here."""
    at = 0
    for parameter in model.parameters():
        values = numbers[at:at + parameter.numel()]
        at += parameter.numel()
        shape = parameter.shape
        parameter.data = (values.reshape(shape[1], shape[0]).T if len(shape) == 2 else values.reshape(shape)).clone().contiguous()


def torch_losses(workload, numbers, count, precision=torch.float32):
    build, shape = NETS[workload]
    size = 4 * torch.Size(shape).numel()
    inputs, model = numbers[:size].reshape(4, *shape).to(precision), build()
    load(model, numbers[size:])
    model.to(precision)
    target = torch.arange(shape[0]) % 10
    if workload == "a":
        optimizer = torch.optim.SGD(model.parameters(), lr=RATES[workload], momentum=0.9)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=RATES[workload])
    losses = []
    for step in range(count):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs[step % 4]), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def distance(losses, others):
    return max(abs(a - b) / b for a, b in zip(losses, others))


def main():
    program = pathlib.Path(sys.argv[1]).resolve() / "tests/bench_engine_steps"
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as the engine has it; else a step of c takes several times as long
    failed = False
    for workload in sys.argv[2] if len(sys.argv) > 2 else "abcd":
        numbers, ours = engine(program, workload)
        theirs = torch_losses(workload, numbers, len(ours))
        exact = torch_losses(workload, numbers, len(ours), torch.float64)
        failed = failed or distance(ours[:10], theirs) > LIMITS[workload]
        print(f"{workload}: largest relative difference from PyTorch in ten steps {distance(ours[:10], theirs):.1e}; in fifty, from "
              f"PyTorch in double precision, the engine's {distance(ours, exact):.1e}, PyTorch's own {distance(theirs, exact):.1e}; the "
              f"last loss is {ours[-1]:.6f}, {theirs[-1]:.6f} and {exact[-1]:.6f}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
