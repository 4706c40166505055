"""Acts on a condition, as the kernel takes them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import Layout
from sim.history.events import EventKind
from sim.world.channels import Words, closed
from sim.world.scenario_model import Condition, ConditionalEvent


class Conditions(NamedTuple):
    """What is waited for and what then happens; see `sim.kernel.plan`.

    Parameters
    ----------
    needed : array, shape (R,)
        How many acts must have happened.
    matches : array of uint8, shape (R, acts, n, J)
        Which acts count.
    planned : array, shape (P, 5)
        Rows (condition, delay in days, act, i, j).
    """

    needed: Any
    matches: Any
    planned: Any

    def scratch(self) -> tuple[Any, Any, Any, Any]:
        """Return the conditions as the kernel's drivers take them, none met yet."""
        return np.zeros(len(self.needed), np.int64), self.needed, self.matches, self.planned

    def ahead(self, forced: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the acts ahead of a world: those on a day, and room for those on a condition."""
        rows = np.full((len(forced) + len(self.planned), kernel.AHEAD), np.inf)
        rows[: len(forced), :4] = forced
        rows[: len(forced), 4] = kernel.NO_CAUSE
        rows[: len(forced), 5] = kernel.FREELY
        return rows

    def without(self, acts: set[tuple[int, int, int]]) -> Conditions:
        """Return the conditions of worlds in which some acts never happen."""
        kept = [tuple(int(x) for x in row[2:5]) not in acts for row in self.planned]
        return self._replace(planned=self.planned[np.array(kept, dtype=bool)])

    @property
    def acts(self) -> dict[tuple[int, int, int], list[float]]:
        """The acts (act, i, j) that are planned, each with its delays."""
        found: dict[tuple[int, int, int], list[float]] = {}
        for row in self.planned:
            found.setdefault((int(row[2]), int(row[3]), int(row[4])), []).append(float(row[1]))
        return found


NO_CONDITIONS = Conditions(
    np.zeros(0, np.int64), np.zeros((0, 1, 1, 1), np.uint8), np.zeros((0, 5))
)


def conditions(events: tuple[ConditionalEvent, ...], layout: Layout, words: Words) -> Conditions:
    """Return a scenario's acts on a condition.

    Parameters
    ----------
    words : mapping
        How recognitions are written in each dispute, see `sim.world.channels.recognition_words`.
    """
    if not events:
        return NO_CONDITIONS
    rows = []
    for r, event in enumerate(events):
        for receiver in event.receivers:
            acts = layout.translate(event.sender, EventKind(event.kind), receiver, layout.active)
            rows += [(r, float(event.when.after_days), *act) for act in acts]
    return Conditions(
        np.array([event.when.count for event in events], dtype=np.int64),
        np.stack([_matching(event.when, layout, words) for event in events]),
        np.array(rows, dtype=float).reshape(-1, 5),
    )


def _matching(when: Condition, layout: Layout, words: Words) -> npt.NDArray[np.uint8]:
    """Return which acts count toward a condition, shape (acts, n, J)."""
    n, m, fronts = layout.n, layout.m, len(layout.fronts)
    found = np.zeros((kernel.TURN + 1, n, max(m, fronts)), np.uint8)
    mask = closed(layout, when.pattern, words)
    found[kernel.RECOGNISE, :, :m] = layout.by_column(mask).T
    found[kernel.WITHDRAW, :, :m] = layout.by_column(mask, undone=True).T
    answers, mends = layout.by_rung(mask), layout.by_mend(mask)
    found[kernel.CONDEMN : kernel.SEVER + 1, :, :fronts] = answers.transpose(2, 1, 0)
    found[kernel.RETURN : kernel.RESTORE + 1, :, :fronts] = mends.transpose(2, 1, 0)
    return found
