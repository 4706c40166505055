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
    date : date
    alone : float
        Acts that a world gains or loses when this is the only one of the scenario's forced acts.
    without : float
        How many fewer when it is the only one left out.
    """

    sender: str
    kind: str
    receivers: tuple[str, ...]
    date: date
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
    imposed = {_told(base, row) for row in base.forced}
    own = [r for r, row in enumerate(other.forced) if _told(other, row) not in imposed]
    affairs: dict[tuple[str, str, date], list[int]] = {}
    for r in own:
        sender, kind, _, day = _told(other, other.forced[r])
        affairs.setdefault((sender, kind, day), []).append(r)
    chosen = dict(list(affairs.items())[:MOST])
    few = min(worlds, WORLDS)

    def played(rows: Sequence[int]) -> Ensemble:
        out = [r for r in own if r not in rows]
        return run_ensemble(replace(other, forced=np.delete(other.forced, out, axis=0)), few, seed)

    nothing = played([])

    def follows(rows: Sequence[int]) -> float:
        return Pair(nothing, played(rows)).changed if rows else 0.0

    whole = follows(own)
    found = []
    for (sender, kind, day), rows in chosen.items():
        rest = [r for r in own if r not in rows]
        receivers = tuple(dict.fromkeys(_told(other, other.forced[r])[2] for r in rows))
        alone = follows(rows) if rest else whole
        without = whole - follows(rest)
        found.append(Carrier(sender, kind, receivers, day, alone, without))
    return sorted(found, key=lambda c: -c.carries)


def _told(a: Assembly, row: npt.NDArray[np.float64]) -> tuple[str, str, str, date]:
    sender, kind, receiver, _ = a.describe(*(int(x) for x in row[1:4]))
    return sender, kind, receiver, a.day_of(row[0])
