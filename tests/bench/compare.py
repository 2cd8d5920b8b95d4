#!/usr/bin/python3
"""Times training steps of Treino and of PyTorch, libtorch and dlib, where they are installed, in turn, and prints ratios.

  tests/bench/compare.py BUILD_FOLDER [--rounds 5] [--workloads abcd] [--threads 1,2] [--write tests/bench/RESULTS.md] [--fetch]
                         [--root FOLDER] [--bfloat16]

BUILD_FOLDER holds a release build with the targets treino, plugins and bench_engine_steps. All programs are started once and asked
for one workload after another, in rounds, so that what else the machine does hits all of them; a ratio is taken within a round.
"engine" is the model, the optimizer and a loss; "run" is `treino run` with a progress bar, CSV, early stopping, a checkpoint each
epoch, cosine annealing and accuracy, by the times in its log: whole epochs, checkpoints included.
--root: the peers run inside this root file system (of another Debian, made by debootstrap, with its PyTorch, libtorch or dlib
installed; needs root); Treino runs outside. A peer that is not installed, or fails, is left out, and the reason stands below the table.
--bfloat16: PyTorch once more under CPU autocast; shown beside the others, never taken for the best peer, since it computes less exactly.
--fetch: Debian's OpenMP flavour of OpenBLAS and tcmalloc, which make PyTorch fastest, are downloaded and unpacked (not installed).
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = {"a": (32 * 2000, 64), "b": (128 * 468, 784), "c": (512 * 32, 1024), "d": (64 * 60, 784)}
BATCH = {"a": 32, "b": 128, "c": 512, "d": 64}
LAYERS = {"a": [32, "relu", 10], "b": [512, "relu", 256, "relu", 10], "c": [4096, "relu", 4096, "relu", 10],
          "d": ["conv32", "relu", "conv64", "relu", "pool", "flatten", 128, "relu", 10]}
SECONDS = {"a": 0.2, "b": 0.3, "c": 1.0, "d": 0.4}
RUNS = {"a": 5, "b": 5, "c": 2, "d": 5}
TARGETS = {"a": {"dlib": 4, "libtorch": 14, "PyTorch": 22}, "b": {1: 1.8, 2: 1.65}, "c": {1: 1.2, 2: 1.15}, "d": {1: 1.8, 2: 1.65}}


class Here:
    """Where the peers live: this machine."""

    def __init__(self, work):
        self.root, self.work = pathlib.Path("/"), work

    def command(self, *parts):
        return [str(part) for part in parts]

    def path(self, file):
        return file

    def close(self):
        pass


class Root:
    """Where the peers live: another root file system, entered by chroot. Mounts vanish with the process that made them."""

    ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'

    def __init__(self, root):
        self.root = root.resolve()
        self.work = self.root / "tmp/treino-peers"
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(HERE, self.work / "bench")

    def command(self, *parts):
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", self.ENTER, str(self.root), *map(str, parts)]

    def path(self, file):
        """As the peers see it."""
        copy = self.work / "bench" / file.relative_to(HERE) if file.is_relative_to(HERE) else file
        return pathlib.Path("/") / copy.relative_to(self.root)

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)


class Missing(Exception):
    """Why a peer is not measured."""


def reason_in(text):
    """The line of an error output that tells most: a compiler's first error, an exception's last line, or the first one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "it ended without a message"
    errors = [line for line in lines if "error:" in line]
    return errors[0] if errors else lines[-1] if lines[0].startswith("Traceback") else lines[0]


def build(place, source, program, *options):
    """Compiles a peer's program. Throws Missing where that cannot be."""
    if program.exists() and program.stat().st_mtime > max(f.stat().st_mtime for f in (source, HERE / "steps.hpp")):
        return place.path(program)
    command = place.command("g++", "-std=c++17", "-O3", "-w", place.path(source), "-o", place.path(program), *options)
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise Missing(str(error)) from error
    if done.returncode != 0:
        raise Missing(reason_in(done.stderr))
    return place.path(program)


def fetch(folder):
    """Unpacks the two packages into `folder`, where apt can get them."""
    packages = ["libopenblas0-openmp", "libtcmalloc-minimal4"]
    if not shutil.which("apt-get") or subprocess.run(["apt-get", "download", *packages], cwd=folder, capture_output=True).returncode:
        return
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder], check=True)


def tuned(place, threads):
    """The environment that PyTorch, libtorch and dlib are fastest in."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads))
    if threads > 1:
        environment["OMP_PROC_BIND"] = "true"
    cpu = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    if "avx512f" in cpu:  # OpenBLAS takes some virtual machines for an older processor
        environment["OPENBLAS_CORETYPE"] = "SKYLAKEX"
    inside = isinstance(place, Root)
    for root in [place.root] if inside else [place.work, place.root]:
        for blas in root.glob("usr/lib/*/openblas-openmp"):
            environment.setdefault("LD_LIBRARY_PATH", str(place.path(blas)))
        for allocator in root.glob("usr/lib/*/libtcmalloc_minimal.so.4"):
            if not inside:  # it would be looked for outside by the programs that enter
                environment.setdefault("LD_PRELOAD", str(allocator))
    return environment


class Peer:
    """A program that is told a workload and answers with its time."""

    def __init__(self, command, environment):
        self.errors = tempfile.TemporaryFile(mode="w+")
        try:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=self.errors, text=True, env=environment)
        except OSError as error:
            raise Missing(str(error)) from error

    def microseconds(self, workload, seconds):
        """Throws Missing where the program has ended."""
        try:
            self.process.stdin.write(f"{workload} {seconds}\n")
            self.process.stdin.flush()
            return float(self.process.stdout.readline().split()[0])
        except (OSError, IndexError, ValueError):
            self.close()
            self.errors.seek(0)
            raise Missing(reason_in(self.errors.read())) from None

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait()


def write_npy(path, code, shape, bytes_):
    sizes = ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "")
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': ({sizes}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes_)


def layer(entry):
    if isinstance(entry, int):
        return f'{{ type = "dense", units = {entry} }}'
    if entry.startswith("conv"):
        return f'{{ type = "conv2d", filters = {entry[4:]}, kernel = 3 }}'
    return '{ type = "max_pool", kernel = 2 }' if entry == "pool" else f'{{ type = "{entry}" }}'


class Run:
    """`treino run` with the usual plugins, on random pixels."""

    def __init__(self, build_folder, work, workload, threads):
        self.program, self.folder, self.count = build_folder / "treino", work / f"run_{workload}{threads}", 0
        self.folder.mkdir()
        rows, columns = SAMPLES[workload]
        self.steps = rows // BATCH[workload]
        pixels, labels = work / f"{workload}.npy", work / f"{workload}_labels.npy"
        if not pixels.exists():
            generator = random.Random(1)
            shape = (rows, 1, 28, 28) if workload == "d" else (rows, columns)
            write_npy(pixels, "|u1", shape, generator.randbytes(rows * columns))
            write_npy(labels, "<i4", (rows,), struct.pack(f"<{rows}i", *(row % 10 for row in range(rows))))
        optimizer = 'plugin = "sgd"\nmomentum = 0.9' if workload == "a" else 'plugin = "adam"'
        self.epochs, self.together = {"a": (49, 8), "b": (7, 1), "c": (4, 1), "d": (6, 1)}[workload]
        (self.folder / "train.toml").write_text(f"""[run]
epochs = {self.epochs}
threads = {threads}
[data]
train = {{ file = "{pixels}", target_file = "{labels}", target_kind = "index" }}
scale = 0.00392156862745098
batch_size = {BATCH[workload]}
[model]
layers = [ {", ".join(layer(entry) for entry in LAYERS[workload])} ]
[optimizer]
{optimizer}
learning_rate = 1e-6
[loss]
plugin = "cross_entropy"
[[metric]]
plugin = "accuracy"
[[scheduler]]
plugin = "cosine_annealing"
t_max = 1000
[[callback]]
plugin = "progbar_logger"
[[callback]]
plugin = "csv_logger"
filename = "history.csv"
[[callback]]
plugin = "early_stopping"
monitor = "loss"
patience = 1000
[[callback]]
plugin = "model_checkpoint"
filepath = "weights.safetensors"
""")

    def microseconds(self):
        """Of the epochs after the first, whose end is where the clock starts; some together, for the log has milliseconds."""
        self.count += 1
        folder = self.folder / str(self.count)
        done = subprocess.run([self.program, "run", self.folder / "train.toml", "--folder", folder], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.program} failed: {done.stderr}")
        records = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        ends = [datetime.datetime.fromisoformat(r["time"].rstrip("Z")) for r in records if r["type"] == "epoch"][::self.together]
        shutil.rmtree(folder)
        return statistics.median((b - a).total_seconds() for a, b in zip(ends, ends[1:])) / self.steps / self.together * 1e6


def start(build_folder, place, threads, bfloat16):
    """The programs by name, and by name why others are not there."""
    environment, missing = tuned(place, threads), {}
    libraries = ["-I/usr/include/torch/csrc/api/include", "-ltorch", "-ltorch_cpu", "-lc10", "-lpthread"]
    torch = ["/usr/bin/python3", place.path(HERE / "peers/torch_steps.py"), threads]
    programs = {
        "PyTorch": lambda: torch,
        "libtorch": lambda: [build(place, HERE / "peers/libtorch_steps.cpp", place.work / "libtorch_steps", *libraries), threads],
        "dlib": lambda: [build(place, HERE / "peers/dlib_steps.cpp", place.work / "dlib_steps", "-march=native", "-ldlib", "-lblas",
                               "-llapack", "-lpthread"), threads]}
    if bfloat16:
        programs["PyTorch bfloat16"] = lambda: [*torch, "bfloat16"]
    peers = {"engine": Peer([build_folder / "tests/bench_engine_steps", threads], dict(os.environ))}
    for name, command in programs.items():
        try:
            peers[name] = Peer(place.command(*command()), environment)
        except Missing as error:
            missing[name] = str(error)
    return peers, missing


def measure(peers, missing, name, workload):
    """None from a peer that is not there; it is asked no more."""
    try:
        return peers[name].microseconds(workload, SECONDS[workload])
    except Missing as error:
        if name == "engine":
            sys.exit(f"error: bench_engine_steps failed: {error}")
        missing[name] = str(error)
        del peers[name]
        return None


def ratio(theirs, ours):
    ratios = [b / a for a, b in zip(ours, theirs)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}; {min(theirs) / min(ours):.2f})"


def verdict(workload, threads, name, times):
    """Whether the ratio to a peer is the one aimed at, for the engine and for the run."""
    target = TARGETS[workload].get(name if workload == "a" else threads)
    parts = []
    for ours in ("engine", "run"):
        if target is not None and times.get(ours):
            median = statistics.median(b / a for a, b in zip(times[ours], times[name]))
            parts.append(f"{ours} {'reached' if median >= target else 'missed'} ({median:.2f})")
    return f"{name} {target}: {', '.join(parts)}" if parts else ""


def report(rows):
    """rows: (workload, threads, {name: [microseconds of each round]})"""
    names = ["engine", "run", "PyTorch", "libtorch", "dlib"]
    names += ["PyTorch bfloat16"] if any(times.get("PyTorch bfloat16") for _, _, times in rows) else []
    titles = [f"{'Treino ' if name in ('engine', 'run') else ''}{name}, us" for name in names]
    titles = ["", "threads", *titles, "best peer / engine", "best peer / run", "target"]
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for workload, threads, times in rows:
        cells = [f"{statistics.median(times[name]):,.1f}" if times.get(name) else "-" for name in names]
        others = [name for name in ("PyTorch", "libtorch", "dlib") if times.get(name)]
        best = min(others, key=lambda name: statistics.median(times[name]), default=None)
        for ours in ("engine", "run"):
            cells.append(f"{ratio(times[best], times[ours])} {best}" if best and times.get(ours) else "-")
        judged = others if workload == "a" else [best] if best else []
        cells.append("; ".join(filter(None, (verdict(workload, threads, name, times) for name in judged))))
        lines.append(f"| {workload} | {threads} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def left_out(missing):
    return "".join(f"\n{name} is left out: {reason}\n" for name, reason in missing.items())


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines() if pathlib.Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    instructions = next(("AVX-512" if " avx512f" in line else "AVX2" if " avx2" in line else "" for line in lines
                         if line.startswith("flags")), "")
    return f"{names[0] if names else 'processor unknown'}, {os.cpu_count()} cores, {instructions}"


def check(parser, options):
    """Ends with an error before anything is started that could not be measured."""
    unknown = [workload for workload in options.workloads if workload not in BATCH]
    if unknown or not options.workloads:
        parser.error(f"--workloads: there is no workload {unknown[0]!r}. There are: {', '.join(BATCH)}" if unknown
                     else "--workloads names none")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}: it must be at least 1")
    needed = ["tests/bench_engine_steps"] + ([] if options.no_run else ["treino"])
    for program in needed:
        if not (options.build / program).is_file():
            parser.error(f"{options.build / program} is missing: build the targets treino, plugins and bench_engine_steps")
    absent = [folder for folder in ("usr/bin", "proc", "dev", "tmp") if options.root and not (options.root / folder).is_dir()]
    if absent:
        parser.error(f"--root {options.root}: found no root file system there (it has no {absent[0]}); debootstrap makes one")
    if options.root and os.geteuid() != 0:
        parser.error("--root needs the rights of root, for mounts and chroot")
    if options.write and not options.write.is_file():
        parser.error(f"--write {options.write}: there is no such file")


def thread_counts(text):
    if not all(part.isdecimal() and int(part) > 0 for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected numbers of threads from 1 up, with commas between, such as 1,2; found {text!r}")
    return [int(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workloads", default="abcd")
    parser.add_argument("--threads", type=thread_counts, default="1,2", help="numbers of threads, with commas between")
    parser.add_argument("--write", type=pathlib.Path, help="file whose part between the marks <!-- compare --> is replaced")
    parser.add_argument("--work", type=pathlib.Path, help="folder for peers' programs, kept for the next time")
    parser.add_argument("--no-run", action="store_true", help="leave `treino run` out")
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, help="root file system that the peers run in")
    parser.add_argument("--bfloat16", action="store_true", help="PyTorch under CPU autocast as well")
    options = parser.parse_args()
    check(parser, options)
    own = None if options.work else tempfile.TemporaryDirectory()
    work = options.work or pathlib.Path(own.name)
    work.mkdir(parents=True, exist_ok=True)
    if options.fetch and not list(work.glob("*.deb")):
        fetch(work)
    rows, missing, load = [], {}, os.getloadavg()[0]
    with (contextlib.closing(Root(options.root) if options.root else Here(work)) as place,
          tempfile.TemporaryDirectory(dir=work) as runs):
        for threads in options.threads:
            peers, unbuilt = start(options.build.resolve(), place, threads, options.bfloat16)
            missing.update(unbuilt)
            for workload in options.workloads:
                run = None if options.no_run else Run(options.build.resolve(), pathlib.Path(runs), workload, threads)
                times = {name: [] for name in [*peers, "run"]}
                for name in list(peers):
                    measure(peers, missing, name, workload)  # builds it, and the caches are warm
                for _ in range(options.rounds):
                    for name in list(peers):
                        value = measure(peers, missing, name, workload)
                        if value is not None:
                            times[name].append(value)
                    if run and len(times["run"]) < RUNS[workload]:
                        times["run"].append(run.microseconds())
                rows.append((workload, threads, times))
                print(workload, threads, {name: f"{statistics.median(v):,.1f}" for name, v in times.items() if v}, flush=True)
            for peer in peers.values():
                peer.close()
    text = (f"{machine()}; {datetime.date.today()}; load average {load:.1f} before it began; {options.rounds} rounds, medians; ratios are"
            f" medians of those within a round, with the lowest and the highest, and after the semicolon that of both programs' fastest"
            f" rounds.\n\n{report(rows)}\n{left_out(missing)}")
    print("\n" + text)
    if options.write:
        before, _, rest = options.write.read_text().partition("<!-- compare -->\n")
        options.write.write_text(f"{before}<!-- compare -->\n{text}<!-- compare -->{rest.partition('<!-- compare -->')[2]}")


if __name__ == "__main__":
    main()
