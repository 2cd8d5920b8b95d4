#!/usr/bin/python3
"""Prints what training with Treino costs beside the products: time from start to first batch, memory, growth, checkpoints, callbacks.

  tests/bench/costs.py BUILD_FOLDER [--write tests/bench/RESULTS.md]

BUILD_FOLDER holds a release build with the targets treino, plugins, bench_costs, bench_overhead and bench_first_batch.
"""
import argparse
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CALLBACKS = ["progbar_logger", "early_stopping", "terminate_on_nan", "csv_logger", "model_checkpoint", "backup_and_restore",
             "reduce_lr_on_plateau"]
METRICS = ["accuracy", "f1", "precision", "recall"]
FEW = 40


def manifest(folder, digits):
    """Digits with 15 plugins: loss, scheduler, four metrics, seven callbacks, a second bar, and the one that notes the time."""
    parameters = {"csv_logger": 'filename = "a.csv"', "model_checkpoint": 'filepath = "w.safetensors"',
                  "backup_and_restore": 'backup_dir = "backup"', "early_stopping": 'monitor = "loss"',
                  "reduce_lr_on_plateau": 'monitor = "loss"'}
    text = f"""[run]
epochs = 1
[data]
train = {{ file = "{digits}", target = -1 }}
batch_size = 32
[model]
layers = [ {{ type = "dense", units = 32 }}, {{ type = "relu" }}, {{ type = "dense", units = 10 }} ]
[optimizer]
plugin = "sgd"
momentum = 0.9
learning_rate = 0.05
[loss]
plugin = "cross_entropy"
[[scheduler]]
plugin = "cosine_annealing"
t_max = 10
"""
    text += "".join(f'[[metric]]\nplugin = "{name}"\n' for name in METRICS)
    text += "".join(f'[[callback]]\nplugin = "{name}"\n{parameters.get(name, "")}\n' for name in CALLBACKS)
    text += '[[callback]]\nplugin = "terminate_on_nan"\nname = "again"\n[[callback]]\nplugin = "first_batch"\n'
    (folder / "digits.toml").write_text(text)


def copy_few(plugins, program, folder):
    """The program, beside which no plugins lie, and of the plugins those that the manifest names and others, FEW in all."""
    shutil.copy2(program, folder)
    named = {"cross_entropy", "cosine_annealing", *METRICS, *CALLBACKS}
    found = sorted(plugins.rglob("*.so"), key=lambda path: (path.stem not in named, path))
    for path in found[:FEW - 1]:  # and first_batch
        (folder / "plugins" / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder / "plugins" / path.parent.name)


def start_to_first_batch(build, program, plugins):
    """Milliseconds, one a start. The first start, which finds nothing in the page cache, is not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        manifest(folder, SOURCE / "examples/data/digits.csv.gz")
        times = []
        for number in range(16):
            run = folder / str(number)
            start = time.monotonic_ns()
            subprocess.run([program, "run", folder / "digits.toml", "--folder", run, "--plugin-path", plugins,
                            "--plugin-path", build / "tests/bench_plugins"], check=True, capture_output=True)
            times.append((int((run / "first_batch").read_text()) - start) / 1e6)
        return times[1:]


def starts(build):
    """A line for all plugins of the build, and one for FEW of them."""
    every = start_to_first_batch(build, build / "treino", build / "plugins")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        copy_few(build / "plugins", build / "treino", folder)
        few = start_to_first_batch(build, folder / "treino", folder / "plugins")
    count = len(list((build / "plugins").rglob("*.so"))) + 1
    return "".join(f"From start to first batch, {found} plugins found, 15 instances made, digits read from gzipped CSV: "
                   f"{statistics.median(times):.1f} ms ({min(times):.1f}-{max(times):.1f}).\n"
                   for found, times in ((count, every), (FEW, few)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, help="file whose part between the marks <!-- costs --> is replaced")
    options = parser.parse_args()
    build = options.build.resolve()
    text = starts(build)
    for program in ("bench_costs", "bench_overhead"):
        text += "\n" + subprocess.run([build / "tests" / program], check=True, capture_output=True, text=True).stdout
    print(text)
    if options.write:
        before, _, rest = options.write.read_text().partition("<!-- costs -->\n")
        options.write.write_text(f"{before}<!-- costs -->\n{text}<!-- costs -->{rest.partition('<!-- costs -->')[2]}")


if __name__ == "__main__":
    main()
