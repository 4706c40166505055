"""Play every closed form at a million worlds, and with every fault planted; print what was found.

Run by hand: ``python tests/benchmarks/closed_forms.py [--worlds N] [--bugs N]``. With ``--bugs`` each
faulty kernel is compiled and held against all laws, in so many worlds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "kernel"), str(HERE.parents[1])]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import laws_of_many_clocks  # noqa: E402
import laws_of_one_clock  # noqa: E402
from conftest import toy_writer  # noqa: E402
from law_bench import bench_of, holm, judge  # noqa: E402
from planted_bugs import BUGS, planted  # noqa: E402

LAWS = (*laws_of_one_clock.LAWS, *laws_of_many_clocks.LAWS)
LEVEL = 0.01


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--worlds", type=int, default=1_000_000)
    options.add_argument("--bugs", type=int, default=0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        toys = toy_writer(lambda: Path(tempfile.mkdtemp(dir=folder)))
        if given.worlds:
            begun, found = time.process_time(), {}
            for law in LAWS:
                claims = judge(bench_of(toys, given.worlds), [law])
                for claim, p in claims.items():
                    print(f"{p:7.4f}  {claim}", flush=True)
                found |= claims
            adjusted = holm(found)
            broken = [claim for claim, p in adjusted.items() if p <= LEVEL]
            print(f"{len(found)} claims, {given.worlds:,} worlds each: ", end="")
            print(
                f"smallest p {min(found.values()):.4f}, after Holm {min(adjusted.values()):.4f}; ",
                end="",
            )
            print(f"broken: {broken or 'none'}; {time.process_time() - begun:.0f} s of a core")
        if given.bugs:
            caught = 0
            for bug in BUGS:
                bench = bench_of(toys, given.bugs, planted(bug, compiled=True))
                adjusted = holm(judge(bench, LAWS))
                broken = {claim.split(":")[0] for claim, p in adjusted.items() if p <= LEVEL}
                caught += bool(broken)
                print(
                    f"{len(broken):2} laws broken  {bug.name}: {', '.join(sorted(broken))}",
                    flush=True,
                )
            print(f"caught {caught} of {len(BUGS)} planted faults, {given.bugs:,} worlds a law")


if __name__ == "__main__":
    main()
