#!/usr/bin/python3
"""What compare.py says where something is missing, with programs that answer in place of those that are timed."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).resolve().parent / "compare.py"
ANSWER = "#!/bin/sh\nwhile read -r line; do echo '2.0 1.0'; done\n"


class CompareTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.write("build/tests/bench_engine_steps", ANSWER)
        # A compiler that finds no library, and a Python that has no PyTorch, whatever this machine has.
        self.write("bin/g++", "#!/bin/sh\necho 'In file included from peer.cpp:' >&2\necho 'peer.cpp:3:10: fatal error: no header' >&2\nexit 1\n")
        self.write("modules/torch.py", "raise ModuleNotFoundError(\"No module named 'torch'\")\n")

    def tearDown(self):
        self.temporary.cleanup()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def compare(self, *options):
        environment = dict(os.environ, PATH=f"{self.folder / 'bin'}:{os.environ['PATH']}", PYTHONPATH=str(self.folder / "modules"))
        return subprocess.run([sys.executable, COMPARE, self.folder / "build", "--no-run", "--rounds", "1", "--threads", "1", *options],
                              capture_output=True, text=True, env=environment)

    def check_refused(self, expected, *options):
        done = self.compare(*options)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(expected, done.stderr)

    def test_peers_that_are_missing_are_named_with_the_reason_and_have_no_times(self):
        done = self.compare("--workloads", "a", "--bfloat16")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("| a | 1 | 2.0 | - | - | - | - | - | - |  |", done.stdout)
        self.assertIn("PyTorch is left out: ModuleNotFoundError: No module named 'torch'", done.stdout)
        self.assertIn("PyTorch bfloat16 is left out: ModuleNotFoundError", done.stdout)
        self.assertIn("libtorch is left out: peer.cpp:3:10: fatal error: no header", done.stdout)
        self.assertIn("dlib is left out: peer.cpp:3:10: fatal error: no header", done.stdout)

    def test_a_peer_that_answers_has_its_ratio(self):
        self.write("bin/g++", "#!/bin/sh\nwhile [ \"$1\" != -o ]; do shift; done\n"
                              "printf '#!/bin/sh\\nwhile read -r line; do echo \"6.0 5.0\"; done\\n' > \"$2\"\nchmod 755 \"$2\"\n")
        done = self.compare("--workloads", "a")
        self.assertIn("| a | 1 | 2.0 | - | - | 6.0 | 6.0 | 3.00 (3.00-3.00; 3.00) libtorch | - |", done.stdout)

    def test_an_engine_that_fails_is_an_error(self):
        self.write("build/tests/bench_engine_steps", "#!/bin/sh\necho 'no such workload' >&2\nexit 1\n")
        done = self.compare("--workloads", "a")
        self.assertEqual(done.returncode, 1)
        self.assertIn("error: bench_engine_steps failed: no such workload", done.stderr)

    def test_what_cannot_be_measured_is_refused_before_anything_starts(self):
        self.check_refused("--root /nowhere: found no root file system there (it has no usr/bin)", "--root", "/nowhere")
        (self.folder / "root/usr/bin").mkdir(parents=True)
        self.check_refused("(it has no proc)", "--root", str(self.folder / "root"))
        self.check_refused("there is no workload 'x'. There are: a, b, c, d", "--workloads", "ax")
        self.check_refused("--workloads names none", "--workloads", "")
        self.check_refused("found '1,0'", "--threads", "1,0")
        self.check_refused("--rounds is 0: it must be at least 1", "--rounds", "0")
        self.check_refused("there is no such file", "--write", str(self.folder / "results.md"))
        (self.folder / "build/tests/bench_engine_steps").unlink()
        self.check_refused("bench_engine_steps is missing: build the targets treino, plugins and bench_engine_steps")


if __name__ == "__main__":
    unittest.main()
