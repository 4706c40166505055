"""Names become rows: a scenario, the history and a posterior become the arrays of a world.

This and `sim.world.channels` are the only places of the room where they do; everything after is numbers,
and `Assembly.describe` is the way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.posterior import Posterior
from sim.hazard.replay import History, kin_weights, replay
from sim.hazard.riskset import RUNG_KINDS, SLOTS, Layout
from sim.hazard.snapshot import Snapshot
from sim.hazard.stance import log_ratio
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus
from sim.history.events import EventKind
from sim.world.channels import Words, as_simulated, channel_names, closed, recognition_words
from sim.world.conditions import NO_CONDITIONS, Conditions, conditions
from sim.world.premises import given, named_as, ruled, set_relations, with_disputes
from sim.world.scenario_model import Scenario, SetStance
from sim.world.standing import Standing, foregone
from sim.world.streams import clock_keys

ACT_KINDS = {
    kernel.RECOGNISE: EventKind.RECOGNISE,
    kernel.WITHDRAW: EventKind.WITHDRAW_RECOGNITION,
    kernel.RETURN: EventKind.RETURN_AMBASSADOR,
    kernel.RESTORE: EventKind.RESTORE_RELATIONS,
    kernel.CUT: EventKind.SEVER_RELATIONS,
} | {kernel.CONDEMN + r: kind for r, kind in enumerate(RUNG_KINDS)}


STANCE = "set_stance"
"""How a change of stance, which is no act, is written in the log."""


@dataclass(frozen=True)
class Assembly:
    """Everything the drivers need, in arrays.

    Parameters
    ----------
    scenario : Scenario
        Its questions about recognition worded as the worlds write it, see `as_simulated`.
    template : WorldArrays
        State of the world when the scenario starts.
    fixed, weight, pace : arrays
        Coefficients of each posterior draw, see `Posterior.coefficients`.
    forced : array, shape (E, 4)
        Forced acts as rows (time, act, i, j).
    start, horizon : float
        Days since the as-of date began.
    conditions : Conditions
        Acts on a condition.
    known_until : date or None
        Last day of the record, where that ends before the as-of date; else that date. None if untold.
    foregone : mapping of str to str
        Why what a question asks has no room as things stand, by the question's id.
    """

    scenario: Scenario
    layout: Layout
    history: History
    posterior: Posterior
    template: kernel.WorldArrays
    fixed: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    pace: npt.NDArray[np.float64]
    forced: npt.NDArray[np.float64]
    start: float
    horizon: float
    conditions: Conditions = NO_CONDITIONS
    known_until: date | None = None
    foregone: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def codes(self) -> list[str]:
        """Code of each actor row."""
        return list(self.layout.actors)

    def describe(self, act: int, i: int, j: int) -> tuple[str, str, str, str]:
        """Return (sender, kind, receiver, dispute) of a kernel act."""
        kind = str(ACT_KINDS.get(act, STANCE))
        if act == kernel.TURN:
            entity, dispute = self.layout.columns[j]
            return self.codes[i], STANCE, entity, dispute.dispute
        if act == kernel.CUT:  # the other side broke
            return (
                self.codes[i],
                kind,
                self.layout.fronts[j].responder,
                self.layout.fronts[j].dispute,
            )
        if act in (kernel.RECOGNISE, kernel.WITHDRAW):
            entity, dispute = self.layout.columns[j]
            if entity in dispute.shunned:
                ends = act == kernel.RECOGNISE
                kind = str(EventKind.SEVER_RELATIONS if ends else EventKind.RESTORE_RELATIONS)
            return self.codes[i], kind, entity, dispute.dispute
        front = self.layout.fronts[j]
        return front.responder, kind, self.codes[i], front.dispute

    def channel(self, k: int) -> tuple[str, str, str, str]:
        """Return (sender, kind, receiver, dispute) of a channel."""
        return self.describe(*kernel.act_of(self.template, k))

    def without(self, acts: Iterable[tuple[int, int, int]]) -> Assembly:
        """Return the same question in worlds where some acts never happen, imposed or by themselves."""
        gone = set(acts)
        allowed = self.template.allowed.copy()
        channels = [kernel.channel_of(self.template, *act) for act in gone]
        allowed[[k for k in channels if k >= 0]] = 0
        rows = [tuple(int(x) for x in row[1:4]) not in gone for row in self.forced]
        kept = np.array(rows, dtype=bool)
        return replace(
            self, template=self.template._replace(allowed=allowed), forced=self.forced[kept],
            conditions=self.conditions.without(gone),
        )  # fmt: skip

    def imposes(self, act: tuple[int, int, int]) -> bool:
        """Tell whether the scenario forces an act (act, i, j), on a day or on a condition."""
        dated = (tuple(int(x) for x in row[1:4]) for row in self.forced)
        return act in self.conditions.acts or act in dated

    def channels_of(self, sender: str) -> list[int]:
        """Return the channels on which an actor is the one who acts."""
        layout = self.layout
        row = layout.actors.row(sender)
        every = np.arange(layout.channels)
        found = [layout.by_column(every, undone)[:, row] for undone in (False, True)]
        for f, front in enumerate(layout.fronts):
            if front.responder == sender:
                found += [layout.by_rung(every)[f].ravel(), layout.by_mend(every)[f].ravel()]
        return [int(k) for k in np.concatenate(found)]

    def day_of(self, days: float) -> date:
        """Return the date of a time in days since the as-of date began."""
        return self.scenario.as_of + timedelta(days=int(np.floor(days)))

    def past_act(self, cause: int) -> str:
        """Tell the historical act that a negative cause points to; empty for none."""
        if cause >= kernel.NO_CAUSE:
            return ""
        row = self.history.acts[-2 - cause]
        return act_text(self.describe(*(int(x) for x in row[1:])), self.day_of(row[0]))


def act_text(act: tuple[str, str, str, str], day: date) -> str:
    """Write an act the way scenarios, logs and reports name it.

    Examples
    --------
    >>> act_text(("SYR", "recognise", "DPR", "donbas"), date(2022, 6, 29))
    'SYR recognise DPR 2022-06-29'
    """
    sender, kind, receiver, _ = act
    return f"{sender} {kind} {receiver} {day.isoformat()}"


@dataclass(frozen=True, eq=False)
class Stage:
    """What scenarios of one day share, if they differ only in what they impose, forbid and set.

    Parameters
    ----------
    known : Corpus
        History as of the day, with the disputes and ties that they suppose.
    words : mapping
        How recognitions are written in each dispute.
    posterior : Posterior
        Before any doctrine is set.
    template : WorldArrays
        State of the world before any channel is closed and any relation set.
    known_until : date
        See `Assembly`.
    """

    known: Corpus
    layout: Layout
    words: Words
    history: History
    posterior: Posterior
    template: kernel.WorldArrays
    known_until: date

    @cached_property
    def standing(self) -> Standing:
        """Who recognises whom and who has relations when the scenario starts."""
        return Standing(self.known, self.known.end)

    def set(self, scenario: Scenario) -> Assembly:
        """Return the arrays of a scenario that plays here."""
        words, layout = self.words, self.layout
        asked = tuple(as_simulated(forecast, layout, words) for forecast in scenario.forecasts)
        worded = scenario.model_copy(update={"forecasts": asked})
        start = self.history.start
        if start == 1.0 and any(e.date == scenario.as_of for e in scenario.forced):
            start = 0.0  # the day itself is asked about
        posterior = ruled(self.posterior, scenario)
        template = kernel.copy_state(self.template)
        template = template._replace(
            allowed=template.allowed & _free(layout, scenario, words), turn=_turns(scenario, layout)
        )
        set_relations(template, layout, scenario, start)
        kernel.refresh(template, start)
        return Assembly(
            worded, layout, self.history, posterior, template,
            *posterior.coefficients(Terms(layout)), _forced(scenario, layout, start), start,
            scenario.horizon_days + 1.0, conditions(scenario.conditional, layout, words),
            self.known_until, foregone(worded, self.standing),
        )  # fmt: skip


def stage(scenario: Scenario, corpus: Corpus, posterior: Posterior) -> Stage:
    """Build what a scenario shares with others of its day, see `assemble`."""
    before = corpus.as_of(scenario.as_of)
    if posterior.fingerprint != before.fingerprint:
        raise ValueError("the posterior was learned on another history than the scenario reads")
    past, known = with_disputes(before, scenario), given(before, scenario)
    if known.disputes.keys() != before.disputes.keys():
        posterior = named_as(posterior, known)
    layout = Layout.of(known, scenario.disputes)
    history = replay(past, layout, scenario.as_of)  # what is supposed of ties did not hold then
    template, _ = state(known, history, layout, posterior, scenario.as_of)
    words = recognition_words(known, layout)
    until = min(scenario.as_of, corpus.last_known)
    return Stage(known, layout, words, history, posterior, template, until)


def assemble(scenario: Scenario, corpus: Corpus, posterior: Posterior) -> Assembly:
    """Build the arrays of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Checked against the corpus.
    corpus : Corpus
        Read here as of the scenario's date; of what is later, only that the record reaches so far.
    posterior : Posterior
        Learned on the same corpus as of the same date.
    """
    return stage(scenario, corpus, posterior).set(scenario)


Draws = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]


def state(
    known: Corpus, history: History, layout: Layout, posterior: Posterior, day: date
) -> tuple[kernel.WorldArrays, Draws]:
    """Return the state after a history, ready to be simulated, and each draw's coefficients."""
    terms = Terms(layout)
    world = world_on(known, history, layout, terms, day)
    template = world._replace(
        key=clock_keys(channel_names(layout)),
        allowed=world.allowed & taught(layout, posterior),
    )
    return template, posterior.coefficients(terms)


def world_on(
    known: Corpus, history: History, layout: Layout, terms: Terms, day: date
) -> kernel.WorldArrays:
    """Return the world after a history, with the covariates of a day: clocks are not named yet.

    Parameters
    ----------
    known : Corpus
        Read as of the day.
    layout : Layout
        May hold disputes that open later: their channels stay shut.
    """
    snapshot = Snapshot(known, layout, day)
    rows = terms.rows(snapshot)
    bloc, ally = snapshot.partners()
    world = history.world._replace(
        start=rows.start, term=rows.term, value=rows.value, bloc=bloc, ally=ally,
        kin=kin_weights(layout, history.world, day),
        allowed=layout.allowed(day) & history.possible,
    )  # fmt: skip
    return kernel.copy_state(world)


def taught(layout: Layout, posterior: Posterior) -> npt.NDArray[np.int8]:
    """0 for the slots that the record could teach nothing about: they are not simulated."""
    known = np.zeros(len(SLOTS), dtype=np.int8)
    known[posterior.about["slots"]] = 1
    return known[layout.slots]


def _free(layout: Layout, scenario: Scenario, words: Words) -> npt.NDArray[np.int8]:
    """0 for the channels that the scenario forbids."""
    mask = np.ones(layout.channels, dtype=np.int8)
    for pattern in scenario.forbidden:
        mask[closed(layout, pattern, words)] = 0
    return mask


def _forced(scenario: Scenario, layout: Layout, start: float) -> npt.NDArray[np.float64]:
    """Return forced events as acts, at the beginning of their day or right after the last act known."""
    rows: list[tuple[float, int, int, int]] = []
    for event in scenario.forced:
        time = max(start, float((event.date - scenario.as_of).days))
        for receiver in event.receivers:
            acts = layout.translate(event.sender, EventKind(event.kind), receiver, layout.active)
            rows += [(time, *act) for act in acts]
    for item in scenario.stances:
        day = item.date or scenario.as_of
        time = max(start, float((day - scenario.as_of).days))
        rows += [(time, kernel.TURN, i, c) for i, c in _turned(item, layout)]
    rows.sort(
        key=lambda row: (row[0], row[1] != kernel.TURN)
    )  # a stance is there when its day begins
    return np.array(rows, dtype=float).reshape(-1, 4)


def _turned(item: SetStance, layout: Layout) -> list[tuple[int, int]]:
    """Return (actor row, column) of each stance that is set."""
    row = layout.actors.row(item.stance.actor)
    here = enumerate(layout.columns)
    return [
        (row, c) for c, (e, d) in here if e in item.stance.toward and d.dispute in layout.active
    ]


def _turns(scenario: Scenario, layout: Layout) -> npt.NDArray[np.float64]:
    """Return what each stance that is set adds to the middling actor's log hazard, NaN for none, (n, m)."""
    found = np.full((layout.n, layout.m), np.nan)
    for item in scenario.stances:
        for i, c in _turned(item, layout):
            found[i, c] = log_ratio(item.stance.value)
    return found
