"""Learning: the penalised Poisson likelihood of the replayed event history, and its posterior.

History is played once, each process gets the rows in which its channels were at risk, and learns from
them alone: its mode (`sim.hazard.fitting`), its draws (`sim.hazard.sampling`, under scales around the
estimated ones, `sim.hazard.scales`), and what each case taught (`sim.hazard.evidence`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse

from sim import kernel
from sim.hazard.covariates import endogenous
from sim.hazard.evidence import Cases, cases_of_rows, named_cases, weigh
from sim.hazard.fitting import fit, split
from sim.hazard.intervals import spread
from sim.hazard.posterior import Posterior
from sim.hazard.replay import History, replay
from sim.hazard.riskset import PROCESSES, SLOTS, Layout, process_of
from sim.hazard.sampling import Design
from sim.hazard.scales import SEED, around
from sim.hazard.shelf import learner_version
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus

DRAWS = 1000

Keep = Callable[[str, Callable[[], Posterior]], Posterior]


def learn(
    corpus: Corpus,
    as_of: date,
    draws: int = DRAWS,
    without: frozenset[str] = frozenset(),
    processes: Sequence[str] = PROCESSES,
    keep: Keep | None = None,
) -> Posterior:
    """Fit the processes to what was known on a day.

    Parameters
    ----------
    corpus : Corpus
    as_of : date
        Nothing later reaches the fit.
    draws : int
        Size of the posterior sample.
    without : frozenset of str
        Ids of events to forget: they stay in the state of the world, but neither they nor the answers
        to them teach anything.
    processes : sequence of str
        Which to fit, all by default; channels of the others do not open in a simulation.
    keep : callable, optional
        Given the fingerprint of all that a process learns from and how to learn it: may know it already.

    Returns
    -------
    Posterior
    """
    known = corpus.as_of(as_of)
    terms, history = played(known, as_of)
    layout = terms.layout
    case = cases_of_rows(known, layout, history)
    remembered = ~np.isin(case, named_cases(known, without))
    parts = []
    for process in processes:
        design, rows = design_of(terms, history, process, remembered)
        lesson = Lesson(terms, process, *design.merged(case[rows]), draws, as_of)
        parts.append(keep(lesson.fingerprint, lesson.learn) if keep else lesson.learn())
    exposed = np.unique(layout.slots[history.exposure[:, 0].astype(np.int64)])
    slots = [int(s) for s in exposed if process_of(SLOTS[s]) in processes]
    about = {"slots": slots, "learner": learner_version()}
    return Posterior.joined(list(terms.index), parts, known.fingerprint, as_of, without, about)


class Lesson(NamedTuple):
    """All that the posterior of one process depends on, and how to learn it."""

    terms: Terms
    process: str
    design: Design
    case: Cases  # of each row
    draws: int
    as_of: date  # the day that asked: of no consequence

    @property
    def fingerprint(self) -> str:
        """Of its content: two histories that tell a process the same teach it the same."""
        own = self.terms.of_process(self.process)
        named = [
            (name, block)
            for p, (name, block) in enumerate(self.terms.named.items())
            if p in set(own)
        ]
        told = (learner_version(), self.process, self.draws, named, self.case.tolist())
        digest = hashlib.sha256(repr(told).encode())
        d = self.design
        for array in (d.X, d.effect, d.y, d.days):
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        return digest.hexdigest()

    def learn(self) -> Posterior:
        """Fit, sample, and weigh what each case taught."""
        terms, process = self.terms, self.process
        found = fit(self.design, terms, process)
        moves = weigh(found, self.case, len(terms.index))
        moves = replace(moves, moves=moves.moves[:, terms.of_process(process)])
        return Posterior.sample(
            terms, found, self.draws, SEED, self.fingerprint, self.as_of, around
        ).weighed(moves)


def played(known: Corpus, day: date) -> tuple[Terms, History]:
    """Play all that is known on a day, with the exposure of everyone at risk; and name its terms."""
    layout = Layout.of(known)
    terms = Terms(layout)
    history = replay(known, layout, day, terms)
    return terms, replace(history, exposure=spread(known, layout, history))


def design_of(
    terms: Terms, history: History, process: str, remembered: npt.NDArray[np.bool_]
) -> tuple[Design, npt.NDArray[np.bool_]]:
    """Gather a process's rows and spell out their terms; tell which rows of the exposure they are."""
    slot = terms.layout.slots[history.exposure[:, 0].astype(np.int64)]
    own = (
        np.isin(slot, [s for s, name in enumerate(SLOTS) if process_of(name) == process])
        & remembered
    )
    rows, slot = history.exposure[own], slot[own]
    channel = rows[:, 0].astype(np.int64)
    late = rows[:, 3] >= terms.late_from[slot]
    at, col, val = [], [], []

    def add(which: npt.NDArray[np.int64], columns: Any, values: Any) -> None:
        at.append(which)
        col.append(np.broadcast_to(columns, which.shape).astype(np.int64))
        val.append(np.broadcast_to(values, which.shape).astype(float))

    for period, fixed in enumerate(history.periods):
        here = np.flatnonzero(rows[:, 1] == period)
        for which, start in zip((here, here[late[here]]), fixed.start, strict=True):
            first, last = start[channel[which]], start[channel[which] + 1]
            for t in range(int((last - first).max(initial=0))):
                some = first + t < last
                add(which[some], fixed.term[first[some] + t], fixed.value[first[some] + t])
    for s in np.unique(slot):
        for c in endogenous(process):
            here = np.flatnonzero(slot == s)
            for p in terms.moving[int(s), c.column]:
                add(here, p, rows[here, kernel.FIXED + c.column])
    for (s, phase, b), positions in terms.pace.items():
        here = np.flatnonzero((slot == s) & (rows[:, 2] == phase) & (rows[:, 3] == b))
        for p in positions:
            add(here, p, 1.0)
    chosen = terms.of_process(process)
    local = np.full(len(terms.index), -1)
    local[chosen] = np.arange(chosen.size)
    shape = (len(rows), chosen.size)
    entries = (
        (np.concatenate(val), (np.concatenate(at), local[np.concatenate(col)])) if at else shape
    )
    table = scipy.sparse.csr_array(scipy.sparse.coo_array(entries, shape=shape))
    shared, pooled = split(terms, process)
    effects = table[:, local[pooled]]
    effect = np.full(len(rows), -1)
    if pooled.size:
        effect[effects.sum(axis=1) != 0] = effects.tocoo().coords[1]
    return Design(table[:, local[shared]].toarray(), effect, rows[:, 5], rows[:, 4]), own
