"""Who may do what to whom: the channels, laid out in rows, and the acts of history on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim import kernel
from sim.hazard.ordering import Placed, joined_switches, within_the_day
from sim.history.actors import Actors
from sim.history.corpus import Corpus
from sim.history.disputes import SHUNNING, Dispute
from sim.history.events import IMPLIES_RECOGNITION, LADDER, EventKind, rung_of

RUNG_KINDS = (
    EventKind.CONDEMN,
    EventKind.RECALL_AMBASSADOR,
    EventKind.DOWNGRADE_RELATIONS,
    EventKind.SEVER_RELATIONS,
)
RUNGS = tuple(LADDER)
"""Names of the rungs, lowest first; `RUNG_KINDS` are the kinds a simulated answer is written as."""

PROCESSES = ("recognise", "respond", "solidarity", "withdraw", "reconcile", "restore", "return")
RECOGNISED_IN = ("secession", "rival_government")
"""Kinds of dispute in which recognition is the question."""

# One response rule (slot) for each: recognitions by kind of dispute, breaks out of solidarity, what
# undoes either, what mends relations after an answer, then the rungs of an answer.
SOLIDARITY, RECONCILE = "solidarity/sever", "reconcile/restore"
MENDING = ("return/answered", "restore/answered")
"""Rules by which relations are mended after an answer, in the kernel's order."""

SLOTS = (
    *(f"recognise/{kind}" for kind in RECOGNISED_IN),
    SOLIDARITY,
    *(f"withdraw/{kind}" for kind in RECOGNISED_IN),
    RECONCILE,
    *MENDING,
    *(f"respond/{r}" for r in RUNGS),
)
FIRST_RUNG = len(SLOTS) - len(RUNGS)

CUTS = frozenset({EventKind.SEVER_RELATIONS})
MENDS = frozenset({EventKind.RESTORE_RELATIONS, EventKind.ESTABLISH_RELATIONS})


def process_of(slot: str) -> str:
    """Return the process that a slot belongs to."""
    return slot.partition("/")[0]


def slots_of(process: str) -> list[str]:
    """Return the slots of a process."""
    return [slot for slot in SLOTS if process_of(slot) == process]


def slot_of(dispute: Dispute) -> str:
    """Return the rule by which others take a stand in a dispute."""
    return SOLIDARITY if dispute.kind in SHUNNING else f"recognise/{dispute.kind}"


def kind_of(slot: str) -> str:
    """Return the kind of act that a simulation writes when a rule's clock rings."""
    process, _, which = slot.partition("/")
    if process == "respond":
        return str(RUNG_KINDS[RUNGS.index(which)])
    kinds = {
        "recognise": EventKind.RECOGNISE,
        "solidarity": EventKind.SEVER_RELATIONS,
        "withdraw": EventKind.WITHDRAW_RECOGNITION,
        "reconcile": EventKind.RESTORE_RELATIONS,
        "restore": EventKind.RESTORE_RELATIONS,
        "return": EventKind.RETURN_AMBASSADOR,
    }
    return str(kinds[process])


MEND_KINDS = tuple(EventKind(kind_of(slot)) for slot in MENDING)
"""Kinds of act that mend relations after an answer, in the kernel's order."""


def undoing(slot: str) -> str:
    """Return the rule by which a stand, taken by one rule, is given up again."""
    return RECONCILE if slot == SOLIDARITY else f"withdraw/{slot.partition('/')[2]}"


@dataclass(frozen=True)
class Front:
    """A responder in a dispute: who answers those that recognise the other side."""

    responder: str
    dispute: str


@dataclass(frozen=True)
class Layout:
    """The rows and columns in which a set of disputes is simulated or replayed.

    Channels stand in the order of `sim.kernel`: recognitions by column and actor, answers by front,
    actor and rung, then what undoes the former and what mends after the latter. A rupture or boycott has a
    column for each actor that is shunned: in the kernel's words an actor "recognises" it once it has no
    relations with the shunned one.

    Parameters
    ----------
    actors : Actors
        One row each.
    disputes : tuple of Dispute
        `columns` and `fronts` follow their order.
    active : frozenset of str
        Keys of the disputes whose channels may open; other ones over recognition only inform.
    """

    actors: Actors
    disputes: tuple[Dispute, ...]
    active: frozenset[str]

    @classmethod
    def of(cls, corpus: Corpus, active: Iterable[str] | None = None) -> Layout:
        """Lay out every dispute of the corpus; `active` ones may run (all by default)."""
        disputes = tuple(corpus.disputes.values())
        chosen = frozenset(active) if active is not None else frozenset(d.dispute for d in disputes)
        return cls(corpus.actors, disputes, chosen)

    @cached_property
    def columns(self) -> tuple[tuple[str, Dispute], ...]:
        """The contested actors, each with its dispute; then the shunned ones of active disputes."""
        contested = tuple((e, d) for d in self.disputes for e in d.contested)
        return contested + tuple(
            (e, d) for d in self.disputes if d.dispute in self.active for e in d.shunned
        )

    @cached_property
    def fronts(self) -> tuple[Front, ...]:
        """The responders of the active disputes."""
        found = (
            Front(d.responder(e), d.dispute)
            for e, d in self.columns
            if d.dispute in self.active and e in d.contested and d.responder(e)
        )
        return tuple(dict.fromkeys(found))

    def dispute_of(self, front: Front) -> Dispute:
        """Return the dispute of a front."""
        return self._by_key[front.dispute]

    @cached_property
    def _by_key(self) -> dict[str, Dispute]:
        return {d.dispute: d for d in self.disputes}

    @property
    def n(self) -> int:
        """Number of actors."""
        return len(self.actors)

    @property
    def m(self) -> int:
        """Number of contested columns."""
        return len(self.columns)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self._mendings.stop)

    @property
    def stands(self) -> slice:
        """The channels of recognitions (and breaks out of solidarity), by column and actor."""
        return slice(0, self.m * self.n)

    @property
    def answers(self) -> slice:
        """The channels of answers, by front, actor and rung."""
        size = len(self.fronts) * self.n * kernel.RUNGS
        return slice(self.stands.stop, self.stands.stop + size)

    @property
    def undoings(self) -> slice:
        """The channels that take a recognition (a break) back, by column and actor."""
        return slice(self.answers.stop, self.answers.stop + self.m * self.n)

    @property
    def _mendings(self) -> slice:
        size = len(self.fronts) * self.n * kernel.MENDS
        return slice(self.undoings.stop, self.undoings.stop + size)

    def by_column(self, of_channels: npt.NDArray, undone: bool = False) -> npt.NDArray:
        """View the recognitions in something of each channel, or what undoes them: shape (m, n)."""
        block = self.undoings if undone else self.stands
        return of_channels[block].reshape(self.m, self.n)

    def by_rung(self, of_channels: npt.NDArray) -> npt.NDArray:
        """View the answers in something of each channel: shape (fronts, n, rungs)."""
        return of_channels[self.answers].reshape(len(self.fronts), self.n, kernel.RUNGS)

    def by_mend(self, of_channels: npt.NDArray) -> npt.NDArray:
        """View what mends after an answer in something of each channel: shape (fronts, n, 2)."""
        return of_channels[self._mendings].reshape(len(self.fronts), self.n, kernel.MENDS)

    @cached_property
    def column_index(self) -> dict[tuple[str, str], int]:
        """Column of (dispute, contested actor)."""
        return {(d.dispute, e): c for c, (e, d) in enumerate(self.columns)}

    @cached_property
    def front_index(self) -> dict[Front, int]:
        """Row of each front."""
        return {front: f for f, front in enumerate(self.fronts)}

    @cached_property
    def able(self) -> npt.NDArray[np.bool_]:
        """Which actors can act for themselves, shape (n,): all but organisations."""
        return np.array([self.actors.type(code) != "organisation" for code in self.actors])

    @cached_property
    def states(self) -> npt.NDArray[np.bool_]:
        """Which actors are states, shape (n,): nobody's recognition of them is the question."""
        others = ("organisation", "contested")
        return np.array([self.actors.type(code) not in others for code in self.actors])

    @cached_property
    def slots(self) -> npt.NDArray[np.int64]:
        """Slot of each channel, shape (K,)."""
        found = np.empty(self.channels, dtype=np.int64)
        for undone in (False, True):
            rules = [slot_of(d) for _, d in self.columns]
            rules = [undoing(rule) for rule in rules] if undone else rules
            self.by_column(found, undone)[:] = np.array([[SLOTS.index(rule)] for rule in rules])
        self.by_rung(found)[:] = FIRST_RUNG + np.arange(kernel.RUNGS)
        self.by_mend(found)[:] = [SLOTS.index(slot) for slot in MENDING]
        return found

    def allowed(self, day: date) -> npt.NDArray[np.int8]:
        """Return which channels may ever ring on a day, shape (K,).

        Both actors must exist and the dispute be open and active (an entity exists as a claim from
        then on); nobody recognises itself, and nobody is asked to recognise the side that disputes its
        own claim. With a shunned actor any other state may break. Who may take a stand may give it up.
        A responder that is contested itself mends nothing: it has relations with whoever recognises it.
        """
        alive = self.actors.alive(day)
        able = alive & self.able
        mask = np.zeros(self.channels, dtype=np.int8)
        stands, undoings = self.by_column(mask), self.by_column(mask, undone=True)
        answers, mendings = self.by_rung(mask), self.by_mend(mask)
        for c, (entity, dispute) in enumerate(self.columns):
            if self._runs(dispute, day):
                here = able.copy()
                if entity in dispute.shunned:
                    here &= self.states
                for barred in self._barred(entity, dispute):
                    here[self.actors.row(barred)] = False
                stands[c] = undoings[c] = here
        for f, front in enumerate(self.fronts):
            p = self.actors.row(front.responder)
            if self._runs(self.dispute_of(front), day) and able[p]:
                here = able.copy()
                here[p] = False
                answers[f] = here[:, None]
                if (front.dispute, front.responder) not in self.column_index:
                    mendings[f] = here[:, None]
        return mask

    def _runs(self, dispute: Dispute, day: date) -> bool:
        return dispute.dispute in self.active and dispute.is_open(day)

    @staticmethod
    def _barred(entity: str, dispute: Dispute) -> list[str]:
        if entity in dispute.shunned:
            return [entity]
        siblings = set(dispute.entities) - {entity} if entity in dispute.entities else set()
        return [a for a in (*dispute.contested, dispute.parent) if a and a not in siblings]

    def acts(self, corpus: Corpus, origin: date) -> tuple[npt.NDArray[np.float64], list[str]]:
        """Translate the events of the corpus into kernel acts.

        Returns
        -------
        acts : array, shape (A, 4)
            (days since `origin`, act, actor row, column or front), in the order they happened. The
            acts of one day stand as `within_the_day` tells. An answer given
            before the act it answers was formal (a switch foreseen) stands right behind that act.
        event_ids : list of str, length A
        """
        events = corpus.events
        placed = dict(zip(events["event_id"], events["placed"], strict=True))
        found: list[Placed] = []
        every = {d.dispute for d in self.disputes}
        for row in events.itertuples():
            over = {row.dispute} if row.dispute else every
            kind = EventKind(row.kind)
            meant = self._stands(row.sender, kind, row.receiver, over)
            meant = meant or self._relations(row.sender, kind, row.receiver)
            running = {d.dispute for d in self.disputes if d.opened <= row.placed.date()}
            for act, i, j in [*self._broken(row.sender, kind, row.receiver, running), *meant]:
                at = row.placed
                if act >= kernel.CONDEMN:  # a pre-emptive answer falls due with what it answers
                    at = max(
                        [at, *(placed[t] for t in row.in_response_to.split("+") if t in placed)]
                    )
                day = int((at - pd.Timestamp(origin)) / pd.Timedelta(days=1))
                found.append((day, max(0, act - kernel.WITHDRAW), act, i, j, row.event_id))
        rivals = {
            c: self.column_index[d.dispute, rival]
            for c, (entity, d) in enumerate(self.columns)
            if d.kind == "rival_government"
            for rival in d.rivals(entity)
        }
        found = joined_switches(found, rivals)
        times = within_the_day(found)
        order = sorted(range(len(found)), key=lambda a: (times[a], a))
        acts = np.array([(times[a], *found[a][2:5]) for a in order]).reshape(-1, 4)
        return acts, [found[a][5] for a in order]

    def translate(
        self, sender: str, kind: EventKind, receiver: str, over: Collection[str]
    ) -> list[tuple[int, int, int]]:
        """Return what an act means to the kernel, the same for history and for scenarios.

        Parameters
        ----------
        over : collection of str
            Keys of the disputes that the act may concern.

        Returns
        -------
        list of tuple
            (act, actor row, column or front); none where it concerns no column and no front. Who
            severs relations with a contested actor no longer recognises it.
        """
        broken = self._broken(sender, kind, receiver, over)
        return broken + self._stands(sender, kind, receiver, over)

    def _stands(
        self, sender: str, kind: EventKind, receiver: str, over: Collection[str]
    ) -> list[tuple[int, int, int]]:
        """Return what an act means to the recognition of its receiver, or as an answer to it."""
        i, answered = self.actors.row(sender), self.actors.row(receiver)
        columns = [
            c
            for c, (e, d) in enumerate(self.columns)
            if e == receiver and d.dispute in over and e in d.contested
        ]
        if kind in IMPLIES_RECOGNITION and columns:
            return [(kernel.RECOGNISE, i, c) for c in columns]
        fronts = [
            f
            for f, front in enumerate(self.fronts)
            if front.responder == sender and front.dispute in over
        ]
        if kind == EventKind.RESTORE_RELATIONS:
            return [(kernel.RESTORE, answered, f) for f in fronts]
        if kind == EventKind.RETURN_AMBASSADOR:
            return [(kernel.RETURN, answered, f) for f in fronts]
        rung = rung_of(kind)
        if fronts and rung:
            return [(kernel.CONDEMN + RUNGS.index(rung), answered, f) for f in fronts]
        if kind in (EventKind.WITHDRAW_RECOGNITION, EventKind.SEVER_RELATIONS):
            return [(kernel.WITHDRAW, i, c) for c in columns]
        return []

    def _broken(
        self, sender: str, kind: EventKind, receiver: str, over: Collection[str]
    ) -> list[tuple[int, int, int]]:
        """Return what an act between a shunned actor and another changes, whichever of them acts.

        The other has then broken with the shunned one, or is on terms with it again.
        """
        if kind not in CUTS | MENDS:
            return []
        act = kernel.RECOGNISE if kind in CUTS else kernel.WITHDRAW
        found = []
        for c, (e, d) in enumerate(self.columns):
            other = {sender: receiver, receiver: sender}.get(e)
            if other and d.dispute in over and e in d.shunned:
                found.append((act, self.actors.row(other), c))
        return found

    def _relations(self, sender: str, kind: EventKind, receiver: str) -> list[tuple[int, int, int]]:
        """Return what an act that is no answer changes between a responder and another.

        Whoever breaks, and over whatever, there is nothing left to break.
        """
        acts = {
            EventKind.SEVER_RELATIONS: kernel.CUT,
            EventKind.RESTORE_RELATIONS: kernel.RESTORE,
        }
        for f, front in enumerate(self.fronts):
            other = {sender: receiver, receiver: sender}.get(front.responder)
            if kind in acts and other:
                return [(acts[kind], self.actors.row(other), f)]
        return []
