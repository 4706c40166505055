"""History played through the kernel: the state of the world on a day, and who was at risk until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.hazard.record import (
    Silence,
    covered,
    covered_from,
    record_ends,
    silences,
    without,
)
from sim.hazard.riskset import MENDS, SLOTS, SOLIDARITY, Layout
from sim.hazard.snapshot import Snapshot
from sim.hazard.terms import PIECES, Rows, Terms
from sim.history.corpus import Corpus
from sim.history.events import IMPOSSIBLE, UNFORESEEN, UNKNOWN, EventKind

CHANNEL, PERIOD, PHASE, PIECE, DAYS, EVENTS, END = range(kernel.FIXED)
"""Columns of a row of exposure, before its endogenous covariates."""


@dataclass(frozen=True)
class History:
    """History up to a day, as the kernel sees it.

    Parameters
    ----------
    world : WorldArrays
        State right after the last known act.
    start : float
        That moment, in days since the day itself began: right after the last act of the day, or its end
        (1) if nothing is known to have happened on it.
    acts : array, shape (A, 4)
        Historical acts as rows (time, act, i, j); a cause of ``-2 - a`` in the world points to row ``a``.
    event_ids : list of str
        Their events.
    exposure : array, shape (R, 7 + covariates)
        Rows (channel, period, phase, piece, days at risk, events, end, endogenous covariates...), only
        where the record is complete. Empty if not recorded.
    periods : list of Rows
        Fixed terms of every channel in each period.
    possible : array of int8, shape (K,)
        0 for the channels of which the record says that there is nothing to do the act with.
    """

    world: kernel.WorldArrays
    start: float
    acts: npt.NDArray[np.float64]
    event_ids: list[str]
    exposure: npt.NDArray[np.float64]
    periods: list[Rows]
    possible: npt.NDArray[np.int8]


def replay(corpus: Corpus, layout: Layout, day: date, terms: Terms | None = None) -> History:
    """Play everything known on `day`; with `terms`, record exposure and covariates of all at risk.

    Parameters
    ----------
    corpus : Corpus
        Must be read as of `day` or earlier.
    """
    acts, event_ids = layout.acts(corpus, day)
    today = len(acts) > 0 and acts[-1, 0] > 0
    start = float(np.nextafter(acts[-1, 0], np.inf)) if today else 1.0
    world = empty_world(layout)
    record_from = covered_from(corpus)
    # A simulation cannot know where no envoy resides, so a fit must not know it either.
    shut = [reason for reason in IMPOSSIBLE if terms is None or reason not in UNFORESEEN]
    closed, mute = silences(corpus, shut), silences(corpus, UNKNOWN)
    walls = _walls(corpus, layout, day, record_from if terms else None, [*closed, *mute])
    usual = _default_relations(layout)
    rows = np.zeros((2**18 if terms else 0, kernel.FIXED + kernel.ENDOGENOUS))
    kept: list[npt.NDArray[np.float64]] = []
    periods: list[Rows] = []
    first, opened = 0, np.zeros(layout.m, dtype=bool)
    snapshot: Snapshot | None = None
    recording = False
    for at, until in zip(walls, [*walls[1:], None], strict=True):
        now = float((at - day).days)
        end = float((until - day).days) if until else start
        recording = terms is not None and record_from is not None and at >= record_from
        stale = snapshot is None or snapshot.day.year != at.year or _born_or_gone(layout, at)
        stale = stale or any(d.opened == at for d in layout.disputes)
        if recording and terms and stale:
            snapshot = Snapshot(corpus, layout, at)
            periods.append(terms.rows(snapshot))
            world.bloc[:], world.ally[:] = snapshot.partners()
            world.kin[:] = kin_weights(layout, world, at)
        for c, (entity, dispute) in enumerate(layout.columns):
            if not opened[c] and dispute.opened <= at:
                opened[c] = True
                world.wave_at[c] = world.held_at[:, c] = now
                if entity == dispute.incumbent:
                    _seat(world, c, layout.states & layout.actors.alive(at))
                if entity in dispute.shunned:
                    _estrange(world, c, strangers(corpus, layout, entity, at))
        world.allowed[:] = layout.allowed(at) & without(closed, layout, at)
        _state_relations(corpus, layout, at, at == walls[0], usual, world)
        kernel.refresh(world, now)
        room = rows if recording else rows[:0]
        first, used = kernel.replay(world, acts, first, end, max(0, len(periods) - 1), room, 0)
        if used > len(room) and recording:
            raise MemoryError("exposure of one period exceeds the buffer")
        if recording:
            seen = room[:used]
            told = without(mute, layout, at).astype(bool)
            taught = covered(corpus, layout, at) & told
            kept.append(seen[taught[seen[:, 0].astype(int)]].copy())
    for part in kept:
        _unask(corpus, layout, part, acts, event_ids)
    exposure = _joined(np.concatenate(kept)) if kept else rows[:0].copy()
    possible = without(silences(corpus, IMPOSSIBLE), layout, day)
    return History(world, start, acts, event_ids, exposure, periods, possible)


def _joined(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Join the rows of a channel that follow one another with nothing changed, up to an event.

    The likelihood of days at one hazard depends on their sum only; the walls at which something else
    changed cut most of them needlessly.
    """
    if not len(rows):
        return rows.copy()
    rows = rows[np.lexsort((rows[:, END], rows[:, CHANNEL]))]
    same = np.delete(np.arange(rows.shape[1]), [DAYS, EVENTS, END])
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:, same] != rows[:-1, same]).any(axis=1)
    new[1:] |= np.abs(rows[1:, END] - rows[1:, DAYS] - rows[:-1, END]) > 1e-6
    new[1:] |= rows[:-1, EVENTS] > 0
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(rows)) - 1
    joined: npt.NDArray[np.float64] = rows[last].copy()
    for column in (DAYS, EVENTS):
        joined[:, column] = np.add.reduceat(rows[:, column], first)
    return joined


def empty_world(layout: Layout) -> kernel.WorldArrays:
    """Return the arrays of a world in which nothing has happened yet."""
    n, m, F, K = layout.n, layout.m, len(layout.fronts), layout.channels
    S, Q = len(SLOTS), kernel.ENDOGENOUS
    row = layout.actors.row
    front_of, rival_of = np.full(m, -1), np.full(m, -1)
    sibling = np.zeros((m, m), np.int8)
    patron = np.zeros((m, n), np.int8)
    for c, (entity, dispute) in enumerate(layout.columns):
        for f, front in enumerate(layout.fronts):
            if (front.responder, front.dispute) == (dispute.responder(entity), dispute.dispute):
                front_of[c] = f
        if dispute.kind == "rival_government":
            rival_of[c] = layout.column_index[dispute.dispute, dispute.responder(entity)]
        patrons = dispute.leaders or dispute.patrons_of(entity)
        patron[c, [row(p) for p in patrons]] = 1
        for o, (other, at) in enumerate(layout.columns):
            if at is dispute and other != entity and {other, entity} <= set(dispute.entities):
                sibling[c, o] = 1
    column_of_front = [
        layout.column_index.get((front.dispute, front.responder), -1) for front in layout.fronts
    ]
    who, what = kernel.ends(n, m, F)
    world = kernel.WorldArrays(
        front_of=front_of, rival_of=rival_of, sibling=sibling, kin=np.zeros((m, m)), patron=patron,
        responder=np.array([row(f.responder) for f in layout.fronts], dtype=np.int64),
        column_of_front=np.array(column_of_front, dtype=np.int64),
        bloc=np.zeros((n, n)), ally=np.zeros((n, n)),
        who=who, what=what, slot=layout.slots, key=np.zeros(K, np.uint64), allowed=np.zeros(K, np.int8),
        edges=Terms(layout).edges, late_from=Terms(layout).late_from, turn=np.full((n, m), np.nan),
        start=np.zeros((2, K + 1), np.int64), term=np.zeros(0, np.int32), value=np.zeros(0),
        static=np.zeros(K), late=np.ones(K), weight=np.zeros((S, Q)), pace=np.ones((S, 2, PIECES)),
        bound=np.ones(K), most=np.full(K, np.inf), drift=np.full(K, np.inf),
        floor=np.full(K, kernel.UNDRAWN), nap=np.full(K, kernel.UNDRAWN), opening=np.zeros(K, np.int64),
        opening_key=np.zeros(K, np.uint64), openings=np.zeros(1, np.int64), horizon=np.full(1, np.inf),
        reach=np.ones((2, n)), middle=np.zeros((2, m)),
        recognises=np.zeros((n, m), np.int8), held_at=np.zeros((n, m)),
        held_by=np.full((n, m), kernel.NO_CAUSE), level=_default_relations(layout),
        reached=np.zeros((F, n), np.int8), provoked=np.zeros((F, n), np.int8),
        provoked_at=np.zeros((F, n)), provoked_by=np.full((F, n), kernel.NO_CAUSE),
        answered_at=np.zeros((F, n)), answered_by=np.full((F, n), kernel.NO_CAUSE),
        phase=np.zeros(m, np.int8), wave_at=np.zeros(m), wave_by=np.full(m, kernel.NO_CAUSE),
        z=np.zeros((K, Q)), notes=np.zeros((m, kernel.NOTES, 4)), noted=np.zeros(m, np.int32),
        stir=np.ones(m), heard=np.zeros(n * m, np.int32), sleeps=np.zeros(n * m, np.int32),
        is_open=np.zeros(K, np.int8), occurrence=np.full(K, -1, np.int32),
        threshold=np.full(K, kernel.UNDRAWN), spent=np.zeros(K), settled=np.zeros(K),
        rate=np.zeros(K), ring=np.full(K, np.inf), touched=np.zeros(K, np.int64),
        drawn=np.zeros(K, np.uint64), clocks=np.zeros(K, kernel.CLOCK),
    )  # fmt: skip
    return kernel.copy_state(world)


def kin_weights(layout: Layout, w: kernel.WorldArrays, day: date) -> npt.NDArray[np.float64]:
    """Return how much a recognition of one entity tells about another with a patron in common, (m, m).

    It is the share of states that does not recognise it: what few do tells much, what all do nothing.
    """
    states = layout.states & layout.actors.alive(day)
    rare = 1.0 - w.recognises[states].sum(axis=0) / max(1, states.sum())
    weight = np.zeros((layout.m, layout.m))
    for c, (entity, dispute) in enumerate(layout.columns):
        for o, (other, at) in enumerate(layout.columns):
            secessions = dispute.kind == at.kind == "secession" and at is not dispute
            if secessions and set(dispute.patrons_of(entity)) & set(at.patrons_of(other)):
                weight[c, o] = rare[o]
    return weight


def _seat(w: kernel.WorldArrays, column: int, actors: npt.NDArray[np.bool_]) -> None:
    """Let everyone recognise the government that sits when its rival appears, and have relations with it."""
    rows = np.flatnonzero(actors)
    w.recognises[rows, column] = 1
    w.z[w.rival_of[column] * len(actors) + rows, kernel.RIVAL] = 1.0
    for f in np.flatnonzero(w.column_of_front == column):
        w.level[f, rows] = kernel.AMBASSADOR


def strangers(corpus: Corpus, layout: Layout, code: str, day: date) -> npt.NDArray[np.bool_]:
    """Tell which states have no relations with an actor as a day begins, shape (n,).

    States have them unless the record says otherwise; the last break or return counts, and what the
    tables state for the day counts more.
    """
    found = np.zeros(layout.n, dtype=bool)
    events = corpus.events[corpus.events["placed"] < pd.Timestamp(day)]
    mine = events[(events["sender"] == code) | (events["receiver"] == code)]
    for sender, kind, receiver in zip(mine["sender"], mine["kind"], mine["receiver"], strict=True):
        other = layout.actors.row(receiver if sender == code else sender)
        if kind == EventKind.SEVER_RELATIONS:
            found[other] = True
        elif kind in MENDS:
            found[other] = False
    stated = corpus.ties.relations_overrides(day)[layout.actors.row(code)]
    found = np.where(stated >= 0, stated == kernel.NONE, found)
    return found & layout.states & layout.actors.alive(day)


def _estrange(w: kernel.WorldArrays, column: int, actors: npt.NDArray[np.bool_]) -> None:
    """Let those who have no relations with a shunned actor have broken with it already."""
    w.recognises[actors, column] = 1
    n = len(actors)
    w.z[column * n : (column + 1) * n, kernel.COUNT] = np.log1p(actors.sum())


def _unask(
    corpus: Corpus,
    layout: Layout,
    rows: npt.NDArray[np.float64],
    acts: npt.NDArray[np.float64],
    event_ids: list[str],
) -> None:
    """Take away the events of breaks that were no act of solidarity in the very dispute.

    Relations end all the same when the shunned one breaks first, or when it is over something else: the
    days until then were at risk, and what came is censored.
    """
    breaks = rows[:, CHANNEL] < layout.stands.stop
    breaks &= layout.slots[rows[:, CHANNEL].astype(int)] == SLOTS.index(SOLIDARITY)
    mine = np.flatnonzero((rows[:, EVENTS] > 0) & breaks)
    if not mine.size:
        return
    codes = list(layout.actors)
    known = corpus.events.set_index("event_id")[["sender", "dispute"]]
    for r in mine:
        c, i = divmod(int(rows[r, CHANNEL]), layout.n)
        at = np.flatnonzero(
            (acts[:, 1] == kernel.RECOGNISE) & (acts[:, 2] == i) & (acts[:, 3] == c)
            & (np.abs(acts[:, 0] - rows[r, END]) < 1e-6)
        )  # fmt: skip
        own = [
            tuple(known.loc[event_ids[a]]) == (codes[i], layout.columns[c][1].dispute) for a in at
        ]
        if not any(own):
            rows[r, EVENTS] = 0.0


def _default_relations(layout: Layout) -> npt.NDArray[np.int8]:
    """States have relations unless the record says otherwise; a contested actor only with recognisers."""
    level = np.full((len(layout.fronts), layout.n), kernel.NONE, np.int8)
    contested = {e for e, d in layout.columns if e in d.contested}
    for f, front in enumerate(layout.fronts):
        if front.responder in contested:
            continue
        level[f, layout.states] = kernel.AMBASSADOR
    return level


def _state_relations(
    corpus: Corpus,
    layout: Layout,
    day: date,
    first: bool,
    usual: npt.NDArray[np.int8],
    w: kernel.WorldArrays,
) -> None:
    """Apply the stated relations that begin to hold on this wall; those that cease leave the usual ones."""
    stated = corpus.ties.relations_overrides(day)
    before = corpus.ties.relations_overrides(day - timedelta(days=1))
    for f, front in enumerate(layout.fronts):
        p, c = layout.actors.row(front.responder), w.column_of_front[f]
        own = usual[f]
        if c >= 0:
            own = np.where(w.recognises[:, c] == 1, kernel.AMBASSADOR, kernel.NONE)
        use = (stated[p] != before[p]) | (first & (stated[p] >= 0))
        w.level[f, use] = np.where(stated[p] >= 0, stated[p], own)[use]


def _born_or_gone(layout: Layout, day: date) -> bool:
    """Tell whether an actor's life begins or ended on the eve: everyone's partners change."""
    at, eve = np.datetime64(day, "D"), np.datetime64(day - timedelta(days=1), "D")
    return bool((layout.actors.start == at).any() or (layout.actors.end == eve).any())


def _walls(
    corpus: Corpus,
    layout: Layout,
    day: date,
    record_from: date | None,
    said: Sequence[Silence],
) -> list[date]:
    """Days on which something exogenous changes; the calendar matters only while exposure is recorded."""
    events = corpus.events
    first = min((d.opened for d in layout.disputes), default=day)
    if len(events):
        first = min(first, events["placed"].min().date())
    days = {first, day}
    for d in layout.disputes:
        days |= {d.opened, *([d.closed + timedelta(days=1)] if d.closed else [])}
    days |= {d for one in said for d in (one.begin, one.end)}
    relations = corpus.ties.table["kind"].to_numpy() == "relations"
    days |= _days(corpus.ties.start[relations], 0) | _days(corpus.ties.end[relations], 1)
    if record_from:
        calendar = {date(y, 1, 1) for y in range(record_from.year + 1, day.year + 1)}
        calendar |= _days(layout.actors.start, 0) | _days(layout.actors.end, 1)
        calendar |= _days(corpus.coverage["first"].to_numpy(), 0)
        calendar |= _days(record_ends(corpus).to_numpy(), 1)
        days |= {d for d in calendar if d > record_from} | {record_from}
    return sorted(d for d in days if first <= d <= day)


def _days(stated: npt.NDArray[np.datetime64], shift: int) -> set[date]:
    known = stated[~np.isnat(stated)].astype("datetime64[D]") + np.timedelta64(shift, "D")
    return {d for d in known.astype(object) if date.min < d < date(9999, 1, 1)}
