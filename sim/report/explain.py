"""What a projected act rests on: the precedents that taught it, and what dropping each would do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.riskset import SLOTS, process_of
from sim.hazard.terms import Terms
from sim.history.precedents import recognition_id
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
    p = _probability(assembly, k, slot, modes)
    change = p[1:] - p[0]
    order = np.argsort(-np.abs(change), kind="stable")
    return [Support(_label(assembly, evidence.cases[c]), float(change[c])) for c in order]


def _probability(
    a: Assembly, k: int, slot: int, modes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Probability that a channel rings within the horizon, under each row of coefficients (D, P)."""
    w, terms = _after_forced(a), Terms(a.layout)
    eta, late = (
        modes[:, w.term[first:last]] @ w.value[first:last]
        for first, last in zip(w.start[:, k], w.start[:, k + 1], strict=True)
    )
    for (s, q), positions in terms.moving.items():
        if s == slot:
            eta = eta + modes[:, positions].sum(axis=1) * w.z[k, q]
    answer = k >= w.recognises.size
    phase = 0 if answer else int(w.phase[k // a.layout.n])
    since = 0.0 if answer else max(0.0, a.start - float(w.wave_at[k // a.layout.n]))
    mass = np.zeros(len(modes))
    for b in range(w.edges.shape[1]):
        paced = terms.pace.get((slot, phase, b))
        factor = np.exp(modes[:, paced].sum(axis=1)) if paced else np.ones(len(modes))
        factor = factor * np.exp(late) if b >= w.late_from[slot] else factor
        right = w.edges[slot, b + 1] if b + 1 < w.edges.shape[1] else np.inf
        days = min(right, since + a.horizon) - max(float(w.edges[slot, b]), since)
        mass += factor * max(0.0, days)
    return np.asarray(-np.expm1(-np.exp(eta) * mass))


def _after_forced(a: Assembly) -> kernel.WorldArrays:
    """Return the state right after the scenario's forced acts."""
    w = kernel.copy_state(a.template)
    for time, act, i, j in a.forced:
        if kernel.is_possible(w, int(act), int(i), int(j)):
            kernel.apply_event(w, int(act), int(i), int(j), time, kernel.NO_CAUSE, 0, 0)
    return w


def _label(a: Assembly, case: str) -> str:
    """Tell a recognition's event id as an act; a precedent's id is its own label."""
    if case not in a.history.event_ids:
        return case
    row = a.history.acts[a.history.event_ids.index(case)]
    sender, _, receiver, _ = a.describe(*(int(x) for x in row[1:]))
    return recognition_id(sender, receiver, a.day_of(row[0]).year)
