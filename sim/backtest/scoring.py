"""Scores of probabilities against what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata, t

Vector = npt.NDArray[np.float64]
SUREST = 1e-3
"""Probabilities are kept this far from 0 and 1 by the log score, so that no single case decides it."""

BOUND = f"Surprise: -log of what was given to what came, of no one surer than {SUREST:.1%}."
"""To be told beside every surprise: bolder forecasts of rare acts are not told apart by it."""

FEWEST_UNITS = 5
"""With fewer no interval is told: so few draws of them differ that it would feign a precision."""


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


def skill_interval(
    score: Vector,
    baseline: Vector,
    unit: Sequence[str],
    level: float = 0.9,
    resamples: int = 2000,
) -> tuple[float, float]:
    """Return a bootstrap interval of a skill that resamples whole units, since cases of one go together.

    Quantiles of so few units lie too near to one another; they are moved out to where those of Student's t
    would be (expanded percentiles: Hesterberg, 2015, "What teachers should know about the bootstrap").

    Parameters
    ----------
    score, baseline : array
        Losses of each case.
    unit : sequence of str
        To which each case belongs.

    Returns
    -------
    low, high : float
        nan with fewer than `FEWEST_UNITS` units.

    Examples
    --------
    >>> skill_interval(np.full(5, 0.1), np.full(5, 0.2), list("abcde"))
    (0.5, 0.5)
    >>> skill_interval(np.full(4, 0.1), np.full(4, 0.2), list("abcd"))
    (nan, nan)
    """
    names, index = np.unique(np.asarray(unit), return_inverse=True)
    if len(names) < FEWEST_UNITS:
        return float("nan"), float("nan")
    own, other = (np.bincount(index, loss, len(names)) for loss in (score, baseline))
    drawn = np.random.default_rng(0).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=resamples
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1.0 - (drawn @ own) / (drawn @ other)
    found = found[np.isfinite(found)]
    if not found.size:
        return float("nan"), float("nan")
    units = len(names)
    tail = norm.cdf(t.ppf((1 - level) / 2, units - 1) * np.sqrt(units / (units - 1)))
    return float(np.quantile(found, tail)), float(np.quantile(found, 1 - tail))


LOSSES = {"brier": brier, "surprise": surprise}


def beside(
    forecasts: Mapping[str, Vector], happened: Vector, unit: Sequence[str]
) -> Iterator[dict[str, object]]:
    """Score forecasts of the same cases, the first of them beside each of the others.

    Parameters
    ----------
    forecasts : dict of str to array
        Probabilities by the name of who gave them.
    happened : array
    unit : sequence of str
        To which each case belongs: see `skill_interval`.

    Yields
    ------
    dict
        forecast; the mean of each of `LOSSES`; of all but the first also the skill of the first against it,
        with its interval: LOSS_skill, LOSS_low, LOSS_high.
    """
    first = next(iter(forecasts))
    model = {loss: score(forecasts[first], happened) for loss, score in LOSSES.items()}
    for name, p in forecasts.items():
        row: dict[str, object] = {"forecast": name}
        for loss, score in LOSSES.items():
            own = score(p, happened)
            row[loss] = own.mean()
            if name != first:
                row[f"{loss}_skill"] = skill(model[loss], own)
                row[f"{loss}_low"], row[f"{loss}_high"] = skill_interval(model[loss], own, unit)
        yield row


def usual(happened: Vector) -> Vector:
    """Return the share of yes as a forecast of every case, with half a yes and half a no added.

    It is known only afterwards, so no constant does better (but for that half): a share of the other cases
    would be lower where the answer is yes, and so lose to any constant.

    Examples
    --------
    >>> usual(np.array([1.0, 0.0, 0.0])).tolist()
    [0.375, 0.375, 0.375]
    """
    return np.full(len(happened), (happened.sum() + 0.5) / (len(happened) + 1))


def rps(probability: Vector, reached: npt.NDArray[np.int64]) -> Vector:
    """Return the ranked probability score of each forecast of ordered outcomes, in [0, 1] (Epstein, 1969).

    With ``K`` outcomes, the mean over the first ``K - 1`` of the squared difference between the forecast and
    the actual distribution function: a near miss costs less than a far one.

    Parameters
    ----------
    probability : array, shape (N, K)
        Of each outcome, lowest first; rows sum to 1.
    reached : array of int, shape (N,)
        Which came.

    Examples
    --------
    >>> rps(np.array([[0.5, 0.5, 0.0]]), np.array([2])).tolist()
    [0.625]
    """
    told = np.cumsum(probability, axis=1)[:, :-1]
    seen = np.arange(told.shape[1]) >= reached[:, None]
    return np.asarray(((told - seen) ** 2).mean(axis=1))


def reliability(
    probability: Vector, happened: Vector, edges: Sequence[float]
) -> list[tuple[int, float, float]]:
    """Return, for each band of forecasts, how many there are, their mean, and the share that happened.

    Parameters
    ----------
    edges : sequence of float
        Of the bands, from 0 to 1, the upper end of the last included.

    Examples
    --------
    >>> reliability(np.array([0.1, 0.3, 0.9]), np.array([0.0, 1.0, 1.0]), (0, 0.5, 1))
    [(2, 0.2, 0.5), (1, 0.9, 1.0)]
    """
    band = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    found = []
    for b in range(len(edges) - 1):
        mine = band == b
        means = (probability[mine].mean(), happened[mine].mean()) if mine.any() else (0.0, 0.0)
        found.append((int(mine.sum()), round(float(means[0]), 12), round(float(means[1]), 12)))
    return found


def calibration_error(bands: Sequence[tuple[int, float, float]]) -> float:
    """Return the expected calibration error of some bands, in [0, 1]: how far a forecast is off on average.

    Parameters
    ----------
    bands : sequence of tuple
        As `reliability` returns them.
    """
    total = sum(n for n, _, _ in bands)
    return sum(n * abs(told - seen) for n, told, seen in bands) / max(total, 1)


def precision_at(score: Vector, happened: Vector, top: int = 5) -> float:
    """Return the share of the highest scores that acted; who ties for the last places shares them.

    Examples
    --------
    >>> precision_at(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]), top=2)
    0.75
    """
    top = min(top, len(score))
    edge = np.sort(score)[-top]
    above, tied = score > edge, score == edge
    left = (top - above.sum()) / tied.sum()
    return float((happened[above].sum() + left * happened[tied].sum()) / top)


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
