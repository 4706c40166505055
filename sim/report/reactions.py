"""The reactions an ensemble projects; joint acts toward sibling entities are one reaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.report.words import act_between, clean, percent
from sim.world.assemble import Assembly
from sim.world.ensemble import Act, Ensemble
from sim.world.projection import Days, share_of
from sim.world.tally import tally

TOGETHER = 0.8
"""Two acts are told with *and* if both happen in this share of the worlds with either."""

LEAST = 0.0095
"""What is less likely is told as less than 1 %, and left out of pages and figures."""

TOWARD_ENTITIES = ("recognise", "withdraw_recognition")


@dataclass(frozen=True)
class Reaction:
    """An act as it is told, with what the worlds say about it.

    Parameters
    ----------
    sender, kind, dispute : str
    receivers : tuple of str
        More than one only for entities of one dispute; it happens when any of them is met.
    joint : bool
        Whether they are mostly met together.
    probability, low, high : float
        Share of worlds, and its 90 % interval.
    days : array, shape (worlds in which it happened,)
        Day of the first of its acts, counted from the as-of date, sorted.
    """

    sender: str
    kind: str
    receivers: tuple[str, ...]
    dispute: str
    joint: bool
    probability: float
    low: float
    high: float
    days: Days

    @property
    def median_day(self) -> float:
        """Median day over the worlds in which it happened: when it comes, if it comes."""
        return float(np.median(self.days))

    def told(self, assembly: Assembly) -> str:
        """Tell the reaction in words; the dispute is named only where there are several."""
        joint = "and" if self.joint else "or"
        actors = assembly.layout.actors
        text = act_between(actors, self.sender, self.kind, self.receivers, joint)
        several = len(assembly.scenario.disputes) > 1
        return f"{text} over {clean(self.dispute)}" if several else text


def reactions(ensemble: Ensemble) -> list[Reaction]:
    """Return every reaction that happened in some world and was not imposed, likeliest first."""
    a = ensemble.assembly
    siblings = {
        (e, d.dispute): d.dispute
        for d in a.layout.disputes
        if len(d.entities) > 1
        for e in d.entities
    }

    def reaction(act: Act) -> Act:
        sender, kind, receiver, dispute = act
        met = siblings.get((receiver, dispute), receiver) if kind in TOWARD_ENTITIES else receiver
        return sender, kind, met, dispute

    found = []
    for key, counted in tally(ensemble, reaction, lambda part: ~_imposed(part)).items():
        sender, kind, _, dispute = key
        receivers = tuple(sorted(receiver for _, _, receiver, _ in counted.acts))
        told = share_of(ensemble, kind, counted)
        together = int(counted.by_acts[len(receivers) :].sum())
        joint = together / counted.worlds >= TOGETHER
        found.append(
            Reaction(
                sender, kind, receivers, dispute, joint, told.probability, told.low, told.high,
                told.days,
            )
        )  # fmt: skip
    return sorted(found, key=lambda r: (-r.probability, r.sender, r.kind, r.receivers, r.dispute))


def listable(found: Sequence[Reaction], top: int) -> Sequence[Reaction]:
    """Return the likeliest reactions, at most `top`, that are worth a row.

    Hundreds of chances below 1 % are a ranking at best. Where no reaction is likelier, the first is told.
    """
    likely = sum(r.probability >= LEAST for r in found)
    return found[: min(top, max(likely, 1))]


def told_rest(others: Sequence[Reaction]) -> str:
    """Tell how many reactions found no row, and that none of them is likely; empty where all did."""
    if not others:
        return ""
    count = f"{len(others):,} further reactions" if len(others) > 1 else "1 further reaction"
    return f"{count}, none likelier than {percent(others[0].probability)}"


def _imposed(ensemble: Ensemble) -> npt.NDArray[np.bool_]:
    """Return which rows of the log are imposed acts, or the same acts come before their day.

    In a few worlds an actor does by itself what the scenario imposes later. That is certain anyhow, and
    would else be told as a reaction, or as a part of one toward a sibling entity.
    """
    mask = ensemble.forced.copy()
    for row in ensemble.assembly.forced:
        same = (ensemble.log[:, 1:4] == row[1:]).all(axis=1)
        mask |= same & (ensemble.log[:, 0] <= row[0])
    return mask
