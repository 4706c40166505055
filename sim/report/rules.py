"""The response rules, each told as one sentence with how sure it is and on what it rests.

The sentence speaks of the *middling* actor: the median covariates over the states that could act (of a
recognition) or be answered (of an answer), without an effect of their own; or of an actor asked for. Its
probability is that of the act within `WITHIN` days of the as-of day, or of the recognition it answers.

How many precedents a rule rests on, *effectively*, is the smaller of two numbers:

- over how many it is spread: Kish's number of the influences ``c`` of the cases, ``(sum |c|)^2 / sum c^2``
  (Kish, 1965), where ``c`` is the change of the rule's probability at the mode when the case is dropped.
  One case that decides alone makes it 1, whatever else is on record;
- how many would leave as much doubt: the ``m (1 - m) / v - 1`` answered or unanswered precedents after
  which a share known by counting alone (a beta distribution) has the mean and variance of the posterior.
  Many cases of others that say little about this one make it small.

References
----------
Kish, L. (1965). Survey Sampling. Wiley.
Morita, S., Thall, P. F. and Mueller, P. (2008). Determining the effective sample size of a parametric
prior. Biometrics 64, 595-602.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from sim.hazard.riskset import (
    MENDING,
    RUNG_KINDS,
    SLOTS,
    Front,
    kind_of,
    process_of,
    slot_of,
    undoing,
)
from sim.report.explain import Support
from sim.report.hazards import Channel, Matrix, Vector
from sim.report.rulebook import Rulebook, interval
from sim.report.words import act, clean, listed, name_of, percent, spread
from sim.world.answering import is_played

WITHIN = 365
THIN = 5.0
"""Below so many effective precedents a rule is flagged as thin."""

MIDDLING = "A middling state"
NAMED = 3
"""How many of the closest precedents are named."""


Place = tuple[str, str, str, str, tuple[str, ...], date]
"""The first fields of a rule: process, dispute, sender, kind, entities and day."""


@dataclass(frozen=True)
class Rule:
    """One response rule, as learned.

    Parameters
    ----------
    process, dispute : str
    sender : str
        Code of who acts; empty for the middling state.
    kind : str
        Of act.
    entities : tuple of str
        The contested actors: recognised, or (of an answer) by whose recognition it is provoked.
    day : date
        The day of the world in which it is asked: the as-of day, or the last one of a closed dispute.
    probability, low, high : float
        Within `WITHIN` days; mean and central 90 % interval over posterior draws.
    median_days : int or None
        The day on which half of the acts that come within `WITHIN` days have come; 0 is the first.
    effective : float
        See the module.
    closest : tuple of Support
        The cases, the most influential first.
    told : str
        The rule in words, without its numbers.
    """

    process: str
    dispute: str
    sender: str
    kind: str
    entities: tuple[str, ...]
    day: date
    probability: float
    low: float
    high: float
    median_days: int | None
    effective: float
    closest: tuple[Support, ...]
    told: str

    @property
    def thin(self) -> bool:
        """Whether it rests on few precedents."""
        return self.effective < THIN

    @property
    def sentence(self) -> str:
        """Tell the rule with its numbers, in one sentence."""
        when = (
            f", by day {self.median_days} half of the time" if self.median_days is not None else ""
        )
        closest = listed(signed(s) for s in self.closest[:NAMED])
        return (
            f"{self.told}: {percent(self.probability)} within {WITHIN} days (90 % interval "
            f"{spread(self.low, self.high)}){when}; effectively {self.effective:.1f} precedents"
            f"{' (thin)' if self.thin else ''}{f', closest {closest}' if closest else ''}."
        )


def signed(support: Support) -> str:
    """Name a case by ``+`` if it makes the act likelier, by ``-`` if it speaks against it."""
    return f"{'+' if support.change < 0 else '-'}{clean(support.label)}"


def effective_number(draws: Vector, changes: Sequence[float]) -> float:
    """Return how many precedents a probability effectively rests on, as the module defines it.

    Parameters
    ----------
    draws : array, shape (D,)
        The probability under each posterior draw.
    changes : sequence of float
        Its change when each case is dropped.

    Examples
    --------
    Ten cases of equal weight, but the probability may be anything; then one case that decides:

    >>> even = np.linspace(0.0, 1.0, 1001)
    >>> round(effective_number(even, [0.1] * 10), 1)
    2.0
    >>> round(effective_number(0.5 + even / 100, [-0.4, 0.001, 0.001]), 1)
    1.0
    """
    c = np.abs(np.asarray(changes, dtype=float))
    mean, variance = float(draws.mean()), float(draws.var())
    if not c.any():
        return 0.0
    spread_over = float(c.sum() ** 2 / (c**2).sum())
    if variance == 0:
        return spread_over
    return max(0.0, min(spread_over, mean * (1 - mean) / variance - 1))


def rules(book: Rulebook, process: str = "", actor: str = "", dispute: str = "") -> list[Rule]:
    """Return the rules of the disputes that are open, or of those asked for.

    Parameters
    ----------
    book : Rulebook
    process : str, optional
        Only of this process.
    actor : str, optional
        Only by which this actor acts; recognitions are then its own, not those of a middling state.
    dispute : str, optional
        Only of this dispute, even if it is closed; an actor's answers are told of closed ones too.
    """
    found: list[Rule] = []
    found += _stands(book, process, actor, dispute)
    for front in book.layout.fronts:
        fits = actor in ("", front.responder) and dispute in ("", front.dispute)
        if fits and (actor or dispute or book.layout.dispute_of(front).is_open(book.as_of)):
            found += _answers(book, front) if process in ("", "respond") else ()
            found += _mendings(book, front, process) if process in ("", "restore", "return") else ()
    return found


def _stands(book: Rulebook, process: str, actor: str, dispute: str) -> Iterator[Rule]:
    """Tell how others take a stand, and give it up: whom they recognise, with whom they break."""
    layout, actors = book.layout, book.layout.actors
    every = np.arange(layout.channels)
    for (c, (entity, about)), undone in product(enumerate(layout.columns), (False, True)):
        slot = undoing(slot_of(about)) if undone else slot_of(about)
        own, kind = process_of(slot), kind_of(slot)
        if process not in ("", own) or SLOTS.index(slot) not in book.posterior.about["slots"]:
            continue
        if dispute not in ("", about.dispute) or not (dispute or about.is_open(book.as_of)):
            continue
        stand = book.stands_at(about.dispute)
        if not undone and not is_played(about, stand.day):
            continue  # no record teaches who joins so late
        rows = [actors.row(actor)] if actor else np.flatnonzero(layout.states).tolist()
        channels = [int(k) for k in layout.by_column(every, undone)[c, rows]]
        channels = [k for k in channels if stand.world.is_open[k]]
        if not channels:
            continue
        told = act(name_of(actors, actor) if actor else MIDDLING, kind, name_of(actors, entity))
        place = (own, about.dispute, actor, kind, (entity,), stand.day)
        yield _rule_of(book, Channel.middling(stand.world, channels, stand.now), place, told)


def _answers(book: Rulebook, front: Front) -> Iterator[Rule]:
    names, stand = book.layout.actors, book.stands_at(front.dispute)
    f = book.layout.front_index[front]
    rows = stand.recognisers(f)
    if not rows:
        return
    entities = book.provoking(front)
    to = f"a middling recogniser of {listed((name_of(names, e) for e in entities), 'or')}"
    answer = stand.answer_to(f, rows)
    paths = answer.by_day(book.terms, book.posterior.draws, WITHIN)
    ends = answer.by_day(book.terms, book.modes("respond"), WITHIN)[:, -1]
    for r in book.rungs:
        kind = str(RUNG_KINDS[r])
        told = act(name_of(names, front.responder), kind, to)
        place = ("respond", front.dispute, front.responder, kind, entities, stand.day)
        yield _rule(book, place, told, paths[:, :, r], ends[:, r])


def _mendings(book: Rulebook, front: Front, process: str) -> Iterator[Rule]:
    """Tell how a front mends relations with those to whom it has answered."""
    layout, stand = book.layout, book.stands_at(front.dispute)
    channels = layout.by_mend(np.arange(layout.channels))[layout.front_index[front]]
    for r, slot in enumerate(MENDING):
        own, kind = process_of(slot), kind_of(slot)
        if process not in ("", own):
            continue
        due = [i for i in range(layout.n) if stand.world.is_open[channels[i, r]]]
        if not due or SLOTS.index(slot) not in book.posterior.about["slots"]:
            continue
        channel = Channel.middling(stand.world, [int(channels[i, r]) for i in due], stand.now)
        whom = listed((name_of(layout.actors, layout.actors.codes[i]) for i in due), "or")
        told = act(name_of(layout.actors, front.responder), kind, whom)
        entities = book.provoking(front)
        place = (own, front.dispute, front.responder, kind, entities, stand.day)
        yield _rule_of(book, channel, place, told)


def _rule_of(book: Rulebook, channel: Channel, place: Place, told: str) -> Rule:
    """Gather the rule of one channel that rings by itself."""
    paths = channel.by_day(book.terms, book.posterior.draws, range(WITHIN + 1))
    ends = channel.by_day(book.terms, book.modes(place[0]), [WITHIN])[:, 0]
    return _rule(book, place, told, paths, ends)


def _rule(
    book: Rulebook,
    place: Place,
    told: str,
    paths: Matrix,
    ends: Vector,
) -> Rule:
    """Gather a rule: its probability by day under each draw, and at the modes (first: of all cases)."""
    closest = book.supports(place[0], ends)
    effective = effective_number(paths[:, -1], [s.change for s in closest])
    probability, low, high = interval(paths[:, -1])
    return Rule(*place, probability, low, high, median_day(paths), effective, tuple(closest), told)


def median_day(paths: Matrix) -> int | None:
    """Return the day by whose end half of what comes has come; None where nothing does.

    Parameters
    ----------
    paths : array, shape (D, days + 1)
        Probability by the end of each day under each draw, from the moment before the first day.

    Examples
    --------
    >>> median_day(np.array([[0.0, 0.1, 0.3, 0.4]]))
    1
    """
    path = paths.mean(axis=0)
    if path[-1] <= path[0]:
        return None
    return int(np.argmax(path >= path[0] + (path[-1] - path[0]) / 2)) - 1
