"""Two ensembles on the same clocks, compared world by world.

A clock belongs to its channel's name, so world ``v`` of two scenarios has the same luck wherever the two
agree. What differs between them is then what the difference between the scenarios did, and nothing else:
an act that no world gains or loses has a difference of zero, not of zero give or take chance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.world import intervals
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble
from sim.world.projection import ACT

Act = tuple[str, str, str, str]
"""(sender, kind, receiver, dispute)."""

COLUMNS = (
    *ACT, "probability_base", "probability_other", "difference", "low", "high", "only_base", "only_other",
)  # fmt: skip
"""Of `Pair.differences`."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cascade:
    """How many acts that nobody imposed a world holds, on average.

    Parameters
    ----------
    base, other : float
    change, low, high : float
        Other less base, with its 90 % interval over the posterior draws.
    touched : float
        Share of worlds that gain or lose any of them.
    """

    base: float
    other: float
    change: float
    low: float
    high: float
    touched: float


@dataclass(frozen=True, eq=False)
class Pair:
    """A base and another ensemble of as many worlds and the same seed.

    Events are compared by day, within the days that both scenarios simulate.

    Parameters
    ----------
    base, other : Ensemble
    edited : frozenset of Act
        Acts that were written out of history: like imposed ones, they are the edit and not its effect.
    """

    base: Ensemble
    other: Ensemble
    edited: frozenset[Act] = frozenset()

    def __post_init__(self) -> None:
        ours, theirs = ((e.worlds, e.seed) for e in (self.base, self.other))
        if ours != theirs:
            raise ValueError("ensembles are paired over the same worlds and the same seed")

    @property
    def worlds(self) -> int:
        """How many worlds."""
        return self.base.worlds

    @cached_property
    def window(self) -> tuple[date, date]:
        """The first and last day that both simulate."""
        first = max(e.assembly.day_of(e.assembly.start) for e in (self.base, self.other))
        return first, min(e.assembly.scenario.last_day for e in (self.base, self.other))

    @cached_property
    def imposed(self) -> frozenset[Act]:
        """Acts that either scenario forces, and edited ones."""
        forced = (acts_forced(e.assembly) for e in (self.base, self.other))
        return self.edited.union(*forced)

    @cached_property
    def acts(self) -> list[Act]:
        """Every act of either side, sorted."""
        both = (set(_names(e)) for e in (self.base, self.other))
        return sorted(set().union(*both))

    @cached_property
    def _coded(self) -> tuple[tuple[Numbers, Numbers, Numbers], tuple[Numbers, Numbers, Numbers]]:
        """World, day of the calendar and act of each event of the window, for both sides."""
        index = {act: a for a, act in enumerate(self.acts)}
        first, last = (day.toordinal() for day in self.window)
        sides = []
        for e in (self.base, self.other):
            names = _names(e)
            act = np.array([index[name] for name in names], dtype=np.int64)[_which(e)]
            day = np.floor(e.log[:, 0]).astype(np.int64) + e.assembly.scenario.as_of.toordinal()
            seen = (first <= day) & (day <= last)
            sides.append((e.log[seen, 4].astype(np.int64), day[seen], act[seen]))
        return sides[0], sides[1]

    @cached_property
    def _differing(self) -> Numbers:
        """Worlds and acts of the events that only one side has on that day, shape (2, events)."""
        span = (self.window[1] - self.window[0]).days + 1
        keys = []
        for world, day, act in self._coded:
            keys.append((world * span + day - self.window[0].toordinal()) * len(self.acts) + act)
        found, times = np.unique(np.concatenate(keys), return_counts=True)
        both = np.isin(found, keys[0]) & np.isin(found, keys[1])
        odd = np.where(both, times % 2, times)  # once on each side is the same event
        key = np.repeat(found, odd)
        return np.array([key // len(self.acts) // span, key % len(self.acts)]).reshape(2, -1)

    @property
    def differing_events(self) -> int:
        """Events, imposed ones included, that one side has and the other has not on that day."""
        return int(self._differing.shape[1])

    @cached_property
    def cascade(self) -> Cascade:
        """How many acts follow, beside those imposed."""
        free = np.array([act not in self.imposed for act in self.acts], dtype=bool)
        base, other = (
            np.bincount(world[free[act]], minlength=self.worlds) for world, _, act in self._coded
        )
        low, high = self.counting.mean_interval((other - base).astype(float))
        touched = len(np.unique(np.concatenate([self._none, *self._one_sided]))) / self.worlds
        means = float(base.mean()), float(other.mean())
        return Cascade(*means, float((other - base).mean()), low, high, touched)

    @property
    def changed(self) -> float:
        """Acts that a world gains or loses, on average, beside those imposed."""
        return sum(map(len, self._one_sided)) / self.worlds

    @cached_property
    def _one_sided(self) -> list[Numbers]:
        """For each act that was not imposed, the worlds in which one side has it."""
        return [
            np.setxor1d(had, has)
            for act, had, has in zip(self.acts, *self._happened, strict=True)
            if act not in self.imposed
        ]

    _none = np.zeros(0, dtype=np.int64)

    @cached_property
    def counting(self) -> intervals.Counting:
        """How the worlds fall on the posterior draws."""
        return intervals.Counting(self.worlds, len(self.base.assembly.fixed))

    @cached_property
    def _happened(self) -> tuple[list[Numbers], list[Numbers]]:
        """For each act the worlds in which it happened, on both sides."""
        sides = []
        for world, _, act in self._coded:
            key = np.unique(act * self.worlds + world)
            ends = np.searchsorted(key, np.arange(1, len(self.acts)) * self.worlds)
            sides.append([part % self.worlds for part in np.split(key, ends)])
        return sides[0], sides[1]

    def differences(self) -> pd.DataFrame:
        """Return how much likelier each act became, those that changed most first.

        Returns
        -------
        DataFrame
            One row for each act that some world has on one side only and that was not imposed:
            `probability_base`, `probability_other`, their `difference` with its 90 % interval `low` and
            `high` (`sim.world.intervals.Counting.difference`), and the shares of worlds in which
            `only_base` and `only_other` have it.
        """
        split = {}
        for a, act in enumerate(self.acts):
            had, has = (side[a] for side in self._happened)
            gained, lost = np.setdiff1d(has, had), np.setdiff1d(had, has)
            if act not in self.imposed and len(gained) + len(lost):
                split[act] = (len(had), len(has), gained, lost)
        spreads = self._spreads((act[1], g, lo) for act, (_, _, g, lo) in split.items())
        rows = [self._row(act, *found, spreads[act[1]]) for act, found in split.items()]
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        table["size"] = table["difference"].abs().round(12)
        order, down = ["size", *ACT], [False, True, True, True, True]
        table = table.sort_values(order, ascending=down, kind="stable").drop(columns="size")
        return table.reset_index(drop=True)

    def _row(
        self,
        act: Act,
        had: int,
        has: int,
        gained: Numbers,
        lost: Numbers,
        spreads: tuple[intervals.Vector, intervals.Vector],
    ) -> tuple[object, ...]:
        own = tuple(
            weight * self.counting.likelihood(worlds)
            for weight, worlds in zip(spreads, (gained, lost), strict=True)
        )
        low, high = self.counting.difference(gained, lost, (own[0], own[1]))
        n = self.worlds
        change = (len(gained) - len(lost)) / n
        return (*act, had / n, has / n, change, low, high, len(lost) / n, len(gained) / n)

    def _spreads(
        self, split: Iterable[tuple[str, Numbers, Numbers]]
    ) -> dict[str, tuple[intervals.Vector, intervals.Vector]]:
        """Return how far the draws differ over what the acts of each kind gain, and lose."""
        found: dict[str, tuple[list[intervals.Vector], list[intervals.Vector]]] = defaultdict(
            lambda: ([], [])
        )
        for kind, gained, lost in split:
            for side, worlds in zip(found[kind], (gained, lost), strict=True):
                if len(worlds):
                    side.append(self.counting.likelihood(worlds))
        return {
            k: (intervals.pooled(up), intervals.pooled(down)) for k, (up, down) in found.items()
        }


def acts_forced(a: Assembly) -> set[Act]:
    """Return the acts that a scenario imposes, on a day or on a condition."""
    dated = {a.describe(*(int(x) for x in row[1:4])) for row in a.forced}
    return dated | {a.describe(*act) for act in a.conditions.acts}


def _names(e: Ensemble) -> list[Act]:
    """Return the different acts of an ensemble's log, in the order of `_which`."""
    kinds = np.unique(_packed(e))
    n = 2**20
    return [e.assembly.describe(int(k // n // n), int(k // n % n), int(k % n)) for k in kinds]


def _which(e: Ensemble) -> Numbers:
    return np.asarray(np.unique(_packed(e), return_inverse=True)[1].ravel(), dtype=np.int64)


def _packed(e: Ensemble) -> Numbers:
    """Return each act of the log as one number: sorting rows is far slower."""
    act, i, j = e.log[:, 1:4].astype(np.int64).T
    return np.asarray((act * 2**20 + i) * 2**20 + j)
