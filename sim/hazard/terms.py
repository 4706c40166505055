"""Names of the coefficients, and which of them make up the hazard of each channel.

A log hazard is a sum of terms. Those fixed by the scenario (intercept, exogenous covariates, pooled
effects) stand in one sparse row a channel; those that change with the world are one coefficient a
slot and column. Learning and simulation read the same rows, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard import covariates as cov
from sim.hazard.riskset import (
    MENDING,
    RUNGS,
    SLOTS,
    Front,
    Layout,
    process_of,
    slot_of,
    slots_of,
    undoing,
)
from sim.hazard.snapshot import Snapshot
from sim.history.disputes import Dispute

EDGES: dict[str, tuple[float, ...]] = {
    "recognise": (0.0, 1.0, 7.0, 30.0, 180.0, 365.0, 730.0),
    "respond": (0.0, 1.0, 4.0, 15.0, 60.0, 365.0),
    "solidarity": (0.0, 3.0, 15.0, 60.0, 365.0),
    "withdraw": (0.0, 30.0, 365.0, 1826.0, 3652.0),
    "reconcile": (0.0, 30.0, 365.0, 1826.0, 3652.0),
    "restore": (0.0,),
    "return": (0.0, 60.0, 365.0, 1826.0),
}
"""Left edges of the delay pieces, days since the clock's origin; the last piece has no end.

What ends a break that was an answer has one, by argument and not by score: eight acts, four of them Rabat's,
tell no profile, and Serbia's envoys, back within a year, say nothing of wars."""

LATE = {p: len(edges) for p, edges in EDGES.items()} | {"recognise": 5, "respond": 2}
"""First late piece: from there on, covariates of recognitions that fade weigh otherwise, and each
responder has a pace of its own. Of the other processes nothing changes."""

PHASES = ("0/", "1/")
"""How the two delay profiles of recognitions are named: before and after a patron's."""

PIECES = max(map(len, EDGES.values()))
ON_COLUMNS = ("recognise", "solidarity", "withdraw", "reconcile")
"""Processes in which many actors take a stand (or give it up): each has an effect, of its own habits."""

NEVER = 1e12  # left edge of a piece that a shorter profile lacks


class Rows(NamedTuple):
    """Sparse rows, two a channel: of its terms, and of those in late pieces only.

    Row ``k`` of kind ``r`` holds ``term[start[r, k]:start[r, k + 1]]`` and ``value[...]``.
    """

    start: npt.NDArray[np.int64]
    term: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]


_Block = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def _none(channels: int) -> _Block:
    """Return the terms of channels that cannot open."""
    return np.zeros((channels, 0)), np.zeros((channels, 0))


@dataclass(frozen=True)
class Terms:
    """All coefficients of all processes, in one vector.

    A coefficient is named ``process/...`` and belongs to a *block* whose members share a prior scale:
    ``intercept``, ``weight``, ``weight_when_late``, ``pace``, ``entity``, ``actor``, and for the answers
    ``actor_when_late``, ``weight_by_rung`` and ``doctrine/RUNG``.

    What was compared in rolling one-step-ahead scores on answers up to 2014 only (57 acts and all silences,
    -205.6 log points, by the evidence as in `sim.hazard.ablation`): without a pace of each responder's own
    from the 4th day on -8.9 (one who answers at once or never is then taken for one who seldom answers);
    delay profiles by rung -0.6, so the rungs share one; one scale for the doctrines of all rungs -0.2; a
    covariate for a recogniser who is a patron of the entity -0.1, so there is none. Other covariates:
    `demarche learn --ablate`.
    """

    layout: Layout

    @cached_property
    def named(self) -> dict[str, str]:
        """Block of each coefficient, in the order of the vector."""
        found: dict[str, str] = {}
        for process in ON_COLUMNS:
            self._name_stands(process, found)
        contested = [(e, d) for d in self.layout.disputes for e in d.contested]
        responders = sorted({d.responder(e) for e, d in contested if d.responder(e)})
        self._name_answers(found, responders)
        for process in map(process_of, MENDING):
            self._name_shared(process, found)
            for actor in responders:
                found[f"{process}/actor/{actor}"] = "actor"
        return found

    @staticmethod
    def _name_shared(process: str, found: dict[str, str]) -> None:
        for slot in slots_of(process):
            found[f"{slot}/intercept"] = "intercept"
        for c in (*cov.exogenous(process), *cov.endogenous(process)):
            found[f"{process}/x/{c.name}"] = "weight"
            if c.fades and process == "recognise":
                found[f"{process}/late/x/{c.name}"] = "weight_when_late"
        for phase in PHASES if process == "recognise" else ("",):
            for b in _paced(process):
                found[f"{process}/pace/{phase}{b}"] = "pace"

    def _name_stands(self, process: str, found: dict[str, str]) -> None:
        self._name_shared(process, found)
        breaks = process in ("solidarity", "reconcile")
        for d in self.layout.disputes:
            if breaks and d.shunned:
                found[f"{process}/dispute/{d.dispute}"] = "entity"
            for entity in () if breaks else d.contested:
                found[f"{process}/entity/{entity}"] = "entity"
        own = self.layout.states if breaks else self.layout.able
        for actor, has_own in zip(self.layout.actors, own, strict=True):
            if has_own:
                found[f"{process}/actor/{actor}"] = "actor"

    @staticmethod
    def _name_answers(found: dict[str, str], responders: Sequence[str]) -> None:
        shared = (*cov.exogenous("respond"), *cov.endogenous("respond"))
        for c in shared:
            found[f"respond/x/{c.name}"] = "weight"
        for b in range(len(EDGES["respond"])):
            found[f"respond/pace/{b}"] = "pace"
        for actor in responders:
            found[f"respond/actor/{actor}"] = "actor"
            found[f"respond/late/actor/{actor}"] = "actor_when_late"
        for rung in RUNGS:
            found[f"respond/{rung}/intercept"] = "intercept"
            for c in shared:
                found[f"respond/{rung}/x/{c.name}"] = "weight_by_rung"
            for actor in responders:
                found[f"respond/{rung}/actor/{actor}"] = f"doctrine/{rung}"

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each coefficient."""
        return {name: p for p, name in enumerate(self.named)}

    def of_process(self, process: str) -> npt.NDArray[np.int64]:
        """Positions of a process's coefficients."""
        return np.array([p for name, p in self.index.items() if name.split("/")[0] == process])

    @cached_property
    def edges(self) -> npt.NDArray[np.float64]:
        """Left edges of the delay pieces of each slot, shape (S, PIECES)."""
        table = NEVER + np.tile(np.arange(float(PIECES)), (len(SLOTS), 1))
        for s, slot in enumerate(SLOTS):
            own = EDGES[process_of(slot)]
            table[s, : len(own)] = own
        return table

    @cached_property
    def late_from(self) -> npt.NDArray[np.int64]:
        """First late piece of each slot, shape (S,)."""
        return np.array([LATE[process_of(slot)] for slot in SLOTS])

    @cached_property
    def moving(self) -> dict[tuple[int, int], list[int]]:
        """Coefficients of each (slot, endogenous covariate); their sum weighs the kernel's column."""
        return {
            (s, c.column): [self.index[name] for name in _names(slot, f"x/{c.name}")]
            for s, slot in enumerate(SLOTS)
            for c in cov.endogenous(process_of(slot))
        }

    @cached_property
    def pace(self) -> dict[tuple[int, int, int], list[int]]:
        """Coefficients of each (slot, phase, delay piece); their sum is the log of the delay factor."""
        found = {}
        for s, slot in enumerate(SLOTS):
            process = process_of(slot)
            for phase in range(2):
                for b in _paced(process):
                    which = PHASES[phase] if process == "recognise" else ""
                    found[s, phase, b] = [self.index[f"{process}/pace/{which}{b}"]]
        return found

    def rows(self, snapshot: Snapshot) -> Rows:
        """Return the fixed terms of every channel of a dispute that is open, as of the snapshot's day."""
        columns = [(c, c[1].is_open(snapshot.day)) for c in self.layout.columns]
        fronts = [(f, self.layout.dispute_of(f).is_open(snapshot.day)) for f in self.layout.fronts]
        n = self.layout.n
        nobody, nothing = _none(n), _none(n * kernel.RUNGS)
        always, late = [], []
        for column, runs in columns:
            rule = slot_of(column[1])
            always.append(self._stand_terms(snapshot, column, rule) if runs else nobody)
            fades = runs and column[0] in column[1].contested
            late.append(self._late_terms(snapshot, column) if fades else nobody)
        for front, runs in fronts:
            always.append(self._answer_terms(snapshot, front) if runs else nothing)
            late.append(self._late_answer_terms(front) if runs else nothing)
        for column, runs in columns:
            rule = undoing(slot_of(column[1]))
            always.append(self._stand_terms(snapshot, column, rule) if runs else nobody)
            late.append(nobody)
        for front, runs in fronts:
            mends = _none(n * kernel.MENDS)
            always.append(self._mending_terms(front) if runs else mends)
            late.append(mends)
        blocks = [*always, *late]
        lengths = np.concatenate([np.full(len(term), term.shape[1]) for term, _ in blocks])
        ends = np.cumsum(lengths)
        split = self.layout.channels
        start = np.stack([np.append(0, ends[:split]), np.append(ends[split - 1], ends[split:])])
        return Rows(
            start.astype(np.int64),
            np.concatenate([term.ravel() for term, _ in blocks]).astype(np.int32),
            np.concatenate([value.ravel() for _, value in blocks]),
        )

    @cached_property
    def _own(self) -> dict[str, list[int]]:
        """Position of each actor's effect, by process; any where it has none."""
        return {
            process: [self.index.get(f"{process}/actor/{a}", 0) for a in self.layout.actors]
            for process in ON_COLUMNS
        }

    def _stand_terms(self, snapshot: Snapshot, column: tuple[str, Dispute], slot: str) -> _Block:
        """Terms of everyone's stand in a column, by one rule: positions and values, both (n, terms)."""
        entity, dispute = column
        process = process_of(slot)
        read = cov.exogenous(process)
        shunned = entity in dispute.shunned
        whose = f"dispute/{dispute.dispute}" if shunned else f"entity/{entity}"
        names = [f"{slot}/intercept", f"{process}/{whose}"]
        names += [f"{process}/x/{c.name}" for c in read]
        term = np.tile([self.index[name] for name in names], (self.layout.n, 1))
        x = [cov.values(snapshot, c, column) for c in read]
        ones = np.ones((self.layout.n, 2))
        has_own = self.layout.states if shunned else self.layout.able
        return (
            np.column_stack([term, self._own[process]]),
            np.column_stack([ones, *x, has_own.astype(float)]),
        )

    def _late_terms(self, snapshot: Snapshot, column: tuple[str, Dispute]) -> _Block:
        """Terms that a column's recognitions have in late pieces only, the same shapes."""
        read = [c for c in cov.exogenous("recognise") if c.fades]
        names = [self.index[f"recognise/late/x/{c.name}"] for c in read]
        term = np.tile(np.array(names, dtype=np.int64), (self.layout.n, 1))
        return term, np.column_stack([cov.values(snapshot, c, column) for c in read])

    def _mending_terms(self, front: Front) -> _Block:
        """Terms of a front's mending with everyone: positions and values, both (n * MENDS, terms).

        No covariate is read: too few acts are on record to tell of any.
        """
        names = [
            (f"{slot}/intercept", f"{process_of(slot)}/actor/{front.responder}") for slot in MENDING
        ]
        term = np.array([[self.index[name] for name in own] for own in names])
        every = np.tile(term, (self.layout.n, 1))
        return every, np.ones(every.shape)

    def _answer_terms(self, snapshot: Snapshot, front: Front) -> _Block:
        """Terms of a front's answers to everyone: positions and values, both (n * RUNGS, terms)."""
        read = cov.exogenous("respond")
        x = [cov.values(snapshot, c, front) for c in read]
        per_rung = []
        for rung in RUNGS:
            names = [f"respond/{rung}/intercept", f"respond/actor/{front.responder}"]
            names += [f"respond/{rung}/actor/{front.responder}"]
            names += [f"respond/x/{c.name}" for c in read]
            names += [f"respond/{rung}/x/{c.name}" for c in read]
            per_rung.append([self.index[name] for name in names])
        value = np.column_stack([np.ones((self.layout.n, 3)), *x, *x])
        return np.tile(np.array(per_rung), (self.layout.n, 1)), np.repeat(
            value, kernel.RUNGS, axis=0
        )

    def _late_answer_terms(self, front: Front) -> _Block:
        """Terms that a front's answers have in late pieces only, the same shapes."""
        own = self.index[f"respond/late/actor/{front.responder}"]
        shape = (self.layout.n * kernel.RUNGS, 1)
        return np.full(shape, own), np.ones(shape)


def _paced(process: str) -> range:
    """Return the delay pieces that have a pace: none where there is one only."""
    pieces = len(EDGES[process])
    return range(pieces if pieces > 1 else 0)


def _names(slot: str, tail: str) -> list[str]:
    """Names of a slot's coefficient: for a rung the shared one and its own deviation."""
    process = process_of(slot)
    if process != "respond":
        return [f"{process}/{tail}"]
    return [f"respond/{tail}", f"{slot}/{tail}"]
