"""Histories simulated from the prior and learned from: the truth may stand anywhere in the posterior.

`tests/benchmarks/calibration.py` makes a thousand histories and prints a line a coefficient.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calibration_study import QUESTIONS, Study, coverage, toy_corpus, uniform_p

from sim.hazard import sampling

FITS = 300
LEVEL = 0.01


@pytest.mark.slow
def test_ranks_are_uniform_and_plain_laplace_is_seen_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "MOST", 2000)
    study = Study(toy_corpus(tmp_path))
    rows = [study.ranks(number) for number in range(FITS)]
    corrected, plain = (np.array([row[which] for row in rows]) for which in (0, 1))
    quantities = corrected.shape[1]
    assert quantities == len(study.mine) + QUESTIONS
    assert uniform_p(corrected).min() * quantities > LEVEL
    assert uniform_p(plain).min() * quantities < LEVEL
    # quantities of one fit hang together: as if a quarter of them were independent
    error = np.sqrt(0.9 * 0.1 / (FITS * quantities / 4))
    assert abs(coverage(corrected).mean() - 0.9) < 4 * error
