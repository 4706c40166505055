"""Simulation-based calibration of the learner over many fits; prints a line a coefficient, and what it says.

Run by hand: ``python tests/benchmarks/calibration.py [--fits N] [--estimated]``. With ``--estimated`` the
scales are drawn from the learner's prior and estimated by it, as in use; else it is told them, and what is
tested is the posterior alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "hazard"), str(HERE.parents[1])]
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from calibration_study import QUESTIONS, Study, coverage, toy_corpus, uniform_p  # noqa: E402


def told(name: str, below: np.ndarray) -> None:
    """Print how many quantities are as uniform as 95 % of uniform ones are, and the coverage."""
    p, held = uniform_p(below), coverage(below)
    holm = min(1.0, float(p.min()) * p.size)
    print(
        f"{name:34} {p.size:3} quantities, {np.mean(p >= 0.05):5.1%} inside their 95 % band; smallest p "
        f"{p.min():.1e}, times their number {holm:.1e}; 90 % coverage {held.mean():.3f} "
        f"({held.min():.3f}-{held.max():.3f})"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--fits", type=int, default=1000)
    options.add_argument("--estimated", action="store_true")
    options.add_argument("--all", action="store_true", help="print every quantity")
    given = options.parse_args()
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        study = Study(toy_corpus(Path(folder)), scales_known=not given.estimated)
        rows = [study.ranks(number) for number in range(given.fits)]
    corrected, plain = (np.array([row[which] for row in rows]) for which in (0, 1))
    share, events = (np.array([row[which] for row in rows]) for which in (2, 3))
    names = [list(study.terms.named)[p] for p in study.mine]
    names += [f"question {q + 1}" for q in range(QUESTIONS)]
    kind = np.array([*study.blocks[study.mine], *["question"] * QUESTIONS])
    if given.all:
        print(f"{'':34} corrected: p, coverage   plain Laplace: p, coverage")
        table = (uniform_p(corrected), coverage(corrected), uniform_p(plain), coverage(plain))
        for name, *cells in zip(names, *table, strict=True):
            print(f"{name:34} {cells[0]:12.4f} {cells[1]:9.3f} {cells[2]:16.1e} {cells[3]:9.3f}")
    scales = "estimated" if given.estimated else "told"
    print(
        f"{given.fits} fits, scales {scales}; events: median {np.median(events):.0f}, "
        f"90 % {np.quantile(events, 0.05):.0f}-{np.quantile(events, 0.95):.0f}; effective share: "
        f"median {np.median(share):.2f}, least {share.min():.3f}"
    )
    print(f"{time.process_time() - begun:.0f} s of a core")
    for block in dict.fromkeys(kind):
        told(f"corrected: {block}", corrected[:, kind == block])
        told(f"plain Laplace: {block}", plain[:, kind == block])
    told("corrected: all", corrected)
    told("plain Laplace: all", plain)


if __name__ == "__main__":
    main()
