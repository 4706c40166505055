"""From worlds to statements: how likely each act is, how sure that is, and when it comes if it comes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.world import intervals

if TYPE_CHECKING:
    from sim.world.ensemble import Ensemble

ACT = ("sender", "kind", "receiver", "dispute")
COLUMNS = (*ACT, "probability", "low", "high", "median_days")


@dataclass(frozen=True)
class Share:
    """In how many worlds something happened, and when.

    Parameters
    ----------
    probability, low, high : float
        Share of worlds, and the 90 % interval of the probability (see `sim.world.intervals`).
    days : array, shape (worlds in which it happened,)
        Day of the first time in each, counted from the as-of date, sorted.
    """

    probability: float
    low: float
    high: float
    days: npt.NDArray[np.int64]

    @property
    def median_days(self) -> float | None:
        """Median day over the worlds in which it happened: when it comes, if it comes.

        It does not tell whether: of an act that is never likely and never due it is about half the
        horizon. None if it happened in no world.
        """
        return float(np.median(self.days)) if self.days.size else None


def share(ensemble: Ensemble, kind: str, events: pd.DataFrame) -> Share:
    """Count the worlds in which any of some events happened, each at its first.

    Parameters
    ----------
    ensemble : Ensemble
    kind : str
        Kind of the acts; how far the draws differ over it is learned from all acts of the kind.
    events : DataFrame
        Rows of `Ensemble.events`.
    """
    worlds, days = _first(events)
    counting = _counting(ensemble)
    weight = ensemble.spreads.get(kind, intervals.ANY) * counting.likelihood(worlds)
    low, high = counting.interval(worlds, weight)
    return Share(len(worlds) / ensemble.worlds, low, high, np.sort(days))


def spreads(ensemble: Ensemble) -> dict[str, intervals.Vector]:
    """Return, for each kind of act, how far the posterior draws differ over its acts.

    Returns
    -------
    dict of str to array
        Weights of `sim.world.intervals.SPREADS`.
    """
    counting = _counting(ensemble)
    found = defaultdict(list)
    for (_, kind, _, _), group in _acts(ensemble):
        found[kind].append(counting.likelihood(_first(group)[0]))
    return {kind: intervals.pooled(likelihoods) for kind, likelihoods in found.items()}


def project(ensemble: Ensemble) -> pd.DataFrame:
    """Summarise an ensemble, act by act.

    Returns
    -------
    DataFrame
        One row for each act (sender, kind, receiver, dispute) that happened in any world and was not
        forced in all of them, the likeliest first: `probability` (share of worlds), `low` and `high`
        (its 90 % interval), `median_days` (days from the as-of date, over the worlds in which it
        happened: when it comes, if it comes).
    """
    rows = []
    for act, group in _acts(ensemble):
        found = share(ensemble, act[1], group)
        rows.append((*act, found.probability, found.low, found.high, found.median_days))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = ["probability", *ACT]
    ascending = [False, True, True, True, True]
    return table.sort_values(order, ascending=ascending, kind="stable").reset_index(drop=True)


def _acts(ensemble: Ensemble) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """Return every act that was not forced, with its events."""
    events = ensemble.events[~ensemble.forced]
    return [(tuple(map(str, act)), rows) for act, rows in events.groupby(list(ACT), sort=True)]


def _first(events: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the worlds in which an event is, and the day of the first in each."""
    world, day = events["world"].to_numpy(np.int64), events["day"].to_numpy(np.int64)
    order = np.lexsort((day, world))
    worlds, at = np.unique(world[order], return_index=True)
    return worlds, day[order][at]


def _counting(ensemble: Ensemble) -> intervals.Counting:
    return intervals.Counting(ensemble.worlds, len(ensemble.assembly.fixed))
