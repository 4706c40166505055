"""The rules learned, and the worlds in which they are asked: who answers whom, and who is middling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from sim import kernel
from sim.hazard.posterior import Posterior
from sim.hazard.replay import replay
from sim.hazard.riskset import FIRST_RUNG, RUNGS, Front, Layout
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus
from sim.report.explain import Support, case_labels, ordered
from sim.report.hazards import Channel, Matrix, Vector
from sim.report.ladder import Ladder
from sim.world.assemble import taught, world_on


@dataclass(frozen=True)
class Stand:
    """The world on a day: who could recognise, and who would have to answer.

    Parameters
    ----------
    day : date
    world : WorldArrays
    now : float
        Days since the day began.
    """

    layout: Layout
    day: date
    world: kernel.WorldArrays
    now: float

    def rungs_of(self, front: int, actor: int) -> range:
        """Return the channels of a front's answer to an actor, lowest rung first."""
        own = kernel.channel_of(self.world, kernel.CONDEMN, actor, front)
        return range(own, own + kernel.RUNGS)

    def recognisers(self, front: int) -> list[int]:
        """Rows of the states that may still provoke a front: full relations, no recognition yet."""
        w = self.world
        own = np.flatnonzero(w.front_of == front)
        fit = self.layout.states & (w.level[front] == kernel.AMBASSADOR)
        fit &= (w.recognises[:, own] == 0).all(axis=1)
        able = [bool(w.allowed[list(self.rungs_of(front, i))].any()) for i in range(self.layout.n)]
        return [int(i) for i in np.flatnonzero(fit & np.array(able))]

    def answer_to(self, front: int, actors: Sequence[int]) -> Ladder:
        """Return a front's answer to the middling one of some recognisers; of one, to itself."""
        w = self.world
        column = int(np.flatnonzero(w.front_of == front)[0])
        rungs = tuple(
            Channel.middling(w, channels, self.now)
            for channels in zip(*(self.rungs_of(front, i) for i in actors), strict=True)
        )
        free = [w.allowed[list(self.rungs_of(front, i))].sum() for i in actors]
        usual = actors[int(np.argmax(free))]  # to whom every rung is open that can be
        return Ladder.of(w, (usual, column), front, rungs, self.now)


@dataclass(frozen=True)
class Rulebook:
    """What was learned from what was known on a day.

    Parameters
    ----------
    known : Corpus
        Read as of the day.
    posterior : Posterior
        Learned on it.
    """

    known: Corpus
    posterior: Posterior
    _stands: dict[date, Stand] = field(default_factory=dict)

    @cached_property
    def layout(self) -> Layout:
        """Every dispute over recognition that had opened."""
        return Layout.of(self.known)

    @cached_property
    def terms(self) -> Terms:
        """The coefficients that the draws are of."""
        return Terms(self.layout)

    @property
    def as_of(self) -> date:
        """The day."""
        return self.posterior.as_of

    def stands_at(self, dispute: str) -> Stand:
        """Return the world in which a dispute's rules are asked: as of the day, or its last open one."""
        closed = self.known.disputes[dispute].closed
        day = min(self.as_of, closed) if closed else self.as_of
        if day not in self._stands:
            known = self.known.as_of(day)
            history = replay(known, self.layout, day)
            world = world_on(known, history, self.layout, self.terms, day)
            world = world._replace(allowed=world.allowed & taught(self.layout, self.posterior))
            kernel.refresh(world, history.start)
            self._stands[day] = Stand(self.layout, day, world, history.start)
        return self._stands[day]

    def fronts_of(self, responder: str) -> list[Front]:
        """Return where an actor answers recognitions."""
        return [front for front in self.layout.fronts if front.responder == responder]

    def provoking(self, front: Front) -> tuple[str, ...]:
        """Return the contested actors whose recognition a front answers."""
        return tuple(e for e, d in self.layout.columns if Front(d.responder(e), d.dispute) == front)

    @property
    def rungs(self) -> dict[int, str]:
        """Names of the rungs of which the record teaches something, lowest first, by their number."""
        slots = self.posterior.about["slots"]
        return {r: name for r, name in enumerate(RUNGS) if FIRST_RUNG + r in slots}

    def modes(self, process: str) -> Matrix:
        """Return the mode, and the modes without each case of a process, shape (1 + cases, P)."""
        evidence, mode = self.posterior.evidence.get(process), self.posterior.mode[None, :]
        return mode if evidence is None else np.vstack([mode, mode + evidence.moves])

    def supports(self, process: str, probability: Vector) -> list[Support]:
        """Return the cases by how much they moved a probability, given at each of the `modes`."""
        evidence = self.posterior.evidence.get(process)
        return ordered(evidence.cases, probability, self._label) if evidence else []

    @cached_property
    def _label(self) -> Callable[[str], str]:
        """Tell a case by the name that `--drop` takes."""
        acts, event_ids = self.layout.acts(self.known, self.as_of)
        return case_labels(self.layout, acts, event_ids, self.as_of)


def interval(draws: Vector) -> tuple[float, float, float]:
    """Return the mean of a probability over posterior draws, and its central 90 % interval."""
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(draws.mean()), float(low), float(high)
