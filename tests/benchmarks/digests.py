"""One digest: the event log of a scenario, played in every way that must make no difference.

Run by hand: ``python tests/benchmarks/digests.py [--python OTHER ...]``. Prints a line a way, with the
digest of its log; the last line tells whether all are one. `--python` takes interpreters of other versions
of Python, in environments that have the same libraries.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "world"), str(ROOT)]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402

MANY, FEW, WATCHED = 10_000, 40, 1000

# What another process is given: the arrays of the scenario. It plays them and writes its log.
CHILD = """
import sys
import numpy as np
from sim import kernel
found = np.load(sys.argv[1])
stored = kernel.WorldArrays(**{name: found["w_" + name] for name in kernel.WorldArrays._fields})
template = kernel.copy_state(stored)
worlds = np.arange(int(sys.argv[2]))
worlds = worlds[np.argsort(kernel.draw_of(worlds, len(found["fixed"])), kind="stable")]
log = np.zeros((40 * len(worlds), 6))
used = kernel.run_worlds(
    template, kernel.copy_state(template), found["fixed"], found["weight"], found["pace"],
    found["forced"], float(found["start"]), float(found["horizon"]), int(found["seed"]), worlds, log,
)
assert used <= len(log)
log = log[:used]
log = log[np.argsort(log[:, 4], kind="stable")]
sys.stdout.buffer.write(log.tobytes())
"""


VERSIONS = "import sys, numpy; print(sys.version.split()[0], 'numpy', numpy.__version__)"


class Backwards(Executor):
    """Plays the shards last first."""

    def map(self, fn: Any, *iterables: Any, **_: Any) -> Iterator[Any]:
        work = list(zip(*iterables, strict=True))
        return iter([fn(*args) for args in reversed(work)][::-1])


def digest(log: bytes) -> str:
    return hashlib.sha256(log).hexdigest()[:16]


def up_to(log: np.ndarray, worlds: int) -> bytes:
    return log[log[:, 4] < worlds].tobytes()


class Ways:
    """Logs by the way they were made, each told as it comes."""

    def __init__(self) -> None:
        self.differ: list[str] = []

    def tell(self, way: str, log: bytes, expected: bytes) -> None:
        same = log == expected
        print(f"{digest(log)}  {'same' if same else 'DIFFERENT':9}  {way}", flush=True)
        if not same:
            self.differ.append(way)


def elsewhere(python: str, given: Path, worlds: int, **environment: str) -> bytes:
    """Play the scenario's arrays in a process of their own; return its log."""
    done = subprocess.run(
        [python, "-c", CHILD, str(given), str(worlds)], capture_output=True, check=False, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip
    if done.returncode:
        print(done.stderr.decode())
    return done.stdout


def inert(a: Any, base: np.ndarray) -> None:
    """Print how many worlds differ where an actor is added that cannot act."""
    from test_minimally_different_world import INERT, carried_over, with_actor

    from sim.world.assemble import assemble
    from sim.world.ensemble import Ensemble, run_ensemble

    told = Ensemble(a, MANY, a.scenario.seed, base).events
    for kind, row in INERT.items():
        with tempfile.TemporaryDirectory() as folder:
            corpus = with_actor(row, Path(folder))
        known = corpus.as_of(a.scenario.as_of)
        richer = run_ensemble(assemble(a.scenario, corpus, carried_over(a.posterior, known)), MANY)
        alike = len(richer.log) == len(base) and told.equals(richer.events)
        moved = float(np.abs(richer.log[:, 0] / base[:, 0] - 1).max()) if alike else np.nan
        print(
            f"{'same acts' if alike else 'DIFFERENT'} in {MANY:,} worlds with {kind} added; ",
            end="",
        )
        print(f"a time moved by {moved:.0e} of itself at most", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scenario", default=str(ROOT / "scenarios" / "donbas-syria.toml"))
    options.add_argument("--python", action="append", default=[])
    given = options.parse_args()

    from sim.world import ensemble
    from sim.world.ensemble import play, run_ensemble
    from sim.world.model import World
    from sim.world.run import prepare
    from sim.world.scenario import load_scenario

    a = prepare(load_scenario(Path(given.scenario)))
    seed, ways = a.scenario.seed, Ways()
    base = run_ensemble(a, MANY).log
    print(f"{digest(base.tobytes())}  {MANY:,} worlds, {len(base):,} acts, numpy {np.__version__}")
    again = run_ensemble(a, MANY).log
    worlds = [
        v
        for v in range(MANY)
        if up_to(base[base[:, 4] == v], MANY) != up_to(again[again[:, 4] == v], MANY)
    ]
    print(f"{len(worlds)} of {MANY:,} worlds differ, base against base")
    ways.tell("base again", again.tobytes(), base.tobytes())
    for threads in (1, 2, 5):
        with ThreadPoolExecutor(threads) as pool:
            ways.tell(
                f"{threads} threads",
                run_ensemble(a, MANY, executor=pool).log.tobytes(),
                base.tobytes(),
            )
    usual = ensemble.SHARD
    for size in (170, 1111, 100_000):
        ensemble.SHARD = size
        ways.tell(f"shards of {size:,}", run_ensemble(a, MANY).log.tobytes(), base.tobytes())
    ensemble.SHARD = 1111
    ways.tell(
        "the last shard first",
        run_ensemble(a, MANY, executor=Backwards()).log.tobytes(),
        base.tobytes(),
    )
    ensemble.SHARD = usual
    reverse = play(a, np.arange(MANY)[::-1], seed)
    ways.tell("worlds in reverse", reverse.tobytes(), base.tobytes())
    for processes in (1, 2):
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            ways.tell(
                f"{processes} processes",
                run_ensemble(a, MANY, executor=pool).log.tobytes(),
                base.tobytes(),
            )
    stepped = []
    begun = time.perf_counter()
    for v in range(WATCHED):
        world = World(a, world=v)
        world.run()
        stepped.append(world.log.tobytes())
    ways.tell(
        f"stepped as a Mesa model, {WATCHED:,} worlds, {time.perf_counter() - begun:.0f} s",
        b"".join(stepped), up_to(base, WATCHED),
    )  # fmt: skip
    inert(a, base)
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "given.npz"
        world = {f"w_{name}": value for name, value in a.template._asdict().items()}
        np.savez(
            arrays, fixed=a.fixed, weight=a.weight, pace=a.pace, forced=a.forced, start=a.start,
            horizon=a.horizon, seed=seed, **world,
        )  # fmt: skip
        off = {"NUMBA_DISABLE_JIT": "1"}
        for python in (sys.executable, *given.python):
            told = subprocess.run(
                [python, "-c", VERSIONS],
                capture_output=True, text=True, check=True,
            ).stdout.strip()  # fmt: skip
            ways.tell(f"Python {told}", elsewhere(python, arrays, MANY), base.tobytes())
            ways.tell(
                f"Python {told}, not compiled, {FEW} worlds",
                elsewhere(python, arrays, FEW, **off), up_to(base, FEW),
            )  # fmt: skip
        for name, environment in (
            ("for a generic processor", {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}),
            ("a C library without AVX2 and FMA", {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}),
        ):
            cache = {"NUMBA_CACHE_DIR": str(Path(folder) / "cache")}
            ways.tell(
                name,
                elsewhere(sys.executable, arrays, MANY, **environment, **cache),
                base.tobytes(),
            )
        ways.tell(
            "a C library without AVX2 and FMA, not compiled",
            elsewhere(sys.executable, arrays, FEW, GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA", **off),
            up_to(base, FEW),
        )  # fmt: skip
    print(f"differing ways: {', '.join(ways.differ) or 'none'}")


if __name__ == "__main__":
    main()
