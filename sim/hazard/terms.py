"""Names of the coefficients, and which of them make up the hazard of each channel.

A log hazard is a sum of terms. Those fixed by the scenario (intercept, exogenous covariates, pooled
effects) stand in one sparse row a channel; those that change with the world are one coefficient a
slot and column. Learning and simulation read the same rows, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard import covariates as cov
from sim.hazard.riskset import PROCESSES, RUNGS, SLOTS, Layout

EDGES: dict[str, tuple[float, ...]] = {
    "secession": (0.0, 1.0, 7.0, 30.0, 180.0, 730.0),
    "rival_government": (0.0,),
    "respond": (0.0, 1.0, 4.0, 15.0, 60.0, 365.0),
}
"""Left edges of the delay pieces, days since the clock's origin; the last piece has no end."""

PIECES = max(map(len, EDGES.values()))
NEVER = 1e12  # left edge of a piece that a shorter profile lacks


class Rows(NamedTuple):
    """Sparse rows, one a channel: row ``k`` holds ``term[start[k]:start[k + 1]]`` and ``value[...]``."""

    start: npt.NDArray[np.int64]
    term: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """All coefficients of all processes, in one vector.

    A coefficient is named ``process/...`` and belongs to a *block* whose members share a prior scale:
    ``intercept``, ``weight``, ``pace``, ``entity``, ``actor``, and for the rungs of an answer the
    deviations ``weight_by_rung`` and ``doctrine/RUNG``. What was compared in rolling one-step-ahead scores on
    answers up to 2014 only: delay profiles by rung lost 9 log points over 137 answers, so the rungs share
    one profile; a scale of doctrine for each rung gained 0.4 over 170 (Brier 0.0401 against 0.0411): whether
    they break divides parents more than whether they recall.
    """

    layout: Layout

    @cached_property
    def named(self) -> dict[str, str]:
        """Block of each coefficient, in the order of the vector."""
        found: dict[str, str] = {}
        for process in PROCESSES[:2]:
            found[f"{process}/intercept"] = "intercept"
            for c in (*cov.exogenous(process), *cov.endogenous(process)):
                found[f"{process}/x/{c.name}"] = "weight"
            pieces = len(EDGES[process])
            if pieces > 1:
                for phase in range(2):
                    for b in range(pieces):
                        found[f"{process}/pace/{phase}/{b}"] = "pace"
            for entity, dispute in self.layout.columns:
                if dispute.kind == process:
                    found[f"{process}/entity/{entity}"] = "entity"
            for actor, able in zip(self.layout.actors, self.layout.able, strict=True):
                if able:
                    found[f"{process}/actor/{actor}"] = "actor"
        self._name_answers(found)
        return found

    def _name_answers(self, found: dict[str, str]) -> None:
        shared = (*cov.exogenous("respond"), *cov.endogenous("respond"))
        responders = sorted({d.responder(e) for e, d in self.layout.columns if d.responder(e)})
        for c in shared:
            found[f"respond/x/{c.name}"] = "weight"
        for b in range(len(EDGES["respond"])):
            found[f"respond/pace/{b}"] = "pace"
        for actor in responders:
            found[f"respond/actor/{actor}"] = "actor"
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
            own = EDGES[_process(slot)]
            table[s, : len(own)] = own
        return table

    @cached_property
    def moving(self) -> dict[tuple[int, int], list[int]]:
        """Coefficients of each (slot, endogenous covariate); their sum weighs the kernel's column."""
        return {
            (s, c.column): [self.index[name] for name in _names(slot, f"x/{c.name}")]
            for s, slot in enumerate(SLOTS)
            for c in cov.endogenous(_process(slot))
        }

    @cached_property
    def pace(self) -> dict[tuple[int, int, int], list[int]]:
        """Coefficients of each (slot, phase, delay piece); their sum is the log of the delay factor."""
        found = {}
        for s, slot in enumerate(SLOTS):
            process = _process(slot)
            pieces = len(EDGES[process])
            for phase in range(2) if pieces > 1 else ():
                for b in range(pieces):
                    tail = f"pace/{phase}/{b}" if process != "respond" else f"pace/{b}"
                    found[s, phase, b] = [self.index[f"{process}/{tail}"]]
        return found

    def rows(self, snapshot: cov.Snapshot) -> Rows:
        """Return the fixed terms of every channel, as of the snapshot's day."""
        terms, values, lengths = [], [], []
        for entity, dispute in self.layout.columns:
            process = dispute.kind
            read = cov.exogenous(process)
            fixed = [f"{process}/intercept", f"{process}/entity/{entity}"]
            fixed += [f"{process}/x/{c.name}" for c in read]
            x = [cov.values(snapshot, c, (entity, dispute)) for c in read]
            ones = np.ones((self.layout.n, 2))
            own = [
                self.index.get(f"{process}/actor/{a}", self.index[f"{process}/intercept"])
                for a in self.layout.actors
            ]
            term = np.tile([self.index[name] for name in fixed], (self.layout.n, 1))
            terms.append(np.column_stack([term, own]))
            values.append(np.column_stack([ones, *x, self.layout.able.astype(float)]))
        for front in self.layout.fronts:
            read = cov.exogenous("respond")
            x = [cov.values(snapshot, c, front) for c in read]
            per_rung = [self._answer_terms(rung, front.responder, read) for rung in RUNGS]
            term = np.tile(np.array(per_rung), (self.layout.n, 1))
            value = np.column_stack([np.ones((self.layout.n, 3)), *x, *x])
            terms.append(term)
            values.append(np.repeat(value, kernel.RUNGS, axis=0))
        for block in terms:
            lengths.append(np.full(block.shape[0], block.shape[1]))
        start = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
        return Rows(
            start.astype(np.int64),
            np.concatenate([b.ravel() for b in terms]).astype(np.int32),
            np.concatenate([b.ravel() for b in values]),
        )

    def _answer_terms(
        self, rung: str | None, responder: str, read: tuple[cov.Covariate, ...]
    ) -> list[int]:
        names = [f"respond/{rung}/intercept", f"respond/actor/{responder}"]
        names += [f"respond/{rung}/actor/{responder}"]
        names += [f"respond/x/{c.name}" for c in read]
        names += [f"respond/{rung}/x/{c.name}" for c in read]
        return [self.index[name] for name in names]


def _process(slot: str) -> str:
    head, tail = slot.split("/")
    return tail if head == "recognise" else head


def _names(slot: str, tail: str) -> list[str]:
    """Names of a slot's coefficient: for a rung the shared one and its own deviation."""
    process = _process(slot)
    if process != "respond":
        return [f"{process}/{tail}"]
    return [f"respond/{tail}", f"{slot}/{tail}"]
