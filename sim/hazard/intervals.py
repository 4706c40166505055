"""Dates known to a month or a year enter a fit as intervals, not as a day.

History is played with each act on one day of its interval. Where that day decides on which piece of
the delay profile an act fell, the act is here spread over the pieces: with a uniform distribution over
the pairs of days that both intervals allow, each piece gets its expected share of the event and, for an
answer or a break out of solidarity, its expected days at risk (the expected sufficient statistics of
the Poisson likelihood).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.replay import CHANNEL, DAYS, END, EVENTS, PHASE, PIECE, History
from sim.hazard.riskset import SLOTS, SOLIDARITY, Layout
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

Rows = npt.NDArray[np.float64]


class _Dated(NamedTuple):
    """An act: its time in the replay, and the first and last day it may have happened on."""

    time: float
    first: int
    last: int


def spread(corpus: Corpus, layout: Layout, history: History) -> Rows:
    """Return the exposure of a history with imprecise acts spread over the pieces of their delay.

    Parameters
    ----------
    corpus : Corpus
        As of the day of the replay.
    history : History

    Returns
    -------
    array
        The rows of `History.exposure`, some scaled, with further ones at the end. Events still sum to
        the number of acts.
    """
    rows = history.exposure.copy()
    acts = _dated(corpus, history)
    by_channel, triggers = _by_channel(layout, history, acts)
    opened = [_exact(float((d.opened - corpus.end).days)) for _, d in layout.columns]
    edges = Terms(layout).edges
    spells = _rows_of(rows[:, CHANNEL])
    added: list[Rows] = []
    first, last = layout.answers.start, layout.answers.stop
    # What is undone or mended has delay pieces of months and years: the day chosen decides nothing.
    for r in np.flatnonzero((rows[:, EVENTS] == 1.0) & (rows[:, CHANNEL] < last)):
        k, end = int(rows[r, CHANNEL]), rows[r, END]
        act = next((a for a in by_channel.get(k, ()) if abs(a.time - end) < 1e-6), None)
        answer = k >= first
        if answer:
            before = triggers.get((k - first) // kernel.RUNGS, [])
        else:
            before = _waves(layout, history, acts, k // layout.n, opened, int(rows[r, PHASE]))
        origin = next((o for o in reversed(before) if o.time <= end), None)
        if act is None or origin is None or (act.first == act.last and origin.first == origin.last):
            continue
        slot = int(layout.slots[k])
        share, days = _expected(act, origin, edges[slot])
        mine = spells[k]
        mine = mine[(rows[mine, END] > origin.time + 1e-9) & (rows[mine, END] <= end + 1e-9)]
        told = answer or slot == SLOTS.index(SOLIDARITY)
        added.append(_respread(rows, int(r), mine, share, days if told else None))
    return np.concatenate([rows, *added]) if added else rows


def _exact(time: float) -> _Dated:
    return _Dated(time, int(np.floor(time)), int(np.floor(time)))


def _dated(corpus: Corpus, history: History) -> list[_Dated]:
    """Return every historical act with its interval, in days since the day of the replay."""
    events = corpus.events
    day = np.datetime64(corpus.end, "D")
    first = (events["first"].to_numpy().astype("datetime64[D]") - day).astype(int)
    last = (events["last"].to_numpy().astype("datetime64[D]") - day).astype(int)
    spans = {name: (a, b) for name, a, b in zip(events["event_id"], first, last, strict=True)}
    found = []
    for time, name in zip(history.acts[:, 0], history.event_ids, strict=True):
        a, b = spans[name]
        placed = int(np.floor(time))
        found.append(_Dated(float(time), min(a, placed), max(b, placed)) if b > a else _exact(time))
    return found


def _by_channel(
    layout: Layout, history: History, acts: list[_Dated]
) -> tuple[dict[int, list[_Dated]], dict[int, list[_Dated]]]:
    """Acts by the channel they rang, and what provoked an answer by (front, actor)."""
    w, n = history.world, layout.n
    rang: dict[int, list[_Dated]] = {}
    provoked: dict[int, list[_Dated]] = {}
    for act, (kind, i, j) in zip(acts, history.acts[:, 1:].astype(int), strict=True):
        if kind == kernel.RECOGNISE:
            rang.setdefault(j * n + i, []).append(act)
            if w.front_of[j] >= 0:
                provoked.setdefault(int(w.front_of[j]) * n + i, []).append(act)
        elif kind == kernel.WITHDRAW:
            for f in np.flatnonzero(w.column_of_front == j):
                provoked.setdefault(int(f) * n + i, []).append(act)
        elif kind <= kernel.SEVER:
            rang.setdefault(int(kernel.channel_of(w, kind, i, j)), []).append(act)
    return rang, provoked


def _waves(
    layout: Layout,
    history: History,
    acts: list[_Dated],
    column: int,
    opened: list[_Dated],
    phase: int,
) -> list[_Dated]:
    """Return the origin of a column's recognition clocks: its opening, or a patron's recognition."""
    if phase == 0:
        return [opened[column]]
    kind, i, j = history.acts[:, 1:].astype(int).T
    patron = history.world.patron[column]
    first = np.flatnonzero((kind == kernel.RECOGNISE) & (j == column) & (patron[i] == 1))
    return [acts[first[0]]] if first.size else [opened[column]]


def _rows_of(channel: npt.NDArray[np.float64]) -> dict[int, npt.NDArray[np.int64]]:
    order = np.argsort(channel, kind="stable")
    cuts = np.flatnonzero(np.diff(channel[order]) > 0) + 1
    return {int(channel[part[0]]): part for part in np.split(order, cuts)} if len(order) else {}


def _expected(act: _Dated, origin: _Dated, edges: Rows) -> tuple[Rows, Rows]:
    """Return each piece's share of the act, and the days at risk spent in it until the act.

    Examples
    --------
    An answer of some day in the week after its trigger, pieces from 0, 1 and 4 days:

    >>> share, days = _expected(_Dated(3.0, 0, 6), _Dated(0.0, 0, 0), np.array([0.0, 1.0, 4.0]))
    >>> share.round(3).tolist(), days.round(2).tolist()
    ([0.143, 0.429, 0.429], [0.93, 1.93, 0.64])
    """
    pairs = np.subtract.outer(
        np.arange(act.first, act.last + 1), np.arange(origin.first, origin.last + 1)
    )
    delay = pairs[pairs >= 0].astype(float) if (pairs >= 0).any() else np.zeros(1)
    piece = np.searchsorted(edges, delay, side="right") - 1
    share = np.bincount(piece, minlength=len(edges)) / len(delay)
    right = np.append(edges[1:], np.inf)
    spent = np.clip(delay[:, None] + 0.5, edges, right) - edges  # an answer comes later in its day
    return share, spent.mean(axis=0)


def _respread(
    rows: Rows, r: int, mine: npt.NDArray[np.int64], share: Rows, days: Rows | None
) -> Rows:
    """Give the event of row `r` to the pieces by their share; with `days` the exposure of the spell too."""
    new = []
    for b in np.flatnonzero((share > 0) | (days > 0 if days is not None else False)):
        here = mine[rows[mine, PIECE] == b]
        present = rows[here, DAYS].sum()
        if days is not None and present > 0:
            rows[here, DAYS] *= days[b] / present
        if b != rows[r, PIECE]:
            extra = rows[r].copy()
            extra[[PIECE, DAYS, EVENTS]] = b, 0.0, share[b]
            if days is not None and present == 0:
                extra[DAYS] = days[b]
            new.append(extra)
    rows[r, EVENTS] = share[int(rows[r, PIECE])]
    return np.array(new).reshape(-1, rows.shape[1])
