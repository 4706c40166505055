"""What a probability rests on: the precedents that matter most, and whether few draws carry it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from sim.hazard.riskset import PROCESSES, SLOTS, process_of
from sim.report.answers import needed
from sim.report.words import clean
from sim.world.assemble import Assembly
from sim.world.channels import answering
from sim.world.scenario import Forecast

MATTERS = 0.02
"""A precedent is named if dropping it would change the chance by more than this share of it."""

SURE = 1e-4
"""Chances that worlds cannot tell from none, or from certainty."""

THIN = 0.01
"""Below this effective share of the posterior draws, what a process says rests on few of them."""


class Support(Protocol):
    """What `sim.report.explain.supports` tells of one precedent."""

    @property
    def label(self) -> str:
        """The precedent, for instance UKR-SYR-2022."""

    @property
    def change(self) -> float:
        """What dropping it would do to the probability."""


Supports = Callable[[Assembly, str, str, str, str], Sequence[Support]]


def weighty(found: Sequence[Support], probability: float, most: int) -> list[Support]:
    """Return the precedents that matter most: those for the act, then those against it.

    An act rests on what speaks for it. The last place is kept for a precedent that weighs more against
    the act than any weighs for it: a chance that stands in spite of one must say so.

    Parameters
    ----------
    found : sequence of Support
        The strongest first.
    probability : float
        Of the act; near certainty a change counts by what it takes from the doubt.
    most : int
        How many to return.
    """
    least = MATTERS * max(min(probability, 1 - probability), SURE)
    matter = [s for s in found if abs(s.change) > least]
    speaking = [s for s in matter if s.change < 0][:most]
    against = [s for s in matter if s.change > 0]
    if speaking and against and most > 1 and against[0].change > -speaking[0].change:
        speaking = speaking[: most - 1]
    return [*speaking, *against][:most]


def named(found: Sequence[Support], probability: float, most: int) -> list[str]:
    """Name the precedents that matter most, ``+`` for the act and ``-`` against it, see `weighty`."""
    told = weighty(found, probability, most)
    return [f"{'+' if s.change < 0 else '-'}{clean(s.label)}" for s in told]


def effective_shares(a: Assembly) -> dict[str, float]:
    """Return the effective share of the posterior draws of each process that the scenario needs."""
    used = {process_of(slot) for slot in needed(a)}
    found = {p: a.posterior.about.get(p, {}).get("effective_share") for p in PROCESSES if p in used}
    return {process: float(share) for process, share in found.items() if share is not None}


def is_thin(a: Assembly, sender: str, kind: str, receiver: str) -> bool:
    """Tell whether an act, or any that answers a question, is simulated by a rule with thin evidence."""
    asked = Forecast(sender=sender, kind=kind, receiver=receiver, within_days=1)
    slots = np.unique(a.layout.slots[answering(a.layout, asked)])
    shares = effective_shares(a)
    return any(shares.get(process_of(SLOTS[int(s)]), 1.0) < THIN for s in slots)
