"""Draw a hundred million clocks; print how even they are, and what they know of one another.

Run by hand: ``python tests/benchmarks/clock_hash.py [--draws N]``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "kernel"), str(HERE.parents[1])]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from hash_study import IN, avalanche, neighbours  # noqa: E402
from law_bench import holm  # noqa: E402

from sim.hazard.riskset import Layout  # noqa: E402
from sim.history.corpus import load_corpus  # noqa: E402
from sim.world.channels import channel_names  # noqa: E402
from sim.world.streams import clock_keys  # noqa: E402


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=100_000_000)
    given = options.parse_args()
    keys = clock_keys(channel_names(Layout.of(load_corpus())))
    print(f"{keys.size - np.unique(keys).size} collisions among {keys.size:,} channels of the data")
    begun = time.process_time()
    worlds = -(-given.draws // 10_000)
    claims = neighbours(keys[:: max(1, keys.size // 10_000)][:10_000], worlds)
    trials = -(-given.draws // IN)
    moved, largest = avalanche(trials)
    claims |= moved
    adjusted = holm(claims)
    for claim, p in claims.items():
        print(f"{p:7.4f} {adjusted[claim]:7.4f}  {claim}")
    print(
        f"largest deviation of a flipped bit's share from a half: {largest:.5f} in {trials:,} trials"
    )
    print(f"{given.draws:,} draws a test; {time.process_time() - begun:.0f} s of a core")


if __name__ == "__main__":
    main()
