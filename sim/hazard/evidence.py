"""What each case taught: the rows of exposure that belong to it, and how it moved the coefficients.

A case of a recognition is that recognition, after all the days on which it had not come; so it is with
what undoes one and what mends relations. A case of an answer is a precedent, the answer to one recogniser
with all the days on which none came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.linalg

from sim import kernel
from sim.hazard.effects import moments
from sim.hazard.replay import History
from sim.hazard.riskset import Layout
from sim.hazard.sampling import Fit
from sim.history.corpus import Corpus
from sim.history.events import EventKind
from sim.history.precedents import precedents

LONGEST = 2.0

Cases = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Evidence:
    """How the cases of a process moved its coefficients.

    Parameters
    ----------
    cases : tuple of str
        Ids of precedents (answers) or of events (recognitions).
    moves : array, shape (len(cases), P)
        Change of the coefficients if the case were dropped, over the vector of all coefficients: one
        Newton step from the mode, on the likelihood without the case.
    """

    cases: tuple[str, ...]
    moves: npt.NDArray[np.float64]


def cases_of_rows(corpus: Corpus, layout: Layout, history: History) -> Cases:
    """Return the case that each row of exposure belongs to, empty for none, shape (rows,)."""
    rows = history.exposure
    found = np.full(len(rows), "", dtype=object)
    answers, breaks = _case_of_event(corpus)
    acts_on = _acts_by_channel(layout, history)
    channel = rows[:, 0].astype(np.int64)
    first, last = layout.answers.start, layout.answers.stop
    is_answer = (channel >= first) & (channel < last)
    block = np.where(is_answer, channel - (channel - first) % kernel.RUNGS, channel)
    order = np.argsort(block, kind="stable")
    cuts = np.flatnonzero(np.diff(block[order]) > 0) + 1
    for piece in np.split(order, cuts) if len(rows) else ():
        b = int(block[piece[0]])
        acts, answered = acts_on[b], first <= b < last
        if not acts:
            continue
        times = history.acts[acts, 0]
        ends = rows[piece, 6]
        if answered:  # a row belongs to the trigger it followed
            at = np.searchsorted(times, ends - 1e-9) - 1
            inside = at >= 0
        else:  # a row belongs to the act it led to
            at = np.searchsorted(times, ends - 1e-9)
            inside = at < len(acts)
        for r, a in zip(piece[inside], at[inside], strict=True):
            event = history.event_ids[acts[a]]
            found[r] = (answers if answered else breaks).get(event, event)
    return found


def _case_of_event(corpus: Corpus) -> tuple[dict[str, str], dict[str, str]]:
    """Precedents by their triggers (answers), and by the break they led to (solidarity)."""
    known = precedents(corpus)
    answers = {e: p.id for p in known if p.process == "respond" for e in p.trigger_ids}
    breaks = {
        r.event_id: p.id
        for p in known
        if p.process == "solidarity"
        for r in p.reactions
        if r.kind == EventKind.SEVER_RELATIONS
    }
    return answers, breaks


def _acts_by_channel(layout: Layout, history: History) -> dict[int, list[int]]:
    """Rows of acts by the channel they rang; triggers by the lowest rung of the answer they provoked."""
    found: dict[int, list[int]] = defaultdict(list)
    w = history.world

    def provoke(front: int, actor: int, row: int) -> None:
        found[layout.answers.start + (front * layout.n + actor) * kernel.RUNGS].append(row)

    held = {
        (int(i), c)
        for c, (entity, dispute) in enumerate(layout.columns)
        if entity == dispute.incumbent
        for i in np.flatnonzero(layout.states & layout.actors.alive(dispute.opened))
    }
    for a, (act, i, j) in enumerate(history.acts[:, 1:].astype(int)):
        channel = kernel.channel_of(w, act, i, j)
        if act == kernel.RECOGNISE and (i, j) not in held:
            held.discard((i, int(w.rival_of[j])))
            held.add((i, j))
            found[channel].append(a)
            if w.front_of[j] >= 0:
                provoke(int(w.front_of[j]), i, a)
        elif act == kernel.WITHDRAW and (i, j) in held:
            held.discard((i, j))
            found[channel].append(a)
            for f in np.flatnonzero(w.column_of_front == j):
                provoke(int(f), i, a)
        elif kernel.RETURN <= act <= kernel.RESTORE:
            found[channel].append(a)
    return found


def named_cases(corpus: Corpus, events: Iterable[str]) -> list[str]:
    """Return the cases that teach nothing once some events are forgotten."""
    gone = set(events)
    touched = {p.id for p in precedents(corpus) if gone & set(p.event_ids)}
    return sorted(gone | touched)


def weigh(fit: Fit, case: Cases, size: int) -> Evidence:
    """Return how each case moved the coefficients of a fit.

    Parameters
    ----------
    fit : Fit
    case : array of str, shape (N,)
        Case of each row of the design, empty for none.
    size : int
        Length of the vector of all coefficients.
    """
    names = sorted({c for c in case if c})
    moves = np.zeros((len(names), size))
    rows_of, members = _places(case), _places(fit.design.effect)
    for c, name in enumerate(names):
        gone = rows_of[name]
        gradient, lost = np.zeros(fit.mode.size), np.zeros(fit.precision.shape)
        for effect in np.unique(fit.design.effect[gone]):  # several where several acted as one
            mine = gone[fit.design.effect[gone] == effect]
            touched = mine if effect < 0 else members[effect]
            with_case = _share(fit, touched, effect)
            without = _share(fit, np.setdiff1d(touched, mine), effect)
            gradient += without.gradient - with_case.gradient
            lost += with_case.information - without.information
            if effect >= 0:
                moves[c, fit.pooled[effect]] = without.effect - with_case.effect
        moves[c, fit.shared] = _step(fit, gradient, lost)
    return Evidence(tuple(names), moves)


def _places(values: npt.NDArray[Any]) -> dict[Any, npt.NDArray[np.int64]]:
    """Return where each value stands."""
    order = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(values[order][1:] != values[order][:-1]) + 1
    return {values[at[0]]: at for at in np.split(order, cuts) if at.size}


class _Share(NamedTuple):
    """What some rows add to the marginal posterior at the mode."""

    gradient: npt.NDArray[np.float64]
    information: npt.NDArray[np.float64]
    effect: float  # expectation of the pooled effect they share


def _share(fit: Fit, rows: npt.NDArray[np.int64], effect: int) -> _Share:
    d = fit.design
    X, y = d.X[rows], d.y[rows]
    mu = d.days[rows] * np.exp(np.minimum(X @ fit.mode, 50.0))
    if effect < 0:
        return _Share(X.T @ (y - mu), X.T @ (mu[:, None] * X), 0.0)
    found = moments(np.array([y.sum()]), np.array([mu.sum()]), fit.effect_sd)
    felt, total = mu * found.factor[0], X.T @ mu
    information = X.T @ (felt[:, None] * X) - found.factor_variance[0] * np.outer(total, total)
    return _Share(X.T @ (y - felt), information, float(found.mean[0]))


def _step(
    fit: Fit, gradient: npt.NDArray[np.float64], lost: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """One Newton step from the mode, no longer than a case can be trusted to move it.

    Directions in which only the case informed are given back to the prior; a step is cut where it
    leaves what the whole posterior holds possible (`LONGEST` prior standard deviations).
    """
    rest = fit.precision - lost
    values, vectors = scipy.linalg.eigh((rest + rest.T) / 2)
    least = float((1.0 / fit.sd**2).min())
    step = vectors @ ((vectors.T @ gradient) / np.maximum(values, least))
    return np.asarray(step * min(1.0, LONGEST / max(1e-12, float(np.abs(step / fit.sd).max()))))
