"""Worlds counted: what statements are made of, whatever the number of worlds."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from sim import kernel

if TYPE_CHECKING:
    from sim.world.ensemble import Act, Ensemble

Counts = npt.NDArray[np.int64]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Tally:
    """In how many worlds any of some acts happened: by posterior draw, by day, and by how many of them.

    Parameters
    ----------
    acts : frozenset
        Those of them that happened in any world.
    by_draw : array of int, shape (draws,)
        Worlds in which any of them happened, by the draw they lie under.
    by_day : array of int, shape (horizon in days + 1,)
        The same worlds by the day of the first of them, counted from the as-of date.
    by_acts : array of int
        The same worlds by how many different ones happened.
    """

    acts: frozenset[Act]
    by_draw: Counts
    by_day: Counts
    by_acts: Counts

    @property
    def worlds(self) -> int:
        """In how many worlds any of them happened."""
        return int(self.by_draw.sum())

    @property
    def days(self) -> npt.NDArray[np.int32]:
        """Day of the first of them in each of these worlds, sorted."""
        return np.repeat(np.arange(self.by_day.size, dtype=np.int32), self.by_day)


def tally(
    ensemble: Ensemble,
    statement: Callable[[Act], Key | None],
    rows: Callable[[Ensemble], npt.NDArray[np.bool_]],
) -> dict[Key, Tally]:
    """Count worlds, part by part, so that memory does not grow with their number.

    Parameters
    ----------
    ensemble : Ensemble
    statement : callable
        Which statement an act (sender, kind, receiver, dispute) belongs to; None for no one.
    rows : callable
        Which rows of a part's log count.

    Returns
    -------
    dict
        The tally of every statement of which an act happened.
    """
    draws, days = len(ensemble.assembly.fixed), ensemble.assembly.scenario.horizon_days + 1
    keys: dict[Key, int] = {}
    acts: list[set[Act]] = []
    by_draw, by_day, by_acts = (np.zeros((0, width), np.int64) for width in (draws, days, 1))
    for part in ensemble.parts():
        named, which = part.acts
        of_act = np.full(len(named), -1)
        counted = np.flatnonzero(rows(part))
        for a in np.unique(which[counted]):
            key = statement(named[a])
            if key is None:
                continue
            of_act[a] = keys.setdefault(key, len(keys))
            if of_act[a] == len(acts):
                acts.append(set())
            acts[of_act[a]].add(named[a])
        counted = counted[of_act[which[counted]] >= 0]
        act = which[counted]
        world = part.log[counted, 4].astype(np.int64)
        # The log is in the order of time, so the first of each pair is the earliest.
        pair, first = np.unique(world * len(keys) + of_act[act], return_index=True)
        key_of = pair % max(1, len(keys))
        day = np.floor(part.log[counted[first], 0]).astype(np.int64)
        different = np.unique((world * len(keys) + of_act[act]) * len(named) + act)
        _, how_many = np.unique(different // max(1, len(named)), return_counts=True)
        by_draw = _added(
            by_draw, key_of, kernel.draw_of(pair // max(1, len(keys)), draws), len(keys)
        )
        by_day = _added(by_day, key_of, day, len(keys))
        by_acts = _added(by_acts, key_of, how_many, len(keys))
    return {
        key: Tally(frozenset(acts[k]), by_draw[k], by_day[k], by_acts[k]) for key, k in keys.items()
    }


def _added(total: Counts, row: Counts, column: Counts, rows: int) -> Counts:
    """Count the pairs of row and column into a table that grows where it must."""
    width = max(total.shape[1], int(column.max(initial=0)) + 1)
    new = np.bincount(row * width + column, minlength=rows * width).reshape(rows, width)
    new[: total.shape[0], : total.shape[1]] += total
    return new
