"""The ancestry of an act: what it would not have come without, world by world.

In each world in which the act happens, every act before it is deleted in turn and the world is played
again with the same luck (a clock is hashed from its name, so nothing else moves). What is gone then hung on
what was deleted. No correlation is read as a cause: an act that only tends to come before another does
not make it vanish.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble, play
from sim.world.intervals import ANY, Counting

Acts = frozenset[tuple[int, int, int]]
"""Kernel acts (act, i, j) that are told as one: the recognition of an entity and of its sibling."""

Log = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ancestor:
    """An act that came before another in some worlds, and what became of the other without it.

    Parameters
    ----------
    sender, kind, dispute : str
    receivers : tuple of str
    imposed : bool
        Whether the scenario forces it.
    day : float
        Median day, counted from the as-of date, over the worlds in which it came before.
    before : float
        Share of the act's worlds in which it came before.
    vanishes, low, high : float
        Share of these in which the act vanishes without it, with its 90 % interval over draws.
    """

    sender: str
    kind: str
    receivers: tuple[str, ...]
    dispute: str
    imposed: bool
    day: float
    before: float
    vanishes: float
    low: float
    high: float

    @property
    def carries(self) -> float:
        """Share of all the act's worlds in which it hangs on this ancestor."""
        return self.before * self.vanishes


@dataclass(frozen=True, eq=False)
class Ancestry:
    """What an act hung on.

    Parameters
    ----------
    ensemble : Ensemble
    probability : float
        Of the act.
    day : float
        Its median day, where it happens.
    ancestors : list of Ancestor
        Those without which it vanishes in some world, that which carries most first.
    links : dict
        (ancestor, ancestor or -1 for the act itself) to the share of the act's worlds in which the
        second hangs on the first and no third act stands between them.
    """

    ensemble: Ensemble
    probability: float
    day: float
    ancestors: list[Ancestor]
    links: dict[tuple[int, int], float]


ITSELF = -1


def trace(
    ensemble: Ensemble, event: Acts, progress: Callable[[int, int], None] | None = None
) -> Ancestry:
    """Trace an act of an ensemble.

    Parameters
    ----------
    ensemble : Ensemble
    event : frozenset of (act, i, j)
        The act; it happens when any of these does.
    progress : callable, optional
        Told how many of how many acts have been deleted.

    Raises
    ------
    ValueError
        If it happens in no world.
    """
    tracing = _Tracing(ensemble, event)
    if not len(tracing.worlds):
        raise ValueError("the act happens in no world")
    groups = list(tracing.before)
    gone: dict[int, dict[int, set[int]]] = defaultdict(dict)
    for g, acts in enumerate(groups):
        for world, lost in tracing.deleted(acts).items():
            gone[world][g] = lost
        if progress:
            progress(g + 1, len(groups))
    hung = [g for g in range(len(groups)) if any(ITSELF in of.get(g, ()) for of in gone.values())]
    found = {g: tracing.ancestor(groups[g], g, gone) for g in hung}
    order = sorted(hung, key=lambda g: (-found[g].carries, found[g].sender, found[g].receivers))
    place = {g: p for p, g in enumerate(order)} | {ITSELF: ITSELF}
    links = {
        (place[a], place[b]): count / len(tracing.worlds)
        for (a, b), count in _links(gone.values()).items()
    }
    day = float(np.floor(np.median(tracing.first)))
    probability = len(tracing.worlds) / ensemble.worlds
    return Ancestry(ensemble, probability, day, [found[g] for g in order], links)


def happens(ensemble: Ensemble, event: Acts) -> bool:
    """Tell whether any world has an act."""
    return bool(_is(ensemble.log, event).any())


class _Tracing:
    """The worlds in which an act happens, and what came before it in each."""

    def __init__(self, ensemble: Ensemble, event: Acts) -> None:
        self.ensemble = ensemble
        self.event = event
        log = ensemble.log
        mine = log[_is(log, event)]
        self.worlds, at = np.unique(mine[:, 4].astype(np.int64), return_index=True)
        self.first = mine[at, 0]
        until = np.full(ensemble.worlds, -np.inf)
        until[self.worlds] = self.first
        self.earlier = log[(log[:, 0] < until[log[:, 4].astype(np.int64)]) & ~_is(log, event)]

    @property
    def assembly(self) -> Assembly:
        return self.ensemble.assembly

    @cached_property
    def before(self) -> dict[Acts, Log]:
        """Rows that came before, by act."""
        kinds = {tuple(int(x) for x in act) for act in np.unique(self.earlier[:, 1:4], axis=0)}
        told: dict[tuple[int, int, int], set[tuple[int, int, int]]] = defaultdict(set)
        for act, i, j in sorted(kinds):
            told[act, i, self._side(act, j)].add((act, i, j))
        found = {}
        for act, i, side in sorted(told):
            whole = self._whole(act, i, side) - self.event  # a sibling may be its ancestor
            found[whole] = self.earlier[_is(self.earlier, whole)]
        return found

    def _side(self, act: int, j: int) -> int:
        """Return one column for all the entities of a side."""
        if act > kernel.WITHDRAW:
            return j
        return int(min([j, *np.flatnonzero(self.assembly.template.sibling[j])]))

    def _whole(self, act: int, i: int, side: int) -> Acts:
        if act > kernel.WITHDRAW:
            return frozenset({(act, i, side)})
        columns = [side, *map(int, np.flatnonzero(self.assembly.template.sibling[side]))]
        return frozenset((act, i, c) for c in columns)

    @cached_property
    def _acts_before(self) -> dict[int, set[int]]:
        """For each world which of `before` came before the act."""
        found: dict[int, set[int]] = defaultdict(set)
        for g, rows in enumerate(self.before.values()):
            for world in np.unique(rows[:, 4]):
                found[int(world)].add(g)
        return found

    def deleted(self, acts: Acts) -> dict[int, set[int]]:
        """Play the worlds again in which some acts came before, without them; tell what is gone in each."""
        worlds = np.unique(self.before[acts][:, 4]).astype(np.int64)
        log = play(self.assembly.without(acts), worlds, self.ensemble.seed)
        left: dict[int, set[int]] = defaultdict(set)
        for g, own in enumerate([*self.before, self.event]):
            for world in np.unique(log[_is(log, own), 4]):
                left[int(world)].add(g if g < len(self.before) else ITSELF)
        return {int(v): (self._acts_before[int(v)] | {ITSELF}) - left[int(v)] for v in worlds}

    def ancestor(self, acts: Acts, g: int, gone: dict[int, dict[int, set[int]]]) -> Ancestor:
        """Sum up what became of the act without an ancestor."""
        rows = self.before[acts]
        among = np.unique(rows[:, 4]).astype(np.int64)
        lost = np.array([v for v in among if ITSELF in gone[int(v)][g]], dtype=np.int64)
        counting = Counting(self.ensemble.worlds, len(self.assembly.fixed), among)
        low, high = counting.interval(lost, ANY * counting.likelihood(lost))
        named = [self.assembly.describe(*act) for act in sorted(acts)]
        imposed = any(map(self.assembly.imposes, acts))
        done = {tuple(int(x) for x in act) for act in np.unique(rows[:, 1:4], axis=0)}
        receivers = tuple(
            name[2] for name, act in zip(named, sorted(acts), strict=True) if act in done
        )
        _, at = np.unique(rows[:, 4], return_index=True)
        return Ancestor(
            named[0][0], named[0][1], receivers, named[0][3], imposed,
            float(np.floor(np.median(rows[at, 0]))), len(among) / len(self.worlds),
            len(lost) / len(among), low, high,
        )  # fmt: skip


def _is(log: Log, acts: Acts) -> npt.NDArray[np.bool_]:
    """Return which rows of a log are any of some acts."""
    found = np.zeros(len(log), dtype=bool)
    for act, i, j in acts:
        found |= (log[:, 1] == act) & (log[:, 2] == i) & (log[:, 3] == j)
    return found


def _links(worlds: Iterable[dict[int, set[int]]]) -> Counter[tuple[int, int]]:
    """Count, over worlds, which ancestor the act or another ancestor hung on without a third between."""
    found: Counter[tuple[int, int]] = Counter()
    for gone in worlds:
        mine = {g for g, lost in gone.items() if ITSELF in lost}
        hangs = {(a, b) for a in mine for b in (*mine, ITSELF) if a != b and b in gone[a]}
        between = {(a, c) for a, b in hangs for b2, c in hangs if b == b2 and (a, c) in hangs}
        found.update(hangs - between)
    return found
