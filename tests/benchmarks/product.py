"""The command itself on the Donbas scenario: time, memory, start; and what pairing saves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from rich.table import Table

from sim.world.ensemble import run_ensemble
from sim.world.run import prepare
from sim.world.scenario import Scenario, load_scenario
from tests.benchmarks.engine import seconds

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "donbas-syria.toml"
HEAVY = ("numpy", "numba", "pandas", "mesa", "pydantic", "matplotlib", "scipy", "pyarrow")


def child(*arguments: str, **environment: str) -> tuple[float, float, float]:
    """Run Python; return wall seconds, processor seconds and peak memory in MB."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    ) as started:  # fmt: skip
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"{arguments} failed")
    unit = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6


def donbas(quick: bool) -> Table:
    """Time the Donbas scenario: the loop alone, and the command with all that stands around it."""
    table = Table(
        "Donbas, Syria recognises", "wall s", "processor s", "peak MB", title="The command"
    )
    assembly = prepare(load_scenario(SCENARIO))
    run = ("-m", "sim", "run", str(SCENARIO), "--quiet", "--worlds")
    with ThreadPoolExecutor(1) as one:
        run_ensemble(assembly, 100, executor=one)
        worlds = 10_000
        spent = min(seconds(lambda: run_ensemble(assembly, worlds, executor=one)) for _ in range(3))
    table.add_row(
        f"10,000 worlds, the loop alone ({worlds / spent:,.0f}/s)", "", f"{spent:.2f}", ""
    )
    cases = [("1 world, warm", "1", {}), ("10,000 worlds, warm", "10000", {})]
    if not quick:
        cases += [("100,000 worlds", "100000", {}), ("1,000,000 worlds", "1000000", {})]
    with tempfile.TemporaryDirectory() as empty:
        cases.append(("10,000 worlds, nothing compiled yet", "10000", {"NUMBA_CACHE_DIR": empty}))
        for name, worlds_asked, environment in cases:
            wall, spent, memory = child(*run, worlds_asked, **environment)
            table.add_row(name, f"{wall:.1f}", f"{spent:.1f}", f"{memory:,.0f}")
    return table


def start(quick: bool) -> Table:
    """Hold the help beside a bare interpreter, and tell which heavy modules it loads."""
    table = Table("start", "wall ms", "processor ms", "times", title="Start")
    runs = 5 if quick else 15
    took = {
        name: np.min([child(*arguments)[:2] for _ in range(runs)], axis=0)
        for name, arguments in (
            ("python -c pass", ("-c", "pass")),
            ("demarche --help", ("-m", "sim", "--help")),
            ("demarche run --help", ("-m", "sim", "run", "--help")),
        )
    }
    bare = took["python -c pass"][1]
    for name, (wall, spent) in took.items():
        table.add_row(name, f"{wall * 1e3:.0f}", f"{spent * 1e3:.0f}", f"{spent / bare:.1f}")
    code = (
        "import sys, sim.cli; sim.cli.main(['--help']); "
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    table.add_row(f"heavy modules that --help loads: {done.stderr.strip()}", "", "", "")
    return table


DAY = "2022-06-28"
"""All three are asked of one day, so that the rules are learned once."""

WHAT_IFS = {
    "Belarus recognises the DPR and the LPR": ("donbas", "BLR", ["DPR", "LPR"]),
    "Greece recognises Kosovo": ("kosovo", "GRC", ["XKX"]),
    "Honduras turns to Beijing": ("china", "HND", ["CHN"]),
}


def pairing(quick: bool) -> Table:
    """Hold the variance of a what-if's difference on the same clocks against that on separate ones."""
    columns = ("what if", "acts more, a world", "variance apart", "paired", "ratio")
    table = Table(*columns, title="Paired what-ifs")
    for title, (dispute, sender, receivers) in WHAT_IFS.items():
        base = {"title": title, "as_of": DAY, "horizon_days": 365, "disputes": [dispute]}
        act = {"date": "2022-07-10", "sender": sender, "kind": "recognise", "receivers": receivers}
        with_act = base | {"intervention": [act]}
        first, second = (_acts(about, 4_000 if quick else 20_000) for about in (base, with_act))
        apart, paired = first.var() + second.var(), (second - first).var()
        numbers = (f"{(second - first).mean():+.3f}", f"{apart:.3f}", f"{paired:.3f}")
        table.add_row(title, *numbers, f"{apart / paired:.1f}" if paired else "no difference")
    return table


def _acts(about: dict[str, object], worlds: int) -> np.ndarray:
    """Return how many acts each world has beside those that are imposed."""
    import datetime as dt

    day = {"as_of": dt.date.fromisoformat(str(about["as_of"]))}
    acts = [
        act | {"date": dt.date.fromisoformat(act["date"])}
        for act in about.get("intervention", [])  # type: ignore[attr-defined]
    ]
    asked = about | day | ({"intervention": acts} if acts else {})
    ensemble = run_ensemble(prepare(Scenario.model_validate(asked)), worlds)
    log = ensemble.log[~ensemble.forced]
    return np.bincount(log[:, 4].astype(int), minlength=worlds).astype(float)
