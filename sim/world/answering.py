"""Answers to questions: by simulation where a learned process covers the act, by base rates elsewhere.

An act may come in two ways: out of a simulated process (someone recognises a contested actor in an open
dispute, or takes that back; its parent answers with a recall, a downgrade or a break, and mends relations
afterwards; someone breaks with a shunned actor in the first year of a rupture or boycott, or ends such a
break), or for any other reason. The two compete, and are taken as independent: neither comes with the product
of the probabilities that each does not. What a simulated process covers wholly (a recognition, a withdrawal,
relations that are to be mended) is left to it; what it covers in part, rungs and breaks, also has a base
rate, learned without the acts that the process stands for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.hazard.base_rates import DRAWS, BaseRates, learn_rates
from sim.hazard.posterior import transferred
from sim.hazard.riskset import RECONCILE, SLOTS, SOLIDARITY, Layout
from sim.hazard.shelf import posterior_for
from sim.hazard.terms import EDGES
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute
from sim.history.events import EventKind
from sim.world.ground import Standings
from sim.world.played import Play
from sim.world.questions import Question
from sim.world.standing import Standing

__all__ = ["Answer", "Day", "Refit", "answers", "is_played", "learned_on", "prepare"]

LEVEL = (0.05, 0.95)
SURE = 1e-12
"""No nearer than this is a probability to 0 or 1."""
Flags = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]
Told = Callable[[str], None]

Refit = Literal["day", "quarter", "year"]
"""As of which day the rules of a question are learned: its own, or the first of its quarter or year."""


@dataclass(frozen=True)
class Answer:
    """How likely the answer to a question is yes.

    Parameters
    ----------
    probability, low, high : float
        With a 90 % interval of what is not known about the rules.
    effective : float
        The number of acts after which a rate known by counting alone would be as uncertain.
    simulated : float
        The part of the expected acts that comes out of simulated processes, from 0 to 1.
    rules : tuple of str
        Simulated rules by their slot, base rates by ``base/`` and the kind.
    reason : str
        In words.
    """

    probability: float
    low: float
    high: float
    effective: float
    simulated: float
    rules: tuple[str, ...]
    reason: str


def answers(
    questions: Sequence[Question | None],
    corpus: Corpus,
    worlds: int,
    seed: int,
    refit: Refit = "day",
    told: Told | None = None,
) -> list[Answer | None]:
    """Answer questions, each with what was known on its day; those of one day share their worlds.

    Parameters
    ----------
    questions : sequence of Question or None
        Checked; None has no answer.
    told : callable, optional
        Told in a sentence when something takes time.
    """
    found: list[Answer | None] = [None] * len(questions)
    for day in sorted({q.as_of for q in questions if q is not None}):
        mine = [(n, q) for n, q in enumerate(questions) if q is not None and q.as_of == day]
        horizon = max(q.within_days for _, q in mine)
        ready = prepare(corpus.as_of(day), horizon, worlds, seed, refit, told)
        for n, question in mine:
            found[n] = ready.answer(question)
    return found


def learned_on(known: Corpus, refit: Refit) -> dt.date:
    """Return the day as of which rules are learned, for the world as of the corpus' last day.

    Never later than the last day on which anything is known to have happened: beyond, there is nothing
    to learn.
    """
    day = known.end
    if refit != "day":
        month = 1 if refit == "year" else 3 * ((day.month - 1) // 3) + 1
        day = day.replace(month=month, day=1)
    return min(day, known.last_known)


def prepare(
    known: Corpus,
    horizon: int,
    worlds: int,
    seed: int,
    refit: Refit = "day",
    told: Told | None = None,
) -> Day:
    """Simulate what is open on a day, and learn its base rates.

    Parameters
    ----------
    known : Corpus
        As of the day.
    horizon : int
        The longest time that is asked about, in days.
    """
    day = known.end
    open_ = [d.dispute for d in known.disputes.values() if d.is_open(day) and is_played(d, day)]
    learned = learned_on(known, refit)
    play = None
    if open_ and len(known.as_of(learned).coverage):
        posterior = transferred(posterior_for(known, learned, told=told), known)
        play = Play.of(known, open_, posterior, horizon, worlds, seed)
    if told:
        told(f"counting base rates as of {day}")
    covered = _stood_for(known, play) if play else frozenset()
    rates = learn_rates(known, day, Standings(known, day), covered)
    return Day(known, play, rates)


def is_played(dispute: Dispute, day: dt.date) -> bool:
    """Tell whether a dispute is played on a day: of a rupture only while records teach who joins."""
    age = (day - dispute.opened).days
    return bool(dispute.contested) or (bool(dispute.shunned) and age < EDGES["solidarity"][-1])


def _stood_for(known: Corpus, play: Play) -> frozenset[str]:
    """Return the acts that a simulated rule stands for: of answers, of breaks, and of what mends either."""
    layout = Layout.of(known)
    fronts = {(f.responder, f.dispute) for f in layout.fronts}
    own = play.answered | play.mended
    rules = ((EventKind.SEVER_RELATIONS, SOLIDARITY), (EventKind.RESTORE_RELATIONS, RECONCILE))
    shunning = {str(kind) for kind, slot in rules if play.taught(slot)}
    columns = (
        known.events[c] for c in ("event_id", "sender", "kind", "receiver", "dispute", "placed")
    )
    found = set()
    for name, sender, kind, receiver, dispute, placed in zip(*columns, strict=True):
        if (sender, dispute) in fronts and kind in own:
            found.add(str(name))
        of = known.disputes.get(dispute)
        if of and kind in shunning and receiver in of.shunned:
            found |= {str(name)} if is_played(of, placed.date()) else set()
    return frozenset(found)


@dataclass(frozen=True, eq=False)
class Day:
    """All that the questions of one day share."""

    known: Corpus
    play: Play | None
    rates: BaseRates

    def answer(self, question: Question) -> Answer:
        """Answer a question of this day."""
        senders, receivers = self._rows(question.senders), self._rows(question.receivers)
        every = np.outer(senders, receivers) & self._within(question.dispute)
        covered: Flags | None = None
        expected: dict[str, Vector] = {}
        possible = False
        for kind in question.kinds:
            pairs = every
            if self.play is not None:
                mask = self.play.covers(kind, senders, receivers, question.dispute)
                covered = mask if covered is None else covered | mask
                pairs = every & ~self.play.whole(mask, kind)
            possible |= bool((pairs & self.rates.possible(kind)).any())
            if (pairs & self.rates.pairs).any():
                expected[kind] = self.rates.expected(kind, pairs, question.within_days)
        return self._joined(question, covered, expected, possible)

    def _joined(
        self,
        question: Question,
        mask: Flags | None,
        expected: dict[str, Vector],
        possible: bool,
    ) -> Answer:
        """Join what the worlds and the base rates say, as independent competing hazards."""
        silence = self.rates.silence(expected, question.within_days)
        share, simulated = 0.0, np.zeros(DRAWS)
        rules: list[str] = []
        if self.play is not None and mask is not None and mask.any():
            slots = np.unique(self.play.assembly.layout.slots[mask])
            rules += [SLOTS[int(s)] for s in slots]
            share, simulated = self.play.chance(mask, question.within_days)
            simulated = np.random.default_rng(0).permutation(simulated)
        rules += [f"base/{kind}" for kind in expected]
        chance = 1 - (1 - simulated) * silence
        mean = float(np.clip(1 - (1 - share) * silence.mean(), SURE, 1 - SURE))
        low, high = np.quantile(chance, LEVEL)
        hazard = -np.log1p(-chance.clip(0, 1 - SURE))
        silent = (1 - simulated.clip(0, 1 - SURE), silence.clip(SURE))
        parts = [abs(float(np.log(p).mean())) for p in silent]
        return Answer(
            probability=mean,
            low=min(float(low), mean),
            high=max(float(high), mean),
            effective=float(hazard.mean() ** 2 / max(hazard.var(), 1e-300)),
            simulated=float(parts[0] / max(sum(parts), 1e-300)),
            rules=tuple(rules),
            reason=self._reason(question, bool(simulated.any()), expected, possible),
        )

    def _reason(
        self, question: Question, simulated: bool, expected: dict[str, Vector], possible: bool
    ) -> str:
        parts = ["simulated with what was known"] if simulated else []
        if expected:
            parts.append("base rate of acts on record" if possible or not simulated else "")
        objection = self._objection(question)
        if objection or not (possible or simulated):
            parts.append(objection or "as far as known not possible as things stand")
        if self.known.last_known < question.as_of:
            parts.append(f"nothing is on record after {self.known.last_known}")
        return "; ".join(filter(None, parts))

    def _objection(self, question: Question) -> str:
        """Tell what an act between two named actors lacks; empty if several are asked about."""
        if not len(question.senders) == len(question.receivers) == len(question.kinds) == 1:
            return ""
        act = question.senders[0], question.kinds[0], question.receivers[0]
        found = self._standing.objection(*act)
        return f"as far as known not possible as things stand: {found[0]}" if found else ""

    @cached_property
    def _standing(self) -> Standing:
        return Standing(self.known, self.known.end)

    def _rows(self, codes: Sequence[str]) -> Flags:
        actors = self.known.actors
        if not codes:
            return np.ones(len(actors), dtype=bool)
        rows = np.zeros(len(actors), dtype=bool)
        rows[[actors.row(code) for code in codes]] = True
        return rows

    def _within(self, key: str) -> Flags:
        """Return which pairs a dispute touches, shape (n, n); all without one."""
        n = len(self.known.actors)
        if not key:
            return np.ones((n, n), dtype=bool)
        dispute: Dispute = self.known.disputes[key]
        touched = np.array([dispute.touches(code) for code in self.known.actors])
        return np.asarray(touched[:, None] | touched)
