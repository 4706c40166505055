"""What a projected act rests on: the precedents that taught it, and what dropping each would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import SLOTS, Layout, process_of
from sim.hazard.terms import Terms
from sim.history.precedents import recognition_id
from sim.report.hazards import Channel
from sim.world.assemble import Assembly


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
    channels = {assembly.channel(k): k for k in assembly.channels_of(sender)}
    k = channels.get((sender, kind, receiver, dispute))
    if k is None:
        return []
    slot = int(assembly.layout.slots[k])
    evidence = assembly.posterior.evidence.get(process_of(SLOTS[slot]))
    if evidence is None or not evidence.cases:
        return []
    modes = assembly.posterior.mode + np.vstack([np.zeros(evidence.moves.shape[1]), evidence.moves])
    channel = Channel.middling(_after_forced(assembly), [k], assembly.start)
    p = channel.by_day(Terms(assembly.layout), modes, [assembly.horizon])[:, 0]
    history = assembly.history
    label = case_labels(assembly.layout, history.acts, history.event_ids, assembly.scenario.as_of)
    return ordered(evidence.cases, p, label)


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
    order = np.argsort(-np.abs(change), kind="stable")
    return [Support(label(cases[c]), float(change[c])) for c in order]


def _after_forced(a: Assembly) -> kernel.WorldArrays:
    """Return the state right after the scenario's forced acts."""
    w = kernel.copy_state(a.template)
    for time, act, i, j in a.forced:
        if kernel.is_possible(w, int(act), int(i), int(j)):
            kernel.apply_event(w, int(act), int(i), int(j), time, kernel.NO_CAUSE, 0, 0)
    return w


def case_labels(
    layout: Layout, acts: npt.NDArray[np.float64], event_ids: Sequence[str], as_of: date
) -> Callable[[str], str]:
    """Return how cases are told: recognitions by the act, precedents by their own id.

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
        time, _, i, column = acts[row_of[case]]
        year = (as_of + timedelta(days=int(np.floor(time)))).year
        return recognition_id(layout.actors.codes[int(i)], layout.columns[int(column)][0], year)

    return label
