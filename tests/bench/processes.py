#!/usr/bin/python3
"""Times steps of runs of several processes on this machine, and prints how far they are from their goal and their floor.

  tests/bench/processes.py BUILD_FOLDER [--rounds 5] [--workloads bcd] [--write tests/bench/RESULTS.md]

BUILD_FOLDER holds a release build with the plugin mpi. Three kinds of run take turns, so that what else the machine does hits all of
them; a ratio is taken within a round: one process of one thread; two processes of one thread with a batch twice as large, of which
each has as much to do (efficiency: the first's time per step by theirs); one process of two threads with that batch; and two runs of one
thread at once that exchange nothing, which is what the machine allows two processes (its cores share memory, caches and power).
"""
import argparse
import datetime
import json
import os
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile

from compare import LAYERS, layer, machine, write_npy

STEPS = {"b": 150, "c": 6, "d": 30}  # per epoch, the same for each kind
COLUMNS = {"b": 784, "c": 1024, "d": 784}
BATCH = {"b": 128, "c": 512, "d": 64}
PARAMETERS = {"b": 535818, "c": 21020682, "d": 1199882}
EPOCHS = {"b": 8, "c": 4, "d": 5}
GOAL = {"b": 0.8, "c": 0.9, "d": 0.9}
MARK = "<!-- processes -->"


def write_data(work, workload):
    """Rows for batches of both sizes, so that each kind takes as many steps in an epoch."""
    for times in (1, 2):
        rows = STEPS[workload] * BATCH[workload] * times
        shape = (rows, 1, 28, 28) if workload == "d" else (rows, COLUMNS[workload])
        write_npy(work / f"{workload}{times}.npy", "|u1", shape, random.Random(1).randbytes(rows * COLUMNS[workload]))
        write_npy(work / f"{workload}{times}_labels.npy", "<i4", (rows,), struct.pack(f"<{rows}i", *(row % 10 for row in range(rows))))


def manifest(work, workload, times, threads, processes):
    path = work / f"{workload}_{times}_{threads}_{processes}.toml"
    path.write_text(f"""[run]
epochs = {EPOCHS[workload]}
threads = {threads}
quiet = true
{'[collective]' if processes > 1 else ''}
{'plugin = "mpi"' if processes > 1 else ''}
[data]
train = {{ file = "{workload}{times}.npy", target_file = "{workload}{times}_labels.npy", target_kind = "index" }}
scale = 0.00392156862745098
batch_size = {BATCH[workload] * times}
[model]
layers = [ {", ".join(layer(entry) for entry in LAYERS[workload])} ]
[optimizer]
plugin = "adam"
learning_rate = 1e-6
[loss]
plugin = "cross_entropy"
""")
    return path


def command_of(build, work, workload, times, threads, processes, folder):
    mpirun = ["mpirun", "--allow-run-as-root", "--bind-to", "none", "-n", str(processes)] if processes > 1 else []
    return [*mpirun, build / "treino", "run", manifest(work, workload, times, threads, processes), "--folder", folder]


def microseconds(build, work, workload, times, threads, processes, at_once=1):
    """Per step, of the epochs after the first, by the times in the log; the slower one's where several run at once."""
    with tempfile.TemporaryDirectory(dir=work) as name:
        folders = [pathlib.Path(name) / f"run{i}" for i in range(at_once)]
        started = [subprocess.Popen(command_of(build, work, workload, times, threads, processes, folder),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for folder in folders]
        for process in started:
            _, error = process.communicate()
            if process.returncode != 0:
                sys.exit(f"{process.args} failed: {error}")
        return max(epoch_time(folder) for folder in folders) / STEPS[workload]


def epoch_time(folder):
    """The median of the epochs after the first, in microseconds."""
    records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    ends = [datetime.datetime.fromisoformat(r["time"].rstrip("Z")) for r in records if r["type"] == "epoch"]
    return statistics.median((b - a).total_seconds() for a, b in zip(ends, ends[1:])) * 1e6


def spread(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def row(build, work, workload, rounds):
    write_data(work, workload)
    kinds = [(1, 1, 1), (2, 1, 2), (2, 2, 1), (1, 1, 1, 2)]  # times the batch, threads, processes, runs at once
    times = [[microseconds(build, work, workload, *kind) for kind in kinds] for _ in range(rounds)]
    middle = [statistics.median(column) for column in zip(*times)]
    efficiency = spread([alone / two for alone, two, _, _ in times])
    allowed = spread([alone / apart for alone, _, _, apart in times])
    threads = spread([threads / two for _, two, threads, _ in times])
    sent = PARAMETERS[workload] * 4 / 1e6  # half of the gradients to the other, and half of the sums
    return (f"| {workload} | {middle[0]:,.0f} | {middle[1]:,.0f} | {middle[2]:,.0f} | {middle[3]:,.0f} | {efficiency} | {GOAL[workload]} | "
            f"{allowed} | {threads} | {sent:,.1f} |")


def report(rows):
    head = ("| | 1 process, us | 2 processes, us | 1 process of 2 threads, us | 2 runs at once, us | efficiency | goal | "
            "of 2 runs at once | threads / processes | sent by each, MB per step |\n|---|---|---|---|---|---|---|---|---|---|")
    return f"{machine()}; {datetime.date.today()}; load average {os.getloadavg()[0]:.1f} at the end.\n\n{head}\n" + "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workloads", default="bcd")
    parser.add_argument("--write", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        text = report([row(options.build.resolve(), pathlib.Path(name), workload, options.rounds) for workload in options.workloads])
    print(text)
    if options.write:
        before, _, after = options.write.read_text().split(MARK)
        options.write.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}")


if __name__ == "__main__":
    main()
