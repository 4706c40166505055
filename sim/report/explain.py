"""What a projected act rests on: the precedents that taught it, and what dropping each would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.evidence import Evidence
from sim.hazard.riskset import SLOTS, Layout, process_of
from sim.hazard.terms import Terms
from sim.history.names import recognition_id
from sim.report.hazards import Channel, Matrix, Vector
from sim.world.assemble import Assembly
from sim.world.opening import Opening, opening


@dataclass(frozen=True)
class Support:
    """One case behind a projected act.

    Parameters
    ----------
    label : str
        Id of the precedent or of the recognition (``SENDER>RECEIVER-YEAR``); `--drop` takes both.
    change : float
        Change of the act's probability if the case were dropped: negative if the case makes the act
        likelier (reports write ``+``), positive if it speaks against it (``-``). A case of the same
        act may: one that came late, or after others that did not come, lowers what is expected.
    """

    label: str
    change: float


def supports(
    assembly: Assembly, sender: str, kind: str, receiver: str, dispute: str
) -> list[Support]:
    """Return the cases that moved an act's probability, for it or against it, the strongest first.

    The probability is that of the act within the horizon, from the moment its clock starts, at the
    mode of the posterior; each case's influence is one Newton step without it (see
    `sim.hazard.evidence`).

    Returns
    -------
    list of Support
        Empty if the act is not one of the scenario's channels.
    """
    act = (sender, kind, receiver, dispute)
    k = next((k for k in assembly.channels_of(sender) if assembly.channel(k) == act), None)
    return [] if k is None else Clock.of(assembly, k).supports()


@dataclass(frozen=True)
class Clock:
    """The clock of one act of a scenario, in the state in which it starts.

    Parameters
    ----------
    assembly : Assembly
    k : int
        Its channel.
    opening : Opening
    """

    assembly: Assembly
    k: int
    opening: Opening

    @classmethod
    def of(cls, assembly: Assembly, k: int) -> Clock:
        """Return the clock of a channel."""
        return cls(assembly, k, opening(assembly, k))

    @property
    def slot(self) -> int:
        """Which rule drives it."""
        return int(self.assembly.layout.slots[self.k])

    @property
    def process(self) -> str:
        """Which process it belongs to."""
        return process_of(SLOTS[self.slot])

    @property
    def days(self) -> float:
        """How many days are left to the horizon."""
        return self.assembly.horizon - self.opening.time

    @cached_property
    def terms(self) -> Terms:
        """The coefficients that the draws are of."""
        return Terms(self.assembly.layout)

    @cached_property
    def channel(self) -> Channel:
        """What drives it."""
        return Channel.of(self.opening.world, self.k, self.opening.time)

    @property
    def term_positions(self) -> list[int]:
        """Which coefficients make up its log hazard: first those that are fixed, the delay last."""
        return list(dict.fromkeys(self.channel.terms_now(self.terms)[0].tolist()))

    @property
    def log_hazard(self) -> float:
        """Log of the acts a day when it starts, at the mode of the posterior."""
        return float(self.values @ self.assembly.posterior.mode)

    @cached_property
    def values(self) -> Vector:
        """What each of all coefficients is multiplied by in the log hazard, shape (P,)."""
        found = np.zeros(len(self.terms.index))
        np.add.at(found, *self.channel.terms_now(self.terms))
        return found

    @property
    def evidence(self) -> Evidence | None:
        """How the cases of its process moved the coefficients; None if there are none."""
        found = self.assembly.posterior.evidence.get(self.process)
        return found if found is not None and found.cases else None

    def probability(self, coefficients: Matrix) -> Vector:
        """Return the probability that it rings by the horizon under rows of coefficients, shape (D,)."""
        return np.asarray(self.channel.by_day(self.terms, coefficients, [self.days])[:, 0])

    @cached_property
    def modes(self) -> Vector:
        """Its probability at the mode, then at the mode without each case, shape (1 + cases,)."""
        mode, evidence = self.assembly.posterior.mode[None, :], self.evidence
        return self.probability(
            mode if evidence is None else np.vstack([mode, mode + evidence.moves])
        )

    @cached_property
    def label(self) -> Callable[[str], str]:
        """Tell a case by the name that `--drop` takes."""
        a = self.assembly
        return case_labels(a.layout, a.history.acts, a.history.event_ids, a.scenario.as_of)

    def supports(self) -> list[Support]:
        """Return the cases that moved its probability, the strongest first."""
        evidence = self.evidence
        return [] if evidence is None else ordered(evidence.cases, self.modes, self.label)


def ordered(
    cases: Sequence[str], probability: npt.NDArray[np.float64], label: Callable[[str], str]
) -> list[Support]:
    """Return the cases by how much they moved a probability.

    Parameters
    ----------
    cases : sequence of str
    probability : array, shape (1 + len(cases),)
        At the mode, then without each case.
    label : callable
        See `case_labels`.
    """
    change = probability[1:] - probability[0]
    return [Support(label(cases[c]), float(change[c])) for c in strongest(change)]


def strongest(change: Vector) -> list[int]:
    """Return the places of some changes, the largest first."""
    return [int(c) for c in np.argsort(-np.abs(change), kind="stable")]


def case_labels(
    layout: Layout, acts: npt.NDArray[np.float64], event_ids: Sequence[str], as_of: date
) -> Callable[[str], str]:
    """Return how cases are told: recognitions by the act, others by the id of precedent or event.

    Parameters
    ----------
    layout : Layout
    acts, event_ids
        The acts of history as `Layout.acts` returns them.
    as_of : date
        The day from which their times count.
    """
    row_of = {event: a for a, event in reversed(list(enumerate(event_ids)))}

    def label(case: str) -> str:
        if case not in row_of:
            return case
        time, act, i, column = acts[row_of[case]]
        if act != kernel.RECOGNISE:
            return case
        year = (as_of + timedelta(days=int(np.floor(time)))).year
        return recognition_id(layout.actors.codes[int(i)], layout.columns[int(column)][0], year)

    return label
