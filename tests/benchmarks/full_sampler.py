"""Hold the corrected Laplace posterior of a process against a full sampler on the same rows.

Run by hand, with the extra ``sampler`` installed: ``python tests/benchmarks/full_sampler.py [--process P]``.
Both sample the same posterior, with the scales that the learner estimated; NumPyro's no-U-turn sampler
(Hoffman and Gelman, 2014) does it without an approximation. Compared are the probabilities that an act
comes within 30 days, for everyone who was ever at risk, and the widths of their 90 % intervals.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hazard"), str(HERE.parents[1])]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from full_sampler_study import CHAINS, joined, probabilities, sampled_fully  # noqa: E402

from sim.hazard.fitting import fit  # noqa: E402
from sim.hazard.learn import design_of, played  # noqa: E402
from sim.hazard.sampling import Fit, sample_fit  # noqa: E402
from sim.history.corpus import load_corpus  # noqa: E402


def learned(process: str, day: date) -> Fit:
    known = load_corpus().as_of(day)
    terms, history = played(known, day)
    design, _ = design_of(terms, history, process, np.ones(len(history.exposure), bool))
    return fit(design, terms, process)


def compared(name: str, one: np.ndarray, other: np.ndarray) -> None:
    """Print the largest differences between two of `probabilities`."""
    width = [p[2] - p[1] for p in (one, other)]
    at = int(np.abs(one[0] - other[0]).argmax())
    print(
        f"{name}: largest difference of a probability {np.abs(one[0] - other[0]).max():.4f} "
        f"(at {other[0][at]:.3f}), of a 90 % interval's width {np.abs(width[0] - width[1]).max():.4f}; "
        f"mean of both {np.abs(one[0] - other[0]).mean():.5f}, {np.abs(width[0] - width[1]).mean():.5f}"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--process", default="solidarity")
    options.add_argument("--day", type=date.fromisoformat, default=date(2022, 7, 12))
    options.add_argument("--draws", type=int, default=2000)
    options.add_argument("--warmup", type=int, default=1000)
    given = options.parse_args()
    found = learned(given.process, given.day)
    rows = joined(found)
    print(
        f"{given.process} as of {given.day}: {found.mode.size} shared coefficients, {found.pooled.size} "
        f"effects, {len(found.design.y):,} rows ({len(rows[0]):,} different), {rows[2].sum():.0f} events",
        flush=True,
    )
    samples = [sample_fit(found, 1000, np.random.default_rng(seed)) for seed in (1, 2)]
    print(f"effective share of the weights: {samples[0][2]:.2f}", flush=True)
    own = [probabilities(rows, shared, pooled) for shared, pooled, _ in samples]
    begun = time.perf_counter()
    beta, v, about = sampled_fully(found, rows, given.draws, given.warmup)
    print(f"NumPyro: {about}; {time.perf_counter() - begun:.0f} s")
    full = probabilities(rows, beta, v)
    compared("corrected Laplace, 1,000 draws, against NumPyro", own[0], full)
    compared("corrected Laplace against itself, another 1,000", own[0], own[1])
    half = CHAINS * given.draws // 2
    compared(
        "NumPyro against itself, chain by chain",
        probabilities(rows, beta[:half], v[:half]), probabilities(rows, beta[half:], v[half:]),
    )  # fmt: skip


if __name__ == "__main__":
    main()
