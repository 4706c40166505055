"""From worlds to statements: how likely each act is, how sure that is, and when it comes if it comes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.world import intervals
from sim.world.tally import Tally, tally

if TYPE_CHECKING:
    from sim.world.ensemble import Act, Ensemble

Days = npt.NDArray[np.int64] | npt.NDArray[np.int32]

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
    days: Days

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
    return _share(ensemble, kind, ensemble.counting.by_draw(worlds), np.sort(days))


def share_of(ensemble: Ensemble, kind: str, counted: Tally | None) -> Share:
    """Return what `share` does of worlds that are counted already; None if there were none."""
    if counted is None:
        draws = len(ensemble.assembly.fixed)
        return _share(ensemble, kind, np.zeros(draws, np.int64), np.zeros(0, np.int32))
    return _share(ensemble, kind, counted.by_draw, counted.days)


def _share(ensemble: Ensemble, kind: str, by_draw: intervals.Worlds, days: Days) -> Share:
    counting, happened = ensemble.counting, int(by_draw.sum())
    weight = ensemble.spreads.get(kind, intervals.ANY) * counting.likelihood_of(by_draw)
    low, high = counting.interval_of(happened, weight)
    return Share(happened / ensemble.worlds, low, high, days)


def by_act(ensemble: Ensemble) -> dict[Act, Tally]:
    """Count the worlds in which each act that was not forced happened, in the order of their names."""
    return dict(sorted(tally(ensemble, lambda act: act, lambda part: ~part.forced).items()))


def spreads(ensemble: Ensemble) -> dict[str, intervals.Vector]:
    """Return, for each kind of act, how far the posterior draws differ over its acts.

    Returns
    -------
    dict of str to array
        Weights of `sim.world.intervals.SPREADS`.
    """
    counting = ensemble.counting
    found = defaultdict(list)
    for (_, kind, _, _), counted in ensemble.by_act.items():
        found[kind].append(counting.likelihood_of(counted.by_draw))
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
    for act, counted in ensemble.by_act.items():
        found = share_of(ensemble, act[1], counted)
        rows.append((*act, found.probability, found.low, found.high, found.median_days))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = ["probability", *ACT]
    ascending = [False, True, True, True, True]
    return table.sort_values(order, ascending=ascending, kind="stable").reset_index(drop=True)


def _first(events: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the worlds in which an event is, and the day of the first in each."""
    world, day = events["world"].to_numpy(np.int64), events["day"].to_numpy(np.int64)
    order = np.lexsort((day, world))
    worlds, at = np.unique(world[order], return_index=True)
    return worlds, day[order][at]
