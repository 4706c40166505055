"""Scores of probabilities against what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Vector = npt.NDArray[np.float64]
SUREST = 1e-3
"""Probabilities are kept this far from 0 and 1 by the log score, so that no single case decides it."""


def brier(probability: Vector, happened: Vector) -> Vector:
    """Return the squared error of each forecast, in [0, 1]; smaller is better (Brier, 1950).

    Examples
    --------
    >>> brier(np.array([0.8, 0.3]), np.array([1.0, 0.0])).round(2).tolist()
    [0.04, 0.09]
    """
    return np.asarray((probability - happened) ** 2)


def surprise(probability: Vector, happened: Vector) -> Vector:
    """Return minus the log of the probability given to what happened, in nats; smaller is better.

    Examples
    --------
    >>> surprise(np.array([0.5]), np.array([1.0])).round(3).tolist()
    [0.693]
    """
    p = np.clip(probability, SUREST, 1 - SUREST)
    return np.asarray(-np.log(np.where(happened > 0, p, 1 - p)))


def skill(score: Vector, baseline: Vector) -> float:
    """Return the share of a baseline's loss that is avoided: 1 perfect, 0 no better, negative worse.

    Examples
    --------
    >>> skill(np.array([0.1]), np.array([0.2]))
    0.5
    """
    return gain(float(score.mean()), float(baseline.mean()))


def gain(loss: float, baseline: float) -> float:
    """Return the share of a mean loss that is avoided, see `skill`; nan if there was none to avoid."""
    return 1.0 - loss / baseline if baseline > 0 else float("nan")


def interval_by_episode(
    value: Callable[[npt.NDArray[np.int64]], float],
    episode: Sequence[str],
    level: float = 0.9,
    resamples: int = 2000,
) -> tuple[float, float]:
    """Return a bootstrap interval that resamples whole episodes, since cases of one are not independent.

    Parameters
    ----------
    value : callable
        The statistic of the cases in some rows.
    episode : sequence of str
        Episode of each case.
    """
    names, index = np.unique(np.asarray(episode), return_inverse=True)
    rows = [np.flatnonzero(index == e) for e in range(len(names))]
    rng = np.random.default_rng(0)
    found = [
        value(np.concatenate([rows[e] for e in rng.integers(0, len(rows), len(rows))]))
        for _ in range(resamples)
    ]
    tail = (1 - level) / 2
    return float(np.nanquantile(found, tail)), float(np.nanquantile(found, 1 - tail))


def auc(score: Vector, happened: Vector) -> float:
    """Return how often who acted was ranked above who did not, ties counting half; nan without both.

    The area under the ROC curve: 1 perfect, 0.5 as good as a toss, 0 inverted (Hanley and McNeil, 1982).

    Examples
    --------
    >>> auc(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]))
    0.875
    """
    acted = happened > 0
    yes, no = int(acted.sum()), int((~acted).sum())
    if not yes or not no:
        return float("nan")
    above = float(rankdata(score)[acted].sum()) - yes * (yes + 1) / 2
    return above / (yes * no)


def ranks(score: Vector) -> Vector:
    """Return everyone's place, 1 for the highest score; who ties shares the mean of the places.

    Examples
    --------
    >>> ranks(np.array([0.1, 0.9, 0.1])).tolist()
    [2.5, 1.0, 2.5]
    """
    return np.asarray(rankdata(-score), dtype=np.float64)
