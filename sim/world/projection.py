"""From worlds to statements: how likely each act is, how sure that is, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.stats

from sim import kernel

if TYPE_CHECKING:
    from sim.world.ensemble import Ensemble

COLUMNS = ("sender", "kind", "receiver", "dispute", "probability", "low", "high", "median_days")


def project(ensemble: Ensemble) -> pd.DataFrame:
    """Summarise an ensemble, act by act.

    Returns
    -------
    DataFrame
        One row for each act (sender, kind, receiver, dispute) that happened in any world and was not
        forced in all of them, the likeliest first: `probability` (share of worlds), `low` and `high`
        (90 % interval, see `interval`), `median_days` (days from the as-of date, over the worlds in
        which it happened).
    """
    events = ensemble.events[~ensemble.forced]
    draws = len(ensemble.assembly.fixed)
    acts = ["sender", "kind", "receiver", "dispute"]
    first = events.sort_values(["world", "day"], kind="stable").drop_duplicates([*acts, "world"])
    rows = []
    for act, group in first.groupby(acts, sort=True):
        probability = len(group) / ensemble.worlds
        low, high = interval(group["world"].to_numpy(), ensemble.worlds, draws)
        rows.append((*act, probability, low, high, float(group["day"].median())))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = ["probability", *acts]
    ascending = [False, True, True, True, True]
    return table.sort_values(order, ascending=ascending, kind="stable").reset_index(drop=True)


def interval(
    happened: npt.NDArray[np.int64], worlds: int, draws: int, level: float = 0.9
) -> tuple[float, float]:
    """Return the posterior interval of a probability from worlds that share posterior draws.

    Counts by draw are beta-binomial: that two worlds of one draw agree more often than two of different
    draws is how much the probability varies with the coefficients. The beta distribution with that
    mean and spread (method of moments) is widened by the error of the mean over a finite number of
    worlds, and its central quantiles are returned.

    Parameters
    ----------
    happened : array of int
        Worlds in which the act happened.
    worlds, draws : int
    level : float
        Mass of the central interval.

    Returns
    -------
    low, high : float
        In [0, 1].

    Examples
    --------
    >>> low, high = interval(np.arange(0, 1000, 2), worlds=1000, draws=1000)
    >>> low < 0.5 < high
    True
    """
    size = np.bincount(kernel.draw_of(np.arange(worlds), draws), minlength=draws)
    count = np.bincount(kernel.draw_of(happened, draws), minlength=draws)
    mean = len(happened) / worlds
    tail = (1 - level) / 2
    pairs = float((size * (size - 1)).sum())
    both = float((count * (count - 1)).sum()) / pairs if pairs else mean**2
    spread = max(0.0, both - mean**2) + mean * (1 - mean) / worlds
    spread = min(spread, 0.999 * mean * (1 - mean))
    if spread <= 0.0:  # never or always: a Jeffreys interval
        beta = scipy.stats.beta(len(happened) + 0.5, worlds - len(happened) + 0.5)
    else:
        total = mean * (1 - mean) / spread - 1
        beta = scipy.stats.beta(mean * total, (1 - mean) * total)
    return float(beta.ppf(tail)), float(beta.ppf(1 - tail))
