"""What similar actors did: the past cases that lie nearest in what the rule reads, and how they ended.

Near is what the rule would treat alike: two cases lie as far apart as their exogenous covariates, each times
its weight at the mode, differ (Euclidean). Effects of single actors and disputes are left out,
since they were learned from the outcomes. Of each actor only its nearest case is told, and only cases in
disputes of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from sim import kernel
from sim.hazard.covariates import exogenous, values
from sim.hazard.replay import History, replay
from sim.hazard.riskset import RUNG_KINDS, RUNGS, SLOTS, Front, Layout, kind_of, slot_of
from sim.hazard.snapshot import Snapshot
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import EventKind, rung_of
from sim.history.names import recognition_id
from sim.history.precedents import Precedent, precedents
from sim.report.contributions import Contribution
from sim.report.explain import Clock
from sim.report.hazards import Vector

NEAREST = 5


@dataclass(frozen=True)
class Similar:
    """A past case like the one asked about.

    Parameters
    ----------
    id : str
        Of the precedent or of the recognition, or of what would have been one.
    sender, receiver, dispute : str
    date : date
        Of the recognition that was answered or not; of a recognition or a break, when its wave began.
    distance : float
    acted : bool
        Whether the act came that is asked about.
    days : int or None
        How many days after `date` it came.
    instead : str
        Kind of the highest act that came in its place; empty for none.
    """

    id: str
    sender: str
    receiver: str
    dispute: str
    date: date
    distance: float
    acted: bool
    days: int | None
    instead: str = ""


def similar(clock: Clock, known: Corpus, parts: list[Contribution]) -> list[Similar]:
    """Return the past cases nearest to an act, the nearest first, one of each actor.

    Parameters
    ----------
    clock : Clock
    known : Corpus
        Read as of the scenario's date.
    parts : list of Contribution
        Of the act's log hazard: its covariates and their weights.
    """
    a = clock.assembly
    layout, history = a.layout, a.history
    if clock.process in ("solidarity", "reconcile"):
        # Of other ruptures a scenario's own layout knows nothing.
        layout = Layout.of(known)
        history = replay(known, layout, a.scenario.as_of)
    read = _Reading(known, layout, history, clock.process, parts)
    if clock.process in ("restore", "return"):  # too few on record to look for the nearest
        return []
    undone = clock.process in ("withdraw", "reconcile")
    find = _answers if clock.process == "respond" else _undone if undone else _stands
    found = find(clock, read)
    nearest: dict[str, Similar] = {}
    for case in sorted(found, key=lambda s: (s.distance, s.date, s.id)):
        nearest.setdefault(case.sender, case)
    return list(nearest.values())[:NEAREST]


@dataclass(frozen=True)
class _Reading:
    """How covariates of past cases are read and compared."""

    known: Corpus
    layout: Layout
    history: History
    process: str
    parts: list[Contribution]

    @cached_property
    def _by_name(self) -> Mapping[str, Contribution]:
        return {part.covariate: part for part in self.parts}

    def distance(self, context: tuple[str, Dispute] | Front, day: date) -> Vector:
        """Return how far everyone's case in a context lies from the one asked about, shape (n,)."""
        snapshot = Snapshot(self.known, self.layout, day)
        total = np.zeros(self.layout.n)
        for c in exogenous(self.process):
            part = self._by_name[c.name]
            total += (part.weight * (values(snapshot, c, context) - part.value)) ** 2
        return np.sqrt(total)


def _answers(clock: Clock, read: _Reading) -> Iterator[Similar]:
    evidence, layout = clock.evidence, read.layout
    taught = set(evidence.cases if evidence else ())
    kind = EventKind(kind_of(SLOTS[clock.slot]))
    rung, of_kind = rung_of(kind), _kind_of(clock)
    for p in precedents(read.known):
        same = p.process == "respond" and slot_of(read.known.disputes[p.dispute]) == of_kind
        if not same or p.id not in taught or rung is None:
            continue
        away = read.distance(Front(p.responder, p.dispute), p.date)[layout.actors.row(p.target)]
        days, place = p.days_to(rung), (p.id, p.responder, p.target, p.dispute, p.date)
        yield Similar(*place, float(away), days is not None, days, _instead(p, rung))


def _instead(p: Precedent, rung: str) -> str:
    highest = p.highest
    if highest is None or highest == rung or p.days_to(rung) is not None:
        return ""
    return str(RUNG_KINDS[RUNGS.index(highest)])


def _stands(clock: Clock, read: _Reading) -> Iterator[Similar]:
    """Yield who could take a stand in a dispute of the same kind when its wave began."""
    layout, as_of, of_kind = read.layout, clock.assembly.scenario.as_of, _kind_of(clock)
    sender, _, _, key = clock.assembly.channel(clock.k)
    asked = layout.actors.row(sender)
    rows = read.known.coverage
    recorded = set(rows.loc[rows["process"] == clock.process, "dispute"])
    for c, (entity, dispute) in enumerate(layout.columns):
        if slot_of(dispute) != of_kind or dispute.dispute not in recorded:
            continue
        wave = as_of + timedelta(days=int(np.floor(read.history.world.wave_at[c])))
        since = (wave - as_of).days
        times = _first_acts(read.history, c)
        away = read.distance((entity, dispute), wave)
        fit = layout.states & layout.actors.alive(wave)
        barred = {layout.actors.row(x) for x in (entity, *dispute.contested, dispute.parent) if x}
        if dispute.dispute == key:
            barred.add(asked)
        for i in map(int, np.flatnonzero(fit)):
            if i in barred or times.get(i, since) < since:
                continue
            days = int(np.floor(times[i])) - since if i in times else None
            year, code = (wave + timedelta(days=days or 0)).year, layout.actors.codes[i]
            shunned = entity in dispute.shunned
            name = f"{code}-{entity}-{year}" if shunned else recognition_id(code, entity, year)
            place = (name, code, entity, dispute.dispute, wave)
            yield Similar(*place, float(away[i]), days is not None, days)


def _undone(clock: Clock, read: _Reading) -> Iterator[Similar]:
    """Yield who took a stand in a dispute of the same kind, and whether it gave it up."""
    layout, as_of, of_kind = read.layout, clock.assembly.scenario.as_of, _kind_of(clock)
    codes, asked = layout.actors.codes, clock.assembly.channel(clock.k)
    acts = read.history.acts
    for time, _, i, c in acts[acts[:, 1] == kernel.RECOGNISE]:
        (entity, dispute), code = layout.columns[int(c)], codes[int(i)]
        if slot_of(dispute) != of_kind or (code, entity) == (asked[0], asked[2]):
            continue
        taken = as_of + timedelta(days=int(np.floor(time)))
        gone = (acts[:, 1] == kernel.WITHDRAW) & (acts[:, 2] == i) & (acts[:, 3] == c)
        later = acts[gone & (acts[:, 0] > time), 0]
        days = int(later[0] - np.floor(time)) if later.size else None
        away = float(read.distance((entity, dispute), taken)[int(i)])
        name = recognition_id(code, entity, taken.year)
        yield Similar(name, code, entity, dispute.dispute, taken, away, days is not None, days)


def _kind_of(clock: Clock) -> str:
    """Return the rule by which others take a stand in the dispute that the act is about."""
    key = clock.assembly.channel(clock.k)[3]
    return next(slot_of(d) for d in clock.assembly.layout.disputes if d.dispute == key)


def _first_acts(history: History, column: int) -> dict[int, float]:
    """Return when each actor first took its stand in a column: before its wave, or within it."""
    mine = (history.acts[:, 1] == kernel.RECOGNISE) & (history.acts[:, 3] == column)
    found: dict[int, float] = {}
    for time, _, i, _ in history.acts[mine]:
        found.setdefault(int(i), float(time))
    return found
