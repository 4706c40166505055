"""Which forced act of a what-if carries most of what follows, by leaving out and by trying alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.paired import Pair

WORLDS = 2_000
"""Enough to rank a few acts; each takes two further runs."""

MOST = 12


@dataclass(frozen=True)
class Carrier:
    """One forced act (toward one or several entities on a day), and what hangs on it.

    Parameters
    ----------
    sender, kind : str
    receivers : tuple of str
    date : date or None
        None for an act on a condition.
    alone : float
        Acts that a world gains or loses when this is the only one of the scenario's forced acts.
    without : float
        How many fewer when it is the only one left out.
    """

    sender: str
    kind: str
    receivers: tuple[str, ...]
    date: date | None
    alone: float
    without: float

    @property
    def carries(self) -> float:
        """Mean of the two: of two acts that only work together, or of which either would do, each has half.

        For two acts it is the Shapley value, for more it stands for it.
        """
        return (self.alone + self.without) / 2


def carriers(base: Assembly, other: Assembly, worlds: int = WORLDS, seed: int = 1) -> list[Carrier]:
    """Return the acts that only the other scenario forces, those that carry most first.

    Parameters
    ----------
    base, other : Assembly
    worlds, seed : int
        Of the runs; not more than `WORLDS` are played.

    Returns
    -------
    list of Carrier
        At most `MOST`, the first of the scenario; empty if it forces nothing that the base does not.
    """
    affairs = _affairs(base, other)
    own = [unit for units in affairs.values() for unit in units]
    chosen = dict(list(affairs.items())[:MOST])
    few = min(worlds, WORLDS)

    def played(units: Sequence[_Unit]) -> Ensemble:
        return run_ensemble(_left(other, [u for u in own if u not in units]), few, seed)

    nothing = played([])

    def follows(units: Sequence[_Unit]) -> float:
        return Pair(nothing, played(units)).changed if units else 0.0

    whole = follows(own)
    found = []
    for (sender, kind, day), units in chosen.items():
        rest = [u for u in own if u not in units]
        receivers = tuple(dict.fromkeys(_receiver(other, u) for u in units))
        alone = follows(units) if rest else whole
        without = whole - follows(rest)
        found.append(Carrier(sender, kind, receivers, day, alone, without))
    return sorted(found, key=lambda c: -c.carries)


_Unit = tuple[bool, int]
"""Whether it waits for a condition, and its row among those that do, or among those on a day."""


def _affairs(base: Assembly, other: Assembly) -> dict[tuple[str, str, date | None], list[_Unit]]:
    """Return what only the other scenario imposes: the acts of one actor on one day are one affair."""
    imposed = {_told(base, row) for row in base.forced}
    found: dict[tuple[str, str, date | None], list[_Unit]] = {}
    for r, row in enumerate(other.forced):
        if (told := _told(other, row)) not in imposed:
            found.setdefault((told[0], told[1], told[3]), []).append((False, r))
    waiting = set(base.scenario.conditional)
    for r, row in enumerate(other.conditions.planned):
        if other.scenario.conditional[int(row[0])] not in waiting:
            sender, kind, _, _ = other.describe(*(int(x) for x in row[2:5]))
            found.setdefault((sender, kind, None), []).append((True, r))
    return found


def _left(a: Assembly, out: Sequence[_Unit]) -> Assembly:
    """Return a scenario without some of the acts it imposes."""
    rows = [[r for waits, r in out if waits is which] for which in (False, True)]
    planned = np.delete(a.conditions.planned, rows[1], axis=0)
    return replace(
        a, forced=np.delete(a.forced, rows[0], axis=0),
        conditions=a.conditions._replace(planned=planned),
    )  # fmt: skip


def _receiver(a: Assembly, unit: _Unit) -> str:
    waits, r = unit
    act = a.conditions.planned[r, 2:5] if waits else a.forced[r, 1:4]
    return a.describe(*(int(x) for x in act))[2]


def _told(a: Assembly, row: npt.NDArray[np.float64]) -> tuple[str, str, str, date]:
    sender, kind, receiver, _ = a.describe(*(int(x) for x in row[1:4]))
    return sender, kind, receiver, a.day_of(row[0])
