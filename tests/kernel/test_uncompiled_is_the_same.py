"""With NUMBA_DISABLE_JIT the kernel's file is its own reference: the same bytes, and no warning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.world.assemble import Assembly

DRAWS = 2
MANY = 400

CHILD = """
import sys
import numpy as np
from sim import kernel

assert not hasattr(kernel.run_worlds, "py_func"), "compiled after all"
found = np.load(sys.argv[1])
stored = kernel.WorldArrays(**{name: found["w_" + name] for name in kernel.WorldArrays._fields})
template = kernel.copy_state(stored)
log = np.zeros((400, 6))
used = kernel.run_worlds(
    template, kernel.copy_state(template), found["fixed"], found["weight"], found["pace"],
    found["forced"], float(found["start"]), float(found["horizon"]), int(found["seed"]),
    found["worlds"], log,
)
sys.stdout.buffer.write(log[:used].tobytes())
"""


def eventful(a: Assembly, seed: int) -> list[int]:
    """Choose three worlds in which most happens, two of them under the first draw."""
    template = kernel.copy_state(a.template)
    log = np.zeros((20 * MANY, 6))
    used = kernel.run_worlds(
        template, kernel.copy_state(template), a.fixed[:DRAWS], a.weight[:DRAWS], a.pace[:DRAWS],
        a.forced, a.start, a.horizon, seed, np.arange(MANY), log,
    )  # fmt: skip
    acts = np.bincount(log[:used, 4].astype(int), minlength=MANY)
    draw = np.arange(MANY) // kernel.NEIGHBOURS % DRAWS
    order = np.argsort(-acts, kind="stable")
    return [*order[draw[order] == 0][:2].tolist(), int(order[draw[order] == 1][0])]


@pytest.mark.parametrize(
    "library", ["", "glibc.cpu.hwcaps=-AVX2,-FMA"], ids=["", "without fused arithmetic"]
)
def test_three_worlds_of_a_scenario(syria: Assembly, tmp_path: Path, library: str) -> None:
    a, seed = syria, 2**62 + 3
    worlds = np.array(eventful(a, seed))
    given = {f"w_{name}": value for name, value in a.template._asdict().items()}
    np.savez(
        tmp_path / "given.npz", fixed=a.fixed[:DRAWS], weight=a.weight[:DRAWS], pace=a.pace[:DRAWS],
        forced=a.forced, start=a.start, horizon=a.horizon, seed=seed,
        worlds=worlds, **given,
    )  # fmt: skip
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, str(tmp_path / "given.npz")],
        capture_output=True, timeout=120, check=False,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "GLIBC_TUNABLES": library},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr.decode()
    assert child.stderr == b""
    template = kernel.copy_state(a.template)
    log = np.zeros((400, 6))
    used = kernel.run_worlds(
        template, kernel.copy_state(template), a.fixed[:DRAWS], a.weight[:DRAWS], a.pace[:DRAWS],
        a.forced, a.start, a.horizon, seed, worlds, log,
    )  # fmt: skip
    assert len(worlds) * len(a.forced) < used <= len(log)  # more happened than was imposed
    assert log[:used].tobytes() == child.stdout
