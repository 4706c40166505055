"""What the tests of every room share: a cache of refits, one small ensemble, the root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Refits take seconds. The cache is keyed by the history and by the source of the learner, so what
# an earlier session (or another Python) has left there can only be right. Set before `sim` is
# imported, and inherited by the processes that the tests start.
os.environ.setdefault("DEMARCHE_CACHE", str(ROOT / ".cache" / "posteriors"))
# Two fits at once on few cores slow each other tenfold if each takes every core for itself.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.pop("DEMARCHE_TRACEBACK", None)
for _name in ("COLUMNS", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE"):  # rich would obey
    os.environ.pop(_name, None)

from sim.world.assemble import Assembly  # noqa: E402
from sim.world.ensemble import Ensemble  # noqa: E402


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def syria() -> Assembly:
    """Assemble the seed's scenario once for all tests that only read it."""
    from sim.world.run import prepare
    from sim.world.scenario import load_scenario

    return prepare(load_scenario(ROOT / "scenarios" / "donbas-syria.toml"))


@pytest.fixture(scope="session")
def ensemble(syria: Assembly) -> Ensemble:
    from sim.world.ensemble import run_ensemble

    return run_ensemble(syria, worlds=2000)
